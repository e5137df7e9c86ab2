import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Block,
  buildRequest,
  emptyView,
  findTurn,
  fold,
  isWithdrawn,
  type Message,
  path,
  resetOf,
  type ResetPolicy,
  step,
  toBlocks,
  transcript,
  violation,
  type View,
} from '../../src/journal/index.ts'
import { decidedIn, moved, opened, otherModel, settled, target } from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'
import { check, program, sentTurns, steps } from './programs.ts'
import { problemsOf } from './sendable.ts'
import { runs } from '../runs.ts'

useJudge()

const targetOf = (view: View) => ({ ...target, model: view.model })

/** The next request of the conversation. */
const nextRequest = (view: View) =>
  buildRequest(view.open ? view : step(view, opened('next', view.head, { input: 'Go on.' })), targetOf(view))

/** An answered compaction settles at once, without a request in between. */
const isAsking = ({ open }: View) => !(open?.kind === 'compaction' && open.steps.length > 0)

const policies: readonly ResetPolicy[] = [
  'drop-turn',
  'clear',
  { rewind: 1 },
  { rewind: 2 },
  { rewind: 3 },
  { rephrase: 'Other words' },
  { fallback: otherModel, from: 'this-turn' },
  { fallback: otherModel, from: 'next-turn' },
]

/** The turns whose input a turn repeats. */
function repeated(view: View, turnId: string): readonly string[] {
  const ids: string[] = []
  for (let turn = findTurn(view, turnId); turn?.replaces !== undefined; turn = findTurn(view, turn.replaces))
    ids.push(turn.replaces)
  return ids
}

/** Blocks with their roles, without cache breakpoints, which may move, and compactions, which a later one replaces. */
const flat = (
  messages: readonly Message[],
  { withThinking, withSystem }: { readonly withThinking: boolean; readonly withSystem: boolean },
): readonly string[] =>
  messages.flatMap(({ role, content }) =>
    toBlocks(content)
      .filter(({ type }) => type !== 'compaction' && (withThinking || type !== 'thinking'))
      .map((block) => {
        const { cache_control: _, ...rest } = block
        // A text that the reply of a pause ends with is sent without white space at its end; whether it is the end depends on
        // thinking behind it.
        const text = withThinking || typeof rest['text'] !== 'string' ? {} : { text: rest['text'].trimEnd() }
        const said = { role: withSystem || role !== 'system' ? role : 'user', ...rest, ...text }
        return JSON.stringify(said, (key, value: unknown) => (key === 'cache_control' ? undefined : value))
      }),
  )

describe('in any conversation', () => {
  check('no refused turn and no turn that was not kept is ever on the path to head', (facts) => {
    for (const { after } of steps(facts))
      for (const turn of path(after, after.head)) {
        expect(turn.kept).toBe(true)
        expect(after.quarantine).not.toContain(turn.id)
      }
  })

  check('no withdrawn turn returns to the path without force', (facts) => {
    for (const { before, fact, after } of steps(facts)) {
      if (fact.type === 'head.moved' && fact.force) continue
      if (fact.type === 'turn.settled' && before.open?.force) continue
      const onPath = new Set(path(before, before.head))
      for (const turn of path(after, after.head)) if (isWithdrawn(before, turn.id)) expect(onPath).toContain(turn)
    }
  })

  check('a reset removes every turn that it withdraws from the path', (facts) => {
    for (const { fact, after } of steps(facts))
      if (fact.type === 'head.moved')
        for (const turn of path(after, after.head)) expect(fact.withdrawn).not.toContain(turn.id)
  })

  check('any reset can be undone, and any turn on the path can be edited', (facts) => {
    for (const { after } of steps(facts)) {
      if (after.open) continue
      if (after.undecided !== null) {
        for (const policy of policies) expect(violation(after, decidedIn(after, policy))).toBeNull()
        continue
      }
      for (const policy of policies) {
        const { to, withdrawn } = resetOf(after, policy, 'clear')
        expect(violation(after, moved(after.head, to, { cause: 'clear', policy, withdrawn }))).toBeNull()
      }
      for (const { parent } of path(after, after.head)) expect(violation(after, opened('edit', parent))).toBeNull()
    }
  })

  check('head moves to where a fact says, and a completed turn always becomes head', (facts) => {
    for (const { fact, after } of steps(facts)) {
      if (fact.type === 'head.moved') expect(after.head).toBe(fact.to)
      if (fact.type === 'turn.settled') expect(after.head === fact.turnId).toBe(fact.kept)
    }
  })

  check('facts stored as JSON fold to the same view as single steps', (facts) => {
    expect(fold(JSON.parse(JSON.stringify(facts)))).toEqual(facts.reduce(step, emptyView))
  })

  check('a journal that was cut off after any fact still loads', (facts) => {
    for (const { before, fact } of steps(facts)) expect(violation(before, fact)).toBeNull()
    expect(fold(facts.slice(0, Math.ceil(facts.length / 2))).revision).toBe(Math.ceil(facts.length / 2))
  })

  check('settled turns and their transcript items keep their identity', (facts) => {
    for (const { before, after } of steps(facts)) {
      before.turns.forEach((turn, index) => expect(after.turns[index]).toBe(turn))
      const { open: _, ...rest } = before
      const items = transcript({ ...rest, open: null })
      const later = transcript(after)
      items.forEach((item, index) => expect(later[index]).toBe(item))
    }
  })

  check('a queue is held only while it has items once the next turn opens', (facts) => {
    for (const { fact, after } of steps(facts))
      if (fact.type === 'turn.opened' && after.queue.length === 0) expect(after.held).toBe(false)
  })
})

describe('in any conversation, the next request', () => {
  check('breaks none of H1, H2, H6, H8, and begins with the compaction, if there is one (H7)', (facts) => {
    for (const { after } of steps(facts))
      if (isAsking(after)) expect(problemsOf(nextRequest(after).messages)).toEqual([])
  })

  check('contains no text of a turn outside of the path (H5)', (facts) => {
    const view = fold(facts)
    const onPath = sentTurns(view)
    // A repeated input belongs to the turn that repeats it, too.
    const again = onPath.flatMap((id) => repeated(view, id))
    const sent = again.reduce(
      (rest, id) => rest.replaceAll(new RegExp(String.raw`(Question|Go on) ${id}\b`, 'g'), ''),
      JSON.stringify(nextRequest(view).messages),
    )
    for (const { id } of view.turns)
      if (!onPath.includes(id)) expect(sent).not.toMatch(new RegExp(String.raw`\b${id}\b`))
  })

  check('contains no unsigned thinking (H3)', (facts) => {
    const blocks = nextRequest(fold(facts)).messages.flatMap(({ content }): readonly Block[] => toBlocks(content))
    for (const block of blocks) if (block.type === 'thinking') expect(block['signature']).not.toBe('')
  })

  check('is an extension of the previous one when a turn has completed', (facts) => {
    let asked: View = emptyView
    for (const { fact, after } of steps(facts)) {
      if (fact.type === 'turn.opened') asked = after
      if (fact.type !== 'turn.settled' || fact.status !== 'completed' || asked.open?.kind === 'compaction') continue
      // What was thought is dropped from its old end when another model goes on, when the API does not take it any more,
      // when a server tool that it came after can't be sent back, and when a summary stands for it.
      const isSummarised = after.turns
        .at(-1)
        ?.steps.some(({ content }) => content.some(({ type }) => type === 'compaction'))
      const { left, messages } = nextRequest(after)
      const lost = left.some(({ what, why }) => what === 'thinking' && why.includes('server tool'))
      // Without any content of its reply, a system message would have no reply after it.
      const isAnswered = !left.some(({ turnId, what }) => turnId === fact.turnId && what === 'system')
      const withThinking =
        asked.model === after.model &&
        asked.strippedThinking === after.strippedThinking &&
        !lost &&
        isSummarised !== true
      const within = { withThinking, withSystem: isAnswered && isSummarised !== true }
      const before = flat(nextRequest(asked).messages, within)
      expect(flat(messages, within).slice(0, before.length)).toEqual(before)
    }
  })

  check('changes nothing about the view', (facts) => {
    const view = fold(facts)
    const copy = structuredClone(view)
    nextRequest(view)
    expect(view).toEqual(copy)
  })

  it('is accepted by the API', async () => {
    const goesOn = fc.asyncProperty(program, async (facts) => {
      const { open } = fold(facts)
      const kept = open?.kind !== 'compaction' && open !== null && open.steps.length + open.ran.length > 0
      const view = fold(facts)
      const asked = open && (kept || open.steps.length > 0) ? [settled(open.id, 'stopped', { kept })] : []
      await accepted([...facts, ...asked], targetOf(view))
    })
    await fc.assert(goesOn, { numRuns: runs(35) })
  })
})
