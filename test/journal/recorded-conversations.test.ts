// What the journal makes of random conversations, written down: the request, the transcript, the accounts, the branches. A change
// of behaviour shows as a difference in `recorded/`. Where it is meant, `npm test -- -u` writes the files anew, and the difference
// is reviewed.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  branches,
  buildRequest,
  canMoveHead,
  containerOf,
  emptyView,
  type Fact,
  fold,
  forkFacts,
  refusalCounts,
  refusalOf,
  step,
  suspects,
  totalCost,
  totalTokens,
  transcript,
  unansweredCalls,
  unpriced,
  type View,
} from '../../src/journal/index.ts'
import { model, opened, otherModel, target } from './fixtures.ts'
import { program } from './programs.ts'

/** The longest of many random conversations. */
const conversations = fc
  .sample(program, { seed: 5, numRuns: 150 })
  .toSorted((a, b) => b.length - a.length)
  .slice(0, 12)

const prices = {
  [model]: { input: 2, output: 5, cacheRead: 0.5, cacheWrite: 3 },
  [otherModel]: { input: 1, output: 2 },
}

/** A line for each query of a view. */
function answersOf(view: View): readonly string[] {
  const next = view.open ? view : step(view, opened('next', view.head, { input: 'Go on.' }))
  const request = (to: object) => buildRequest(next, { ...target, ...to })
  const { messages, ...rest } = request({ model: view.model })
  const ids = view.turns.map(({ id }) => id)
  const { turns, ...others } = view
  return Object.entries({
    'messages to the model': messages,
    'beside them': rest,
    'what another model is not sent': request({ model: 'claude-haiku-5-5' }).left,
    'messages under another prompt': request({ promptHash: 'another' }).messages,
    'messages with breakpoints beside them': request({ cacheBreakpoints: 3 }).messages,
    container: containerOf(view),
    transcript: transcript(view),
    branches: ids.map((id) => branches(view, id)),
    'turns that head can go to': ids.map((id) => canMoveHead(view, id)),
    'turns that force can go to': ids.map((id) => canMoveHead(view, id, { force: true })),
    'a fork': forkFacts(view, view.head, model),
    refusals: refusalCounts(view),
    'refusals by turn': ids.flatMap((id) => refusalOf(view, id) ?? []),
    'what is suspected': ids.map((id) => suspects(view, id)),
    'calls without an answer': unansweredCalls(view),
    tokens: totalTokens(view.ledger),
    cost: totalCost(view.ledger, prices),
    'without a price': unpriced(view.ledger, prices),
    turns: turns.map(({ id, status, kept, parent, attempts }) => ({ id, status, kept, parent, attempts })),
    'the rest of the view': others,
  }).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
}

function recording(facts: readonly Fact[]): string {
  let view = emptyView
  const lines: string[] = []
  for (const [index, fact] of facts.entries()) {
    view = step(view, fact)
    lines.push(JSON.stringify(fact))
    if (index === facts.length - 1 || index === Math.floor(facts.length / 2)) lines.push('', ...answersOf(view), '')
  }
  return [...lines, ...damages(facts)].join('\n')
}

/** The objections to the same facts with one of them missing, duplicated, or swapped with the next. */
const damages = (facts: readonly Fact[]): readonly string[] =>
  facts.flatMap((fact, at) => {
    const [before, after, next] = [facts.slice(0, at), facts.slice(at + 1), facts[at + 1]]
    return [
      `without ${at} (${fact.type}): ${objectionTo([...before, ...after])}`,
      `with ${at} twice: ${objectionTo([...before, fact, fact, ...after])}`,
      ...(next ? [`with ${at} after the next: ${objectionTo([...before, next, fact, ...after.slice(1)])}`] : []),
    ]
  })

function objectionTo(facts: readonly Fact[]): string {
  try {
    return `taken, to head ${fold(facts).head}`
  } catch (error) {
    return String(error).replace(/\. Nothing was loaded.*/, '')
  }
}

describe('the results of the journal equal the recorded ones', () => {
  it.each(conversations.map((facts, index) => [index + 1, facts] as const))(
    'for conversation %i',
    async (nth, facts) => {
      await expect(recording(facts)).toMatchFileSnapshot(`recorded/conversation-${nth}.txt`)
    },
  )
})
