import { describe, expect, it } from 'vitest'
import { publicNames } from '../scripts/public-names.ts'

/** The files of the doors, and the exports that each of them has at least. */
const doors = {
  'src/index.ts': 21,
  'machines/index.ts': 21,
  'src/inspect/index.ts': 21,
  'src/inspect/browser.ts': 21,
  'src/testing/index.ts': 21,
  'src/react/index.ts': 11,
}
const names = publicNames(Object.keys(doors))

describe.each(Object.entries(doors))('%s', (door, least) => {
  const exported = names.get(door) ?? []

  it('exports something', () => {
    expect(exported.length).toBeGreaterThanOrEqual(least)
  })

  it('has a docstring on each export', () => {
    expect(exported.filter(({ doc }) => doc === '').map(({ name }) => name)).toEqual([])
  })

  it('has a docstring on each option', () => {
    const options = exported.filter(({ name }) => name.endsWith('Options'))
    const missing = options.flatMap(({ name, fields }) =>
      fields.filter(({ doc }) => doc === '').map((field) => `${name}.${field.name}`),
    )
    expect(missing).toEqual([])
  })
})
