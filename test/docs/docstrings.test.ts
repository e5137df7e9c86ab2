import { describe, expect, it } from 'vitest'
import { publicNames } from '../scripts/public-names.ts'

const doors = [
  'src/index.ts',
  'machines/index.ts',
  'src/inspect/index.ts',
  'src/inspect/browser.ts',
  'src/testing/index.ts',
]
const names = publicNames(doors)

describe.each(doors)('%s', (door) => {
  const exported = names.get(door) ?? []

  it('exports something', () => {
    expect(exported.length).toBeGreaterThan(20)
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
