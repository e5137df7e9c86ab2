// What people, apps and the API do in a random conversation. Numbers choose among what there is when it is done.
import * as fc from 'fast-check'
import type { Budget, ResetPolicy } from '../../src/index.ts'
import { behaviour, type Behaviour } from './behaviours.ts'
import { models } from './options.ts'

const shapes = ['text', 'blocks', 'marked', 'image', 'notes', 'file', 'slow file', 'broken file'] as const
type Shape = (typeof shapes)[number]

export const badMessages = [
  'empty',
  'blank blocks',
  'number',
  'tool result',
  'unknown block',
  'cycle',
  'notes',
] as const

export interface Message {
  readonly shape: Shape
  /** The input of an earlier message again, on purpose. */
  readonly again?: number
  /** With a signal, which `abort` aborts. */
  readonly signal?: boolean
}

/** Which turn: the n-th from the end; `null` is an unknown one. */
export type Nth = number | null

type Simple =
  | 'stop'
  | 'stop at a delta'
  | 'retry'
  | 'abort'
  | 'release the queue'
  | 'clear'
  | 'compact'
  | 'close'
  | 'let'

export type Operation =
  | { readonly do: 'send'; readonly message: Message }
  | { readonly do: 'bad send'; readonly what: (typeof badMessages)[number] }
  | {
      readonly do: 'reply'
      readonly how: Behaviour
      readonly to?: number
      /** What has arrived of it comes in one chunk. */
      readonly together?: boolean
    }
  | { readonly do: 'begin'; readonly how: Behaviour; readonly events: number }
  | { readonly do: Simple }
  | { readonly do: 'regenerate' | 'switch' | 'fork'; readonly turn?: Nth; readonly force?: boolean }
  | { readonly do: 'edit'; readonly turn: Nth; readonly message: Message }
  | { readonly do: 'visit' | 'approve' | 'deny' | 'withdraw'; readonly which: number }
  | { readonly do: 'answer'; readonly which: number; readonly how?: 'error' | 'cycle' }
  | { readonly do: 'resolve'; readonly policy: ResetPolicy }
  | { readonly do: 'model'; readonly model: string }
  | { readonly do: 'system'; readonly system: 'A' | 'B' | 'none' }
  | { readonly do: 'tools'; readonly tools: 'all' | 'few' | 'none' }
  | { readonly do: 'budget'; readonly budget: Budget }
  | { readonly do: 'wait'; readonly ms: number }

export type Step = Operation & {
  /** The next one comes in the same tick. */
  readonly hurried?: true
}

const nth: fc.Arbitrary<Nth> = fc.oneof(
  { weight: 9, arbitrary: fc.nat(5) },
  { weight: 1, arbitrary: fc.constant(null) },
)

const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Message>({ shape: 'text' }) },
  {
    weight: 1,
    arbitrary: fc.record(
      { shape: fc.constantFrom(...shapes), again: fc.nat(3), signal: fc.constant(true) },
      { requiredKeys: ['shape'] },
    ),
  },
)

const policy = fc.constantFrom<ResetPolicy[]>(
  'drop-turn',
  'clear',
  { rewind: 1 },
  { rephrase: 'w0. in other words' },
  { fallback: 'claude-opus-4-8', from: 'this-turn' },
  { fallback: 'claude-opus-5', from: 'next-turn' },
)

const simple = (...names: Simple[]) => fc.constantFrom(...names).map((name): Operation => ({ do: name }))

const inTurn = fc
  .record(
    {
      do: fc.constantFrom('regenerate' as const, 'switch' as const, 'fork' as const),
      turn: nth,
      force: fc.constant(true),
    },
    { requiredKeys: ['do'] },
  )
  .map((operation): Operation => operation)

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 12, arbitrary: message.map((said): Operation => ({ do: 'send', message: said })) },
  {
    weight: 18,
    arbitrary: fc
      .record(
        { do: fc.constant('reply' as const), how: behaviour, to: fc.nat(2), together: fc.boolean() },
        { requiredKeys: ['do', 'how'] },
      )
      .map((reply): Operation => reply),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('begin' as const), how: behaviour, events: fc.nat(12) }) },
  { weight: 3, arbitrary: simple('stop') },
  { weight: 2, arbitrary: simple('stop at a delta') },
  { weight: 3, arbitrary: simple('retry', 'let', 'release the queue', 'clear', 'compact') },
  { weight: 1, arbitrary: simple('abort', 'close') },
  { weight: 4, arbitrary: inTurn },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), turn: nth, message }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('visit' as const, 'approve' as const, 'deny' as const, 'withdraw' as const),
      which: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        do: fc.constant('answer' as const),
        which: fc.nat(3),
        how: fc.constantFrom('error' as const, 'cycle' as const),
      },
      { requiredKeys: ['do', 'which'] },
    ),
  },
  { weight: 2, arbitrary: policy.map((chosen): Operation => ({ do: 'resolve', policy: chosen })) },
  { weight: 1, arbitrary: fc.constantFrom(...badMessages).map((what): Operation => ({ do: 'bad send', what })) },
  { weight: 1, arbitrary: fc.constantFrom(...models).map((model): Operation => ({ do: 'model', model })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('A' as const, 'B' as const, 'none' as const)
      .map((system): Operation => ({ do: 'system', system })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('all' as const, 'few' as const, 'none' as const)
      .map((tools): Operation => ({ do: 'tools', tools })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<Budget[]>({}, { tokens: 1 }, { refusalsInARow: 1 })
      .map((budget): Operation => ({ do: 'budget', budget })),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(33, 10_000, 31_000, 61_000, 130_000).map((ms): Operation => ({ do: 'wait', ms })),
  },
)

export const steps = (maxLength: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc
      .tuple(operation, fc.constantFrom(false, false, false, true))
      .map(([chosen, hurried]): Step => (hurried ? { ...chosen, hurried } : chosen)),
    { maxLength, size: 'max' },
  )
