// The replies that everybody reads: the same text, cut into deltas of 4 to 20 characters, as the API would send them.

export interface WireEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** How the bytes of a reply come: in chunks of 64 kB, or each event in a chunk of its own. */
export type Delivery = 'packed' | 'single'

const words = 'the state of a conversation is read off its chart, and what was refused stays out of it for good; '

/** Deltas of 4 to 20 characters, the same for the same seed. */
export function deltas(count: number, seed = 1): readonly string[] {
  let state = seed
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    return (state >>> 8) % below
  }
  return Array.from({ length: count }, () => {
    const start = next(words.length - 20)
    return words.slice(start, start + 4 + next(17))
  })
}

export const textLength = (count: number): number =>
  deltas(count).reduce((length, { length: more }) => length + more, 0)

/** A whole reply, event by event. */
export function replyEvents(texts: readonly string[]): readonly WireEvent[] {
  const usage = { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 }
  return [
    {
      type: 'message_start',
      message: {
        id: 'msg_01bench',
        type: 'message',
        role: 'assistant',
        model: 'claude-opus-4-6',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...texts.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: texts.length },
    },
    { type: 'message_stop' },
  ]
}

export const toSse = (event: WireEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
