import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { layers, mayImport, placeOf, roomOf } from '../layers.ts'
import { circles, type Import, importsOf, sources } from '../scripts/imports.ts'
import { configUrl, withBoundaries } from '../scripts/lint-boundaries.ts'

const imports = sources.flatMap(importsOf)
const inside = imports.filter(({ isPackage, to }) => !isPackage && sources.includes(to))
const layerOf = new Map(layers.map((layer) => [layer.room, layer]))

/** What each name leads to, by a list of imports and what names their ends. */
function arrows(list: readonly Import[], nameOf: (path: string) => string): (name: string) => readonly string[] {
  const found = new Map<string, Set<string>>()
  for (const { from, to } of list) {
    const name = nameOf(from)
    const others = found.get(name) ?? new Set()
    found.set(name, others.add(nameOf(to)))
  }
  return (name) => [...(found.get(name) ?? [])]
}

const asText = ({ from, to }: Import): string => `${from} → ${to}`

describe('the imports of src/ and machines/', () => {
  it('form no circle of files at run time', () => {
    const next = arrows(
      inside.filter(({ isType }) => !isType),
      (path) => path,
    )
    expect(circles(sources, next)).toEqual([])
  })

  it('form no circle of files, with the imports of types', () => {
    expect(
      circles(
        sources,
        arrows(inside, (path) => path),
      ),
    ).toEqual([])
  })

  it('form no circle of rooms', () => {
    const rooms = layers.map(({ room }) => room)
    expect(
      circles(
        rooms,
        arrows(
          inside.filter(({ from, to }) => roomOf(from) !== roomOf(to)),
          roomOf,
        ),
      ),
    ).toEqual([])
  })

  it('lead to no file that is not there', () => {
    const others = imports.filter(({ isPackage, to }) => !isPackage && !sources.includes(to) && !to.endsWith('.css'))
    expect(others.map(asText)).toEqual([])
  })

  it('lead only to rooms that the layer table allows', () => {
    const bad = inside.filter(({ from, to }) => {
      const layer = layerOf.get(roomOf(from))
      return !layer || !mayImport(layer, to)
    })
    expect(bad.map(asText)).toEqual([])
  })

  it('name only packages that the layer table allows', () => {
    const bad = imports.filter(
      ({ from, to, isPackage }) => isPackage && !layerOf.get(roomOf(from))?.packages.includes(to),
    )
    expect(bad.map(asText)).toEqual([])
  })
})

describe('the layer table', () => {
  it('has a room for every source file, and a file for every room', () => {
    expect(sources.filter((path) => !layerOf.has(roomOf(path)))).toEqual([])
    expect(layers.map(({ room }) => room).filter((room) => !sources.some((path) => roomOf(path) === room))).toEqual([])
  })

  it('has no arrow up: every room may import rooms before it only', () => {
    const up = layers.flatMap(({ room, rooms }) =>
      rooms.filter((name) => !(placeOf(roomOf(name)) < placeOf(room))).map((name) => `${room} → ${name}`),
    )
    expect(up).toEqual([])
  })

  it('allows nothing that no file needs', () => {
    const used = new Set(
      inside.flatMap(({ from, to }) => [`${roomOf(from)} → ${to}`, `${roomOf(from)} → ${roomOf(to)}`]),
    )
    const packages = new Set(imports.map(({ from, to }) => `${roomOf(from)} → ${to}`))
    const spare = layers.flatMap((layer) =>
      [
        ...layer.rooms.filter((name) => !used.has(`${layer.room} → ${name}`)),
        ...layer.packages.filter((name) => !packages.has(`${layer.room} → ${name}`)),
      ].map((name) => `${layer.room} → ${name}`),
    )
    expect(spare).toEqual([])
  })

  it("makes the linter's import boundaries (node --import tsx test/scripts/lint-boundaries.ts writes them)", () => {
    const config = JSON.parse(readFileSync(configUrl, 'utf8')) as Parameters<typeof withBoundaries>[0]
    expect(config).toEqual(withBoundaries(config))
  })
})

describe('the search for circles', () => {
  it.each([
    ['two that import each other', { a: ['b'], b: ['a'] }, [['a', 'b']]],
    ['three in a ring, and one that leads into it', { a: ['b'], b: ['c'], c: ['a'], d: ['a'] }, [['a', 'b', 'c']]],
    [
      'two rings that share nothing',
      { a: ['b'], b: ['a'], c: ['d'], d: ['c', 'a'] },
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['two ways to one file', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
  ])('finds %s', (_, graph: Readonly<Record<string, readonly string[]>>, expected) => {
    expect(circles(Object.keys(graph), (name) => graph[name] ?? [])).toEqual(expected)
  })
})
