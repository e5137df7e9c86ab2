// A conversation whose replies arrive in the chunks that a test lists: the events of one array arrive together.
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SimulatedClock } from 'xstate'
import {
  type ConversationNotice,
  type ConversationOptions,
  createConversation,
  type MessageRequest,
  type MessageSource,
  type SourceEvent,
} from '../../src/index.ts'
import { wholeReply } from '../reply/fixtures.ts'

/** Events that arrive together, an error that the source throws, or nothing until the request is aborted. */
export type Chunk = readonly SourceEvent[] | Error | 'nothing'

/** Each request gets the next reply; after the last one, an ordinary reply. */
export function startInChunks(replies: readonly (readonly Chunk[])[], options: Partial<ConversationOptions> = {}) {
  const requests: MessageRequest[] = []
  const notices: ConversationNotice[] = []
  let ids = 0

  const source: MessageSource = async function* play(request, { signal }) {
    const chunks = replies[requests.length] ?? [wholeReply('Well.')]
    requests.push(request)
    for (const chunk of chunks) {
      // As on a network: earlier chunks have been consumed by then.
      await nextTurn()
      if (signal.aborted) return
      if (chunk instanceof Error) throw chunk
      if (chunk === 'nothing') return void (await once(signal, 'abort'))
      yield chunk
    }
  }
  const chat = createConversation({
    source,
    model: 'm1',
    maxTokens: 100,
    retry: { maxAttempts: 1 },
    clock: new SimulatedClock(),
    now: () => 1_000,
    generateId: () => `t${++ids}`,
    logger: { warn: () => {}, error: () => {} },
    ...options,
  })
  chat.on('*', (notice) => void notices.push(notice))

  return {
    chat,
    requests,
    notices,
    told: (type: ConversationNotice['type']) => notices.filter((notice) => notice.type === type).length,
    /** The whole text of a request. */
    said: (nth: number) => JSON.stringify(requests[nth - 1]?.messages),
  }
}

export type InChunks = ReturnType<typeof startInChunks>

/** An unknown event at which a listener can act between two events of a chunk. */
export const mark: SourceEvent = { type: 'unknown', event: { type: 'mark' } }

/** Another model takes over. */
export const handedOver = (index: number): SourceEvent => ({
  type: 'block.started',
  index,
  block: { type: 'fallback', from: { model: 'm1' }, to: { model: 'm2' } },
})

const count = { inputTokens: 5, outputTokens: 4, cacheReadTokens: 0, cacheWriteTokens: 0 }

/** The iterations of a reply that the second model served after the first was refused in the middle of its text. */
export const twoRounds = [
  { type: 'message', model: 'm1', usage: count },
  { type: 'fallback_message', model: 'm2', usage: count },
] as const
