import { describe, expect } from 'vitest'
import {
  addUsage,
  branches,
  buildRequest,
  canMoveHead,
  type Fact,
  findTurn,
  fold,
  forkFacts,
  inputHash,
  type Ledger,
  noUsage,
  path,
  refusalCounts,
  step,
  suspects,
  totalCost,
  totalTokens,
  transcript,
  type TranscriptItem,
  type Usage,
  unansweredCalls,
  type View,
  violation,
} from '../../src/journal/index.ts'
import { entered } from '../../src/journal/ledger.ts'
import { model as mainModel, opened, target } from './fixtures.ts'
import { check, sentTurns, steps } from './programs.ts'

const turnsOf = ({ turns, open }: View) => (open ? [...turns, open] : turns)
const sum = (usages: readonly Usage[]): Usage => usages.reduce(addUsage, noUsage)
const spentBy = (ledger: Ledger): Usage =>
  sum(
    Object.values(ledger).flatMap(({ answered, refused, notBilled, unknown }) => [
      answered,
      refused,
      notBilled,
      unknown,
    ]),
  )

describe('in any conversation, the accounts', () => {
  check('hold every attempt once: of the ledger, of its turns, and of the conversation', (facts) => {
    const view = fold(facts)
    const attempts = turnsOf(view).flatMap((turn) => turn.attempts)
    expect(spentBy(view.ledger)).toEqual(sum(attempts.map(({ usage }) => usage)))
    for (const [model, { requests }] of Object.entries(view.ledger))
      expect(requests).toBe(attempts.filter((attempt) => attempt.model === model).length)
    for (const turn of turnsOf(view)) expect(turn.usage).toEqual(sum(turn.attempts.map(({ usage }) => usage)))
    expect(view.usage).toEqual(sum(view.turns.map(({ usage }) => usage)))
  })

  check('cost what their attempts cost, each by its own names and terms', (facts) => {
    const view = fold(facts)
    const prices = {
      [mainModel]: { input: 5, output: 25, cacheWrite1h: 10, webSearch: 10, factors: { speed: { fast: 6 } } },
    }
    for (const { model } of turnsOf(view).flatMap((turn) => turn.attempts))
      Object.assign(prices, { [model]: { ...prices[mainModel], input: model.length } })
    const attempts = turnsOf(view).flatMap((turn) => turn.attempts)
    const alone = attempts.map((attempt) => totalCost(entered({}, [attempt]), prices) ?? Number.NaN)
    expect(totalCost(view.ledger, prices)).toBeCloseTo(
      alone.reduce((total, cost) => total + cost, 0),
      10,
    )
  })

  check('never go down, whatever is taken off the path', (facts) => {
    for (const { before, after } of steps(facts))
      expect(totalTokens(after.ledger)).toBeGreaterThanOrEqual(totalTokens(before.ledger))
  })

  check('contain every refusal once, with its model and its result', (facts) => {
    const view = fold(facts)
    const refusedTurns = view.turns.filter(({ status }) => status === 'refused')
    expect(view.refusals.map(({ turnId }) => turnId)).toEqual(refusedTurns.map(({ id }) => id))
    const hops = turnsOf(view).flatMap((turn) => turn.attempts.filter(({ hop }) => hop !== undefined))
    const counted = (isHop: boolean) =>
      refusalCounts(view).reduce((all, { count, servedByApi = false }) => all + (servedByApi === isHop ? count : 0), 0)
    expect([counted(false), counted(true)]).toEqual([refusedTurns.length, hops.length])
    expect(view.refusedInputs).toEqual(
      refusedTurns
        .filter(({ kind }) => kind !== 'compaction')
        .map(({ id, input }) => ({ turnId: id, inputHash: inputHash(input) })),
    )
  })
})

describe('in any conversation, a turn', () => {
  check('waits for people only while it is open and a call of that id has no result', (facts) => {
    for (const { fact, after } of steps(facts)) {
      const waiting = [...after.awaitingApproval, ...after.awaitingAnswer]
      if (!after.open || fact.type === 'reply.recorded') expect([waiting, after.decisions]).toEqual([[], []])
      if (fact.type !== 'toolResults.recorded') continue
      const unanswered = unansweredCalls(after).map(({ id }) => id)
      for (const callId of waiting) expect(unanswered).toContain(callId)
    }
  })

  check('has branches, including itself, that can be reached through their tips', (facts) => {
    for (const turn of turnsOf(fold(facts))) {
      const view = fold(facts)
      const all = branches(view, turn.id)
      expect(all.map(({ turnId }) => turnId)).toContain(turn.id)
      for (const { tip, obstacle } of all) {
        expect(tip === null).toBe(obstacle !== null)
        if (tip !== null) expect(canMoveHead(view, tip)).toBe(true)
      }
    }
  })

  check('has suspects, when it was refused, from itself and its path, each once', (facts) => {
    const view = fold(facts)
    for (const turnId of view.quarantine) {
      const found = suspects(view, turnId)
      const carried = [...path(view, findTurn(view, turnId)?.parent ?? null).map(({ id }) => id), turnId]
      for (const suspect of found) if ('turnId' in suspect) expect(carried).toContain(suspect.turnId)
      const words = found.filter(({ kind }) => kind === 'user-text')
      expect(new Set(words.map((suspect) => JSON.stringify(suspect))).size).toBe(words.length)
    }
  })

  check('is away from its model only after a refusal or an outage', (facts) => {
    for (const { before, fact, after } of steps(facts)) {
      if (fact.type !== 'model.switched') continue
      const isBack = fact.to === before.away?.from
      expect(after.away === null).toBe(isBack || fact.cause === 'user' || fact.cause === 'return')
    }
  })
})

/** The turns of a fork: those on the path, without cut turns whose words were refused later. */
const carried = (view: View): readonly string[] =>
  path(view, view.head).flatMap(({ id }) => (view.sameWords.includes(id) ? [] : [id]))

/** The first facts of a fork at head. */
const forked = (view: View): readonly Fact[] => [
  { type: 'conversation.created', v: 1, id: 'c2', model: mainModel, at: 0 },
  ...forkFacts(view, view.head, mainModel),
]

describe('a fork of any conversation', () => {
  check('loads, has the path and knows the refused turns', (facts) => {
    const view = fold(facts)
    const fork = fold(JSON.parse(JSON.stringify(forked(view))))
    expect(fork.turns.map(({ id }) => id)).toEqual(carried(view))
    expect(fork).toMatchObject({
      head: carried(view).at(-1) ?? null,
      open: null,
      queue: [],
      quarantine: [],
      undecided: null,
    })
    expect(fork.refusedInputs).toEqual(view.refusedInputs)
    expect([fork.model, totalTokens(fork.ledger)]).toEqual([view.model, 0])
    expect(violation(fork, opened('next', fork.head))).toBeNull()
  })

  check('sends the same request as the original', (facts) => {
    const view = fold(facts)
    const next = ({ head }: View) => opened('next', head, { input: 'Go on.' })
    const to = { ...target, model: view.model }
    const { open: _open, ...rest } = view
    const { left: _, ...theirs } = buildRequest(step({ ...rest, open: null }, next(view)), to)
    const fork = fold(forked(view))
    expect(buildRequest(step(fork, next(fork)), to)).toMatchObject(theirs)
  })

  check('shows the transcript of the path, except repeated inputs and replies of stripped thinking only', (facts) => {
    const view = fold(facts)
    const onPath = carried(view)
    // A repeated input is shown where it was first sent: in the fork, at the first turn that the fork has.
    const isGone = ({ turnId, parts, role }: TranscriptItem) =>
      role === 'user'
        ? findTurn(view, turnId)?.replaces !== undefined
        : (view.strippedThinking[turnId] ?? 0) > 0 && parts.every(({ type }) => type === 'thinking')
    const ids = (of: View) =>
      transcript(of).flatMap((item) => (onPath.includes(item.turnId) && !isGone(item) ? [item.id] : []))
    expect(ids(fold(forked(view)))).toEqual(ids({ ...view, open: null }))
  })
})

describe('in any conversation, the next request', () => {
  check('contains nothing from before the last compaction', (facts) => {
    for (const { after } of steps(facts)) {
      if (after.open) continue
      const sent = JSON.stringify(buildRequest(after, { ...target, model: after.model }).messages)
      const kept = sentTurns(after)
      for (const { id } of path(after, after.head))
        if (!kept.includes(id)) expect(sent).not.toMatch(new RegExp(String.raw`\b${id}\b`))
    }
  })

  check('contains no stripped thinking', (facts) => {
    const gone = new Set<string>()
    for (const { before, fact, after } of steps(facts)) {
      if (fact.type === 'thinking.stripped')
        for (const { id } of path(before, before.open?.parent ?? null)) gone.add(`Thought ${id}`)
      const { messages } = buildRequest(after, { ...target, model: after.model })
      for (const { content } of messages)
        for (const block of typeof content === 'string' ? [] : content)
          if (block.type === 'thinking') expect(gone).not.toContain(block['thinking'])
    }
  })
})
