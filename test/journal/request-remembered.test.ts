// The messages of settled turns are computed once. Cached messages must equal newly computed ones, whatever the facts contain.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, buildRequest, type Fact, fold, type View } from '../../src/journal/index.ts'
import {
  abc,
  cached,
  created,
  opened,
  otherModel,
  replied,
  settled,
  steppedThrough,
  target,
  text,
  user,
} from './fixtures.ts'
import { acceptedIn, useJudge } from './judge.ts'
import { program } from './programs.ts'
import { problemsOf } from './sendable.ts'
import { runs } from '../runs.ts'

useJudge()

type Spoil = (block: Block, at: number) => Block

const isCall = ({ type }: Block) => type === 'tool_use'
const names = ['files.read', '', '$', 'x'.repeat(200), 'é', 'look']
const page = (said: string) => text(said, cached)

/** Ways in which content of models, tools and users is invalid for the API. */
const spoils: Readonly<Record<string, Spoil>> = {
  'a lone surrogate': (block) =>
    block.type === 'text' && block['text'] !== '' ? { ...block, text: `${String(block['text'])}\ud83d` } : block,
  'odd names': (block, at) => (isCall(block) ? { ...block, name: names[at % names.length] } : block),
  'input that is not an object': (block, at) =>
    isCall(block) ? { ...block, input: ['{"q":"\\ud83d"}', undefined, [1], 'no'][at % 4] } : block,
  'callers that may not exist': (block, at) =>
    isCall(block) ? { ...block, caller: { type: 'code_execution_20260120', tool_id: `srvtoolu_n${at}_s1` } } : block,
  'results of any type': (block, at) =>
    block.type === 'tool_result'
      ? { ...block, is_error: at % 2 === 0, content: [{ a: 1 }, null, [7], '\ude00'][at % 4] }
      : block,
  'nested breakpoints': (block) =>
    block.type === 'tool_result'
      ? {
          ...block,
          content: [{ type: 'search_result', source: 'x', title: 'x', content: [page('1'), page('2'), page(' ')] }],
        }
      : block,
  'breakpoints on thinking': (block) => (block.type === 'thinking' ? { ...block, ...cached } : block),
}

function spoiled(facts: readonly Fact[], ways: readonly string[], withOddIds: boolean): readonly Fact[] {
  let at = 0
  const spoil = (block: Block): Block => ways.reduce((each, way) => spoils[way]?.(each, at++) ?? each, block)
  const made = facts.map((fact): Fact => {
    if (fact.type === 'reply.recorded') return { ...fact, content: fact.content.map(spoil) }
    if (fact.type === 'toolResults.recorded') return { ...fact, results: fact.results.map(spoil) }
    return fact.type === 'turn.opened' && typeof fact.input !== 'string'
      ? { ...fact, input: fact.input.map(spoil) }
      : fact
  })
  // Changed consistently: a call, its result, and the decisions about it.
  return withOddIds
    ? JSON.parse(JSON.stringify(made).replaceAll('"t1"', '"call:1|x"').replaceAll('_s1"', '-s1"'))
    : made
}

const journal = fc
  .record({ facts: program, ways: fc.subarray(Object.keys(spoils)), withOddIds: fc.boolean() })
  .map(({ facts, ways, withOddIds }) => spoiled(facts, ways, withOddIds))

/** A view whose turns are not frozen, so that nothing is cached. */
const fresh = (view: View): View => structuredClone(view)

describe('a request from cached turns', () => {
  it('equals the newly computed one, for any target and any number of times', () => {
    fc.assert(
      fc.property(journal, (facts) => {
        const view = steppedThrough(...facts)
        const turn = view.turns[view.turns.length >> 1]
        const views = [
          view,
          { ...view, strippedThinking: turn ? { [turn.id]: 1 } : {} },
          { ...view, rejections: { ...view.rejections, setAside: turn ? [`calls:${turn.id}/1` as const] : [] } },
        ]
        const targets = [target, { ...target, model: otherModel }, { ...target, cacheBreakpoints: 3 }, target]
        for (const each of views)
          for (const to of targets) expect(buildRequest(each, to)).toEqual(buildRequest(fresh(each), to))
      }),
      { numRuns: runs(50) },
    )
  })

  it('is accepted by the API, whatever the facts contain', async () => {
    const goesOn = fc.asyncProperty(journal, async (facts) => {
      const { open, model } = steppedThrough(...facts)
      const kept = open?.kind !== 'compaction'
      const over = open && (kept || open.steps.length > 0) ? [settled(open.id, 'stopped', { kept })] : []
      const { messages } = await acceptedIn(steppedThrough(...facts, ...over), { ...target, model })
      expect(problemsOf(messages)).toEqual([])
    })
    await fc.assert(goesOn, { numRuns: runs(35) })
  })

  it('shares the frozen messages of settled turns', () => {
    const view = fold([...abc, opened('d', 'c')])
    const [one, two] = [buildRequest(view, target), buildRequest(view, target)]
    one.messages.slice(0, 6).forEach((message, index) => expect(two.messages[index]).toBe(message))
    expect(Object.isFrozen(one.messages[1]?.content)).toBe(true)
  })

  it('merges twenty thousand unanswered questions in linear time', () => {
    const asked = (count: number) => {
      const facts = Array.from({ length: count }, (_, at) => [
        opened(`n${at}`, at === 0 ? null : `n${at - 1}`),
        settled(`n${at}`, 'stopped'),
      ]).flat()
      return buildRequest(steppedThrough(created, ...facts), target).messages
    }
    expect(asked(3)).toEqual([user([text('Question n0'), text('Question n1'), text('Question n2')])])
    expect(asked(20_000)[0]?.content).toHaveLength(20_000)
  })

  it('numbers repeated ids of many turns without counting from the start', () => {
    const facts = Array.from({ length: 3000 }, (_, at) => [
      opened(`n${at}`, at === 0 ? null : `n${at - 1}`),
      replied(`n${at}`, [{ type: 'tool_use', id: 'call_0', name: 'look', input: {} }]),
      settled(`n${at}`),
    ]).flat()
    const { messages } = buildRequest(steppedThrough(created, ...facts), target)
    expect(JSON.stringify(messages.at(-2))).toContain('call_0_3000')
  })
})
