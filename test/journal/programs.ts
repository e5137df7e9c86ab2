// Random conversations: commands that are read against the view, so that what they come to always fits the journal.
import * as fc from 'fast-check'
import { type Block, emptyView, type Fact, path, rewound, step, violation, type View } from '../../src/journal/index.ts'
import {
  answered,
  cached,
  call,
  created,
  fallback,
  found,
  moved,
  opened,
  queued,
  refused,
  replied,
  result,
  search,
  settled,
  text,
  thinking,
} from './fixtures.ts'

type Command = (view: View, serial: string) => Fact | null

// Few ids, so that they clash. What a turn says carries its id, so that it is found wherever it goes.
const callId = fc.constantFrom('t1', 't2', 't3')
const serverId = fc.constantFrom('s1', 's2')
const marker = fc.constantFrom({}, cached)

const block = (word: string): fc.Arbitrary<Block> =>
  fc.oneof(
    fc.tuple(fc.constantFrom('', ' ', `${word}.`, `${word} \n`), marker).map(([said, mark]) => text(said, mark)),
    callId.map((id) => call(id)),
    fc.constant(thinking(`Thought ${word}`)),
    fc.constant({ ...thinking(`Cut ${word}`), signature: '' }),
    serverId.map((id) => search(`${word}-${id}`)),
    serverId.map((id) => found(`${word}-${id}`)),
    fc.constant(fallback),
  )

// At most one use of each server tool id in a reply, as the API makes them.
const content = (word: string) =>
  fc.uniqueArray(block(word), {
    maxLength: 6,
    size: 'max',
    // Blocks without an id may come again.
    selector: ({ type, id, tool_use_id: of }) => (id === undefined && of === undefined ? {} : String([type, id, of])),
  })

const resultBlock = fc
  .tuple(callId, fc.constantFrom('ok', '', [text('')], [text('ok', cached)]))
  .map(([id, said]) => result(id, { content: said }))

const inOpen =
  (make: (turnId: string) => Fact): Command =>
  (view) =>
    view.open ? make(view.open.id) : null

const open: fc.Arbitrary<Command> = fc
  .record({ elsewhere: fc.nat(9), blocks: fc.boolean(), mark: marker })
  .map(({ elsewhere, blocks, mark }): Command => (view, serial) => {
    // Mostly upon head; else an edit, upon some other turn.
    const parent = elsewhere > 6 ? (view.turns[elsewhere % Math.max(1, view.turns.length)]?.id ?? null) : view.head
    return opened(serial, parent, blocks ? { input: [text(`Question ${serial}`, mark)] } : {})
  })

/** The same blocks with the turn's id in their words; thinking is signed as it then stands. */
const inWords = (blocks: readonly Block[], turnId: string): readonly Block[] =>
  JSON.parse(JSON.stringify(blocks).replaceAll('WORD', turnId), (_, value: Block) =>
    value?.type === 'thinking' && value['signature'] !== '' ? thinking(String(value['thinking'])) : value,
  )

const reply: fc.Arbitrary<Command> = fc
  .record({ blocks: content('WORD'), stopReason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', null) })
  .map(({ blocks, stopReason }) => inOpen((turnId) => replied(turnId, inWords(blocks, turnId), { stopReason })))

const results: fc.Arbitrary<Command> = fc
  .array(resultBlock, { maxLength: 4, size: 'max' })
  .map((blocks) => inOpen((turnId) => answered(turnId, ...blocks)))

const settle: fc.Arbitrary<Command> = fc
  .record({
    status: fc.constantFrom('completed', 'completed', 'stopped', 'failed', 'interrupted', 'refused'),
    kept: fc.boolean(),
  })
  .map(({ status, kept }) =>
    inOpen((turnId) =>
      status === 'refused' ? refused(turnId) : settled(turnId, status, { kept: kept || status === 'completed' }),
    ),
  )

const reset: fc.Arbitrary<Command> = fc
  .record({ depth: fc.constantFrom<(number | 'all')[]>(0, 1, 2, 'all'), answering: fc.boolean() })
  .map(({ depth, answering }): Command => (view) => {
    const { to, withdrawn } = rewound(view, depth)
    const why = answering && view.undecided !== null ? { cause: 'refusal', turnId: view.undecided } : { cause: 'clear' }
    return moved(view.head, to, { ...why, withdrawn } as Parameters<typeof moved>[2])
  })

const switchTo: fc.Arbitrary<Command> = fc.record({ index: fc.nat(9), force: fc.boolean() }).map(
  ({ index, force }): Command =>
    (view) =>
      moved(view.head, view.turns[index % Math.max(1, view.turns.length)]?.id ?? null, force ? { force: true } : {}),
)

const queue: fc.Arbitrary<Command> = fc.constantFrom<Command>(
  (_, serial) => queued(`q${serial}`),
  (view) => (view.queue[0] ? { type: 'input.withdrawn', turnId: view.queue[0].turnId } : null),
  (view) => (view.queue[0] ? opened(view.queue[0].turnId, view.head) : null),
  () => ({ type: 'queue.released' }),
)

const command = fc.oneof(
  { weight: 5, arbitrary: open },
  { weight: 6, arbitrary: reply },
  { weight: 3, arbitrary: results },
  { weight: 5, arbitrary: settle },
  { weight: 2, arbitrary: reset },
  { weight: 2, arbitrary: switchTo },
  { weight: 1, arbitrary: queue },
)

/** The facts of a conversation in which anything may have happened. */
export const program: fc.Arbitrary<readonly Fact[]> = fc
  .array(command, { maxLength: 60, size: 'max' })
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
export const sentTurns = (view: View): readonly string[] => [
  ...path(view, view.open ? view.open.parent : view.head).map(({ id }) => id),
  ...(view.open ? [view.open.id] : []),
]
