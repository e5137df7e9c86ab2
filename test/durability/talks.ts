// Random conversations: what the user does, how the model answers, and what becomes of each write.
import * as fc from 'fast-check'
import { type Conversation, type MessageSource, tool, type SourceEvent, TurnstateError } from '../../src/index.ts'
import { anything } from '../tools/fixtures.ts'
import { type Fate, turns } from './faulty-store.ts'

export type Deed =
  | 'say'
  | 'abort'
  | 'stop'
  | 'clear'
  | 'model'
  | 'approve'
  | 'deny'
  | 'retry'
  | 'regenerate'
  | 'withdraw'
  | 'release'
  | 'resolve'
  | 'wait'

export type Answer =
  | 'text'
  | 'long'
  | 'refusal'
  | 'late refusal'
  | 'tools'
  | 'approval'
  | 'overload'
  | 'cut'
  | 'invalid'

export interface Talk {
  /** Each with the turns of the event loop that pass after it. */
  readonly deeds: readonly (readonly [deed: Deed, turns: number])[]
  readonly answers: readonly Answer[]
  readonly fates: readonly (readonly [fate: Fate, delay: number])[]
}

const deeds: readonly Deed[] = [
  'say',
  'say',
  'say',
  'wait',
  'wait',
  'wait',
  'stop',
  'abort',
  'clear',
  'model',
  'approve',
  'approve',
  'deny',
  'retry',
  'regenerate',
  'withdraw',
  'release',
  'resolve',
]
const answers: readonly Answer[] = [
  'text',
  'text',
  'long',
  'refusal',
  'late refusal',
  'tools',
  'approval',
  'overload',
  'cut',
  'invalid',
]
const fates: readonly Fate[] = ['stores', 'stores', 'stores', 'stores', 'fails', 'throws', 'rejects', 'stores silently']

export const anyTalk: fc.Arbitrary<Talk> = fc.record({
  deeds: fc.array(fc.tuple(fc.constantFrom(...deeds), fc.oneof(fc.nat(6), fc.integer({ min: 20, max: 60 }))), {
    minLength: 3,
    maxLength: 25,
  }),
  answers: fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 12 }),
  fates: fc.array(fc.tuple(fc.constantFrom(...fates), fc.nat(3)), { minLength: 1, maxLength: 12 }),
})

const usage = { inputTokens: 1, outputTokens: 1 }
const started: SourceEvent = { type: 'message.started', model: 'm', usage }
const text = (words: string): readonly SourceEvent[] => [
  { type: 'block.started', index: 0, block: { type: 'text', text: '' } },
  { type: 'block.delta', index: 0, kind: 'text', text: words },
]
const ended = (stopReason: string, more = {}): readonly SourceEvent[] => [
  { type: 'message.delta', stopReason, usage, ...more },
  { type: 'message.stopped' },
]
const closed: SourceEvent = { type: 'block.stopped', index: 0 }

/** A source that gives these answers in turn, over and over. It keeps what it was asked, and the words of replies that it refused. */
export function answering(list: readonly Answer[]) {
  const requests: string[] = []
  const refused: string[] = []
  let calls = 0
  const source: MessageSource = async function* (request, { signal }) {
    requests.push(JSON.stringify(request))
    const nth = requests.length - 1
    const answer = list[nth % list.length] ?? 'text'
    await turns(1)
    if (answer === 'overload') throw new TurnstateError('overloaded', 'no', { status: 529 })
    if (answer === 'invalid') throw new TurnstateError('request-invalid', 'no', { status: 400 })
    yield started
    await turns(1)
    if (answer === 'tools' || answer === 'approval') {
      const name = answer === 'tools' ? 'act' : 'ask'
      for (const index of [0, 1]) {
        yield { type: 'block.started', index, block: { type: 'tool_use', id: `call${++calls}`, name, input: {} } }
        yield { type: 'block.stopped', index }
      }
      yield* ended('tool_use')
      return
    }
    const isRefused = answer === 'refusal' || answer === 'late refusal'
    if (answer !== 'refusal') yield* text(isRefused ? `forbidden ${nth};` : `answer ${nth}`)
    if (answer === 'long' || answer === 'late refusal') await turns(3)
    if (isRefused) {
      // What was stopped before was not refused.
      if (signal.aborted) return
      refused.push(`forbidden ${nth};`)
      return yield* ended('refusal', { category: 'cyber', explanation: null })
    }
    yield closed
    yield* ended(answer === 'cut' ? 'max_tokens' : 'end_turn')
  }
  return { source, requests, refused }
}

/** Tools that count their runs by call, outside of the conversation: as the world would. */
export function countedTools() {
  const runs = new Map<string, number>()
  const run = async (_: unknown, { callId }: { readonly callId: string }) => {
    runs.set(callId, (runs.get(callId) ?? 0) + 1)
    await turns(2)
    return 'done'
  }
  const tools = [
    tool({ name: 'act', input: anything, run }),
    tool({ name: 'ask', input: anything, run, needsApproval: true }),
  ]
  return { tools, runs }
}

const aborts = new WeakMap<Conversation, AbortController[]>()

/** Sends a message with a signal of its own. */
function say(chat: Conversation, words: string): void {
  const abort = new AbortController()
  aborts.set(chat, [...(aborts.get(chat) ?? []), abort])
  chat.sendMessage(words, { signal: abort.signal })
}

/** Does what a user would do: `abort` aborts the newest message. What is not possible now is an error that users are shown, and no fault. */
export function act(chat: Conversation, deed: Deed, nth: number): void {
  const [call] = chat.pendingCalls
  const [item] = chat.queue
  try {
    if (deed === 'say') say(chat, `message ${nth}`)
    else if (deed === 'abort') aborts.get(chat)?.pop()?.abort()
    else if (deed === 'stop') chat.stop()
    else if (deed === 'clear') chat.clear()
    else if (deed === 'model') chat.setModel(`m${nth % 3}`)
    else if (deed === 'retry') chat.retry()
    else if (deed === 'regenerate') chat.regenerate()
    else if (deed === 'release') chat.releaseQueue()
    else if (deed === 'resolve') chat.resolveRefusal('drop-turn')
    else if (deed === 'withdraw' && item) chat.withdraw(item.turnId)
    else if (deed === 'approve' && call) chat.approveTool(call.callId)
    else if (deed === 'deny' && call) chat.denyTool(call.callId)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}
