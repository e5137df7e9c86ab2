// Random conversations: commands that are read against the view, so that what they come to always fits the journal.
import * as fc from 'fast-check'
import { it } from 'vitest'
import {
  asksInstead,
  cutTurnsAsking,
  emptyView,
  type Fact,
  findTurn,
  requestTurns,
  hasText,
  path,
  refusalOf,
  resetOf,
  type ResetPolicy,
  step,
  type SwitchCause,
  toolCallId,
  unansweredCalls,
  violation,
  type View,
} from '../../src/journal/index.ts'
import {
  budgetSet,
  compaction,
  created,
  decidedIn,
  deferred,
  held,
  moved,
  opened,
  otherModel,
  queued,
  refusal,
  refused,
  replied,
  settled,
  switched,
  text,
} from './fixtures.ts'
import { type Command, marker, models, otherThan, reply, results } from './program-replies.ts'
import { runs } from '../runs.ts'

type TurnOpened = Extract<Fact, { type: 'turn.opened' }>

const last = <T>(list: readonly T[], from: number): T | undefined => list[from % Math.max(1, list.length)]

const open: fc.Arbitrary<Command> = fc
  .record({ elsewhere: fc.nat(9), blocks: fc.boolean(), mark: marker, instead: fc.boolean(), force: fc.boolean() })
  .map(({ elsewhere, blocks, mark, instead, force }): Command => (view, serial) => {
    // Mostly upon head; else an edit, upon some other turn.
    const parent = elsewhere > 6 ? (last(view.turns, elsewhere)?.id ?? null) : view.head
    return opened(serial, parent, {
      ...(blocks ? { input: [text(`Question ${serial}`, mark)] } : {}),
      ...(elsewhere % 3 === 1 ? { system: systemOf(serial, blocks ? mark : null) } : {}),
      ...(instead ? asksAgain(view) : {}),
      ...(force ? { force } : {}),
    })
  })

/** The app's words for a turn, in every form that they may have. */
const systemOf = (serial: string, mark: object | null): NonNullable<TurnOpened['system']> =>
  mark === null ? `System ${serial}` : [text(`System ${serial}`, mark), text(' ')]

/** In the place of the last turn: its words where it was cut, and what the policy says where it was refused. */
function asksAgain(view: View): Partial<TurnOpened> {
  const turn = view.turns.at(-1)
  if (!turn || turn.status === 'completed') return turn?.kind === 'compaction' ? { replaces: turn.id } : {}
  const input =
    turn.status === 'refused' ? asksInstead(refusalOf(view, turn.id)?.policy ?? null, turn.input) : turn.input
  // Nobody asks for a summary in a question's place.
  return input === null || turn.kind === 'compaction' ? {} : { replaces: turn.id, input }
}

const policy = (words: string): fc.Arbitrary<ResetPolicy> =>
  fc.constantFrom<ResetPolicy[]>(
    'drop-turn',
    'clear',
    { rewind: 0 },
    { rewind: 1 },
    { rewind: 2 },
    { rewind: 'all' },
    { rephrase: words },
    { rephrase: [text(words)] },
    { fallback: otherModel, from: 'this-turn' },
    { fallback: otherModel, from: 'next-turn' },
  )

/** What is done about the refusal that waits for it. */
const decide: fc.Arbitrary<Command> = policy('Other words').map(
  (chosen): Command =>
    (view) =>
      view.undecided === null ? null : decidedIn(view, chosen),
)

/** A refusal is handed to a person, who may decide about it later. */
const defer: Command = (view) => (view.undecided === null ? null : deferred(view.undecided))

const setBudget: fc.Arbitrary<Command> = fc
  .constantFrom({}, { tokens: 1_000 }, { cost: 0.5 }, { tokens: 1, refusalsInARow: 2 })
  .map(
    (budget): Command =>
      () =>
        budgetSet(budget),
  )

/** Asks for the rest of the reply that head stands on, where it was cut. */
const goOn: Command = (view, serial) =>
  view.head === null
    ? null
    : opened(serial, view.head, { kind: 'continuation', continues: view.head, input: `Go on ${serial}` })

const compact: fc.Arbitrary<Command> = fc.boolean().map(
  (byWords): Command =>
    (view, serial) =>
      view.head === null ||
      findTurn(view, view.head)?.kind === 'compaction' ||
      // Words that were refused later are in no request, so there is nothing to summarise.
      requestTurns({ ...view, open: null }).settled.length === 0
        ? null
        : opened(serial, view.head, { kind: 'compaction', input: byWords ? `Summarise ${serial}` : '' }),
)

/** What the chart takes for a compaction. */
const isWhole = ({ open: turn }: View): boolean =>
  turn?.steps.some(({ content }) =>
    turn.input.length === 0 ? content.some(({ type }) => type === 'compaction') : hasText(content),
  ) ?? false

const summarise: fc.Arbitrary<Command> = fc.boolean().map((isCut): Command => (view) => {
  const turn = view.open
  if (turn?.kind !== 'compaction' || turn.steps.length > 0) return null
  const said = `Summary of ${turn.id}`
  const { attempt, model } = view
  return turn.input.length === 0
    ? replied(turn.id, isCut ? [] : [compaction(said)], { model, attempt, stopReason: 'compaction' })
    : replied(turn.id, [text(isCut ? ' ' : said)], { model, attempt })
})

const settle: fc.Arbitrary<Command> = fc
  .record({
    status: fc.constantFrom(
      ...([
        'completed',
        'completed',
        'completed',
        'completed',
        'stopped',
        'failed',
        'interrupted',
        'refused',
        'refused',
      ] as const),
    ),
    kept: fc.boolean(),
    category: fc.constantFrom('bio', 'cyber', null, 'of_tomorrow'),
    textShown: fc.boolean(),
    costs: fc.boolean(),
  })
  .map(({ status, kept, category, textShown, costs }): Command => (view) => {
    const turn = view.open
    if (!turn) return null
    const usage = costs ? { usage: { inputTokens: 3, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 } } : {}
    if (status === 'refused') {
      const sameWords = cutTurnsAsking(view, turn.input)
      return refused(turn.id, {
        refusal: { ...refusal, category, textShown, model: view.model },
        ...(sameWords.length > 0 ? { sameWords } : {}),
        ...usage,
      })
    }
    if (turn.kind === 'compaction')
      return status === 'completed'
        ? isWhole(view)
          ? settled(turn.id)
          : null
        : settled(turn.id, status, { kept: false })
    const isEmpty = turn.steps.length === 0 && turn.ran.length === 0
    return settled(turn.id, status, {
      kept: (kept && !isEmpty) || status === 'completed',
      ...(status === 'completed' ? {} : usage),
      // A turn that is replaced and says nothing is not kept.
      ...(status === 'failed' && costs && !kept ? { isReplaced: true } : {}),
    })
  })

/** A reset that answers no refusal. */
const reset: fc.Arbitrary<Command> = fc
  .record({ chosen: policy('Other words'), cause: fc.constantFrom('clear', 'rejection'), says: fc.boolean() })
  .map(({ chosen, cause, says }): Command => (view) => {
    const { to, withdrawn } = resetOf(view, chosen, cause)
    return moved(view.head, to, { cause, withdrawn, ...(says || cause === 'rejection' ? { policy: chosen } : {}) })
  })

const switchTo: fc.Arbitrary<Command> = fc.record({ index: fc.nat(9), force: fc.boolean() }).map(
  ({ index, force }): Command =>
    (view) =>
      moved(view.head, last(view.turns, index)?.id ?? null, force ? { force: true } : {}),
)

const queue: fc.Arbitrary<Command> = fc.constantFrom<Command>(
  (_, serial) => ({ ...queued(`q${serial}`), ...(/[02468]$/.test(serial) ? { system: systemOf(serial, null) } : {}) }),
  (view) => (view.queue[0] ? { type: 'input.withdrawn', turnId: view.queue[0].turnId } : null),
  ({ queue: [next], head }) =>
    next ? opened(next.turnId, head, next.system === undefined ? {} : { system: next.system }) : null,
  () => ({ type: 'queue.released' }),
  () => held,
)

const switchModel: fc.Arbitrary<Command> = fc
  .record({
    to: fc.constantFrom(...models),
    cause: fc.constantFrom<SwitchCause[]>('user', 'refusal', 'outage', 'return'),
  })
  .map(({ to, cause }): Command => (view) => {
    const target = cause === 'return' ? view.away?.from : otherThan(view.model, to)
    return target === undefined ? null : switched(view.model, target, cause)
  })

const trouble: fc.Arbitrary<Command> = fc
  .record({ strip: fc.boolean(), costs: fc.boolean() })
  .map(({ strip, costs }): Command => (view) => {
    if (!view.open) return null
    const { id: turnId, attempts } = view.open
    if (strip) return { type: 'thinking.stripped', turnId }
    const usage = { inputTokens: 7, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: true } as const
    return {
      type: 'attempt.failed',
      turnId,
      attempt: (attempts.at(-1)?.attempt ?? 0) + 1,
      model: view.model,
      failure: { code: 'overloaded', message: 'Busy.' },
      ...(costs ? { usage } : {}),
    }
  })

const needs = ['approval', 'decision', 'answer', 'start', 'start again'] as const

const people: fc.Arbitrary<Command> = fc
  .record({ index: fc.nat(2), what: fc.constantFrom(...needs), approved: fc.boolean() })
  .map(({ index, what, approved }): Command => (view) => {
    const turnId = view.open?.id
    const id = last(
      what === 'decision' ? view.awaitingApproval : unansweredCalls(view).flatMap((block) => toolCallId(block) ?? []),
      index,
    )
    if (turnId === undefined || id === undefined) return null
    if (what === 'start') return { type: 'call.started', turnId, callId: id }
    if (what === 'start again') return { type: 'call.started', turnId, callId: id, again: true }
    if (what === 'decision') return { type: 'approval.decided', turnId, callId: id, approved }
    return { type: what === 'approval' ? 'approval.requested' : 'answer.requested', turnId, callId: id }
  })

const command = fc.oneof(
  { weight: 6, arbitrary: open },
  { weight: 10, arbitrary: reply },
  { weight: 6, arbitrary: results },
  { weight: 7, arbitrary: settle },
  { weight: 6, arbitrary: decide },
  { weight: 1, arbitrary: fc.constant(defer) },
  { weight: 1, arbitrary: setBudget },
  { weight: 2, arbitrary: reset },
  { weight: 2, arbitrary: switchTo },
  { weight: 1, arbitrary: queue },
  { weight: 2, arbitrary: fc.constant(goOn) },
  { weight: 2, arbitrary: compact },
  { weight: 3, arbitrary: summarise },
  { weight: 1, arbitrary: switchModel },
  { weight: 1, arbitrary: trouble },
  { weight: 6, arbitrary: people },
)

/** The facts of a conversation in which anything may have happened. */
export const program: fc.Arbitrary<readonly Fact[]> = fc
  .array(command, { minLength: 20, maxLength: 80, size: 'max' })
  .map((commands) => {
    const facts: Fact[] = [created]
    let view = step(emptyView, created)
    commands.forEach((make, index) => {
      const fact = make(view, `n${index}`)
      if (fact === null || violation(view, fact) !== null) return
      facts.push(fact)
      view = step(view, fact)
    })
    return facts
  })

/** A property of every conversation; what breaks it is told with its seed. */
export const check = (name: string, holds: (facts: readonly Fact[]) => void) =>
  it(name, () => {
    fc.assert(fc.property(program, holds), { numRuns: runs(100) })
  })

/** The views before and after each fact. */
export function* steps(facts: readonly Fact[]): Generator<{ before: View; fact: Fact; after: View }> {
  let before = emptyView
  for (const fact of facts) {
    const after = step(before, fact)
    yield { before, fact, after }
    before = after
  }
}

/** Ids of the turns that the next request is made of. */
export const sentTurns = (view: View): readonly string[] => {
  const turns = [...path(view, view.open ? view.open.parent : view.head), ...(view.open ? [view.open] : [])]
  const start = turns.findLastIndex(({ kind, status }) => kind === 'compaction' && status === 'completed')
  return turns.slice(Math.max(0, start)).map(({ id }) => id)
}
