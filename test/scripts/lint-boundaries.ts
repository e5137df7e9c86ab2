// The import boundaries of the linter, made from the layer table. `node --import tsx test/scripts/lint-boundaries.ts` writes them
// into .oxlintrc.json; a test compares. The linter sees what an import says, not where it leads, so a boundary that it can't tell
// from an import that is allowed is left to the test, and what is new in a room changes no rule.
import { readFileSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Layer, layers, mayImport, roomOf } from '../layers.ts'
import { sources } from './imports.ts'

interface Override {
  readonly files: readonly string[]
  readonly rules: Readonly<Record<string, unknown>>
}

const rule = 'no-restricted-imports'
export const configUrl = new URL('../../.oxlintrc.json', import.meta.url)

/** The linter's configuration, with the boundaries as the table has them: after everything else that it overrides. */
export function withBoundaries(config: { readonly overrides: readonly Override[] }): object {
  const others = config.overrides.filter(({ rules }) => !(rule in rules))
  // The last override that matches a file wins, so a room comes after the room that holds it.
  const outerFirst = layers.toSorted((one, other) => depth(one) - depth(other))
  return { ...config, overrides: [...others, ...outerFirst.map(boundary)] }
}

function boundary(layer: Layer): Override {
  const { room } = layer
  const patterns = [
    {
      regex: String.raw`^(\.\.?/)+(${forbidden(layer).map(escaped).join('|')})`,
      message: `See test/layers.ts for what ${room} may import.`,
    },
    { regex: `^(${packagesOutside(layer).join('|')})`, message: `See test/layers.ts for the packages of ${room}.` },
    ...layer.rooms.flatMap((door) => behind(room, door)),
  ]
  return { files: [filesOf(room)], rules: { [rule]: ['error', { patterns }] } }
}

const depth = ({ room }: Layer): number => room.split('/').length

const escaped = (words: string): string => words.replaceAll('.', String.raw`\.`)

const packagesOutside = ({ packages }: Layer): readonly string[] =>
  [...new Set(layers.flatMap((each) => each.packages))]
    .filter((name) => !packages.includes(name))
    .map((name) => (name === 'node:' ? name : `${name}(/|$)`))
    .toSorted()

/** What is behind the one file of a room that may be imported. */
function behind(room: string, door: string): readonly object[] {
  const inner = roomOf(door)
  // From inside the same folder, its loose files can't be told by what imports say.
  if (inner === door || (isLoose(inner) && room.startsWith(`${inner}/`))) return []
  const group = [`**/${wordsFor(room, inner)}/${isLoose(inner) ? '*.ts' : '**'}`, `!**/${wordsFor(room, door)}`]
  return [{ group, message: `See test/layers.ts for what ${room} may import.` }]
}

/** Rooms of which only loose files are left: everything else in them is a room by itself. */
const isLoose = (room: string): boolean => room === 'src' || room === 'src/inspect' || room === 'src/testing'

const filesOf = (room: string): string => (isFile(room) ? room : isLoose(room) ? `${room}/*.ts` : `${room}/**`)

const isFile = (place: string): boolean => /\.tsx?$/.test(place)

/** What imports say of places that a room may not import. */
function forbidden(layer: Layer): readonly string[] {
  const { room, rooms } = layer
  const [allowed, others] = [true, false].map((may) => sources.filter((path) => mayImport(layer, path) === may))
  const whole = ['machines', 'src', 'src/inspect'].filter(
    (folder) => !allowed?.some((path) => path.startsWith(`${folder}/`)),
  )
  const places = (others ?? []).map((path) => {
    const inner = roomOf(path)
    return whole.find((folder) => path.startsWith(`${folder}/`)) ?? inner
  })
  const words = [...new Set(places)]
    .filter((place) => whole.includes(place) || !(isLoose(place) || rooms.some((door) => door.startsWith(`${place}/`))))
    .map((place) => (isFile(place) ? `${wordsFor(room, place)}$` : `${wordsFor(room, place)}/`))
  const said = saidIn(room, allowed ?? [])
  return ['test/', ...words].filter((word) => !said.some((path) => `${path}$`.startsWith(word)))
}

/** What the files of a room can say to import others, without the dots in front. */
const saidIn = (room: string, others: readonly string[]): readonly string[] => {
  const folders = new Set(sources.filter((path) => roomOf(path) === room).map((path) => posix.dirname(path)))
  const all = [...folders].flatMap((folder) => others.map((path) => posix.relative(folder, path)))
  return [...new Set(all.map((path) => path.replace(/^(\.\.\/)+/, '')))]
}

/** What an import from a room to a place says: the way from the folder that both are in. */
function wordsFor(room: string, place: string): string {
  const [from, to] = [room.split('/'), place.split('/')]
  const shared = to.findIndex((part, index) => part !== from[index] || index === to.length - 1)
  return posix.join(...to.slice(shared))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const config = JSON.parse(readFileSync(configUrl, 'utf8')) as { readonly overrides: readonly Override[] }
  writeFileSync(configUrl, `${JSON.stringify(withBoundaries(config), null, 2)}\n`)
}
