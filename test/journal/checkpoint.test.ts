import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkpointOf, checkpointVersion, emptyView, fold, viewOf, type View } from '../../src/journal/index.ts'
import { runs } from '../runs.ts'
import { program } from './programs.ts'

/** The names of all fields in a value, with their places. A list counts by its first item. */
function shapeOf(value: unknown, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [at]
  if (Array.isArray(value)) return shapeOf(value[0], `${at}[]`)
  return Object.entries(value).flatMap(([name, inner]) => shapeOf(inner, `${at}.${name}`))
}

const isPlain = (view: View | null) => JSON.parse(JSON.stringify(view)) as unknown

describe('a checkpoint', () => {
  it('gives the same view as folding all facts, wherever it was made', () => {
    fc.assert(
      fc.property(program, fc.nat(), (facts, cut) => {
        const at = cut % (facts.length + 1)
        const view = viewOf(checkpointOf(fold(facts.slice(0, at))))
        expect(view).not.toBeNull()
        expect(isPlain(fold(facts.slice(at), view ?? emptyView))).toEqual(isPlain(fold(facts)))
      }),
      { numRuns: runs(150) },
    )
  })

  it('has settled turns that nobody can change, as folding gives them', () => {
    fc.assert(
      fc.property(program, (facts) => {
        const { turns } = viewOf(checkpointOf(fold(facts))) ?? emptyView
        expect(turns.every((turn) => Object.isFrozen(turn) && Object.isFrozen(turn.steps))).toBe(true)
      }),
      { numRuns: runs(20) },
    )
  })

  it.each([
    ['of another version', { version: checkpointVersion + 1 }],
    ['that is cut', { body: '{"id":"c1","turns":[' }],
    ['that is no view', { body: '{"revision":0}' }],
    ['of another revision', { revision: 7 }],
    ['that is empty', { body: '' }],
  ])('%s is not read', (_, damage) => {
    expect(viewOf({ ...checkpointOf(emptyView), ...damage })).toBeNull()
  })

  it('has a new version when the form of the view has changed: then record it anew, and raise the number', () => {
    expect(`${checkpointVersion}\n${shapeOf(emptyView).join('\n')}`).toMatchSnapshot()
  })
})
