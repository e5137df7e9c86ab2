// The replies that everybody reads: the same deltas of 4 to 20 characters, as the API would send them.

export interface WireEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** How the bytes of a reply come: in chunks of 64 kB, each event in a packet of its own, or so at a steady pace, with the time. */
export type Delivery = 'packed' | 'single' | 'paced'

/** A text, a long thought and then a short text, or one call of a tool. */
export type ReplyKind = 'text' | 'thinking' | 'tool-call'

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

/** A tool's input `{ "lines": ["…", …] }`, as the JSON fragments that it comes in; a line ends with each eighth. */
const fragments = (count: number): readonly string[] => [
  '{"lines": ["',
  ...deltas(count - 2).map((text, index) => (index % 8 === 7 ? `${text}", "` : text)),
  '"]}',
]

/** What is heard of a reply, delta by delta: of a call, the JSON of its input. */
export const textOf = (kind: ReplyKind, count: number): string =>
  (kind === 'tool-call' ? fragments(count) : deltas(count)).join('')

/** A whole reply with so many deltas, event by event. */
export function replyEvents(kind: ReplyKind, count: number): readonly WireEvent[] {
  switch (kind) {
    case 'text':
      return textReply(deltas(count))
    case 'thinking':
      return thinkingReply(deltas(count))
    case 'tool-call':
      return message('tool_use', toolUse(fragments(count)))
  }
}

export const textReply = (texts: readonly string[]): readonly WireEvent[] => message('end_turn', text(0, texts))

/** Nine tenths are thought, one is said. */
function thinkingReply(texts: readonly string[]): readonly WireEvent[] {
  const thought = Math.round(texts.length * 0.9)
  return message('end_turn', [...thinking(texts.slice(0, thought)), ...text(1, texts.slice(thought))])
}

const text = (index: number, texts: readonly string[]) =>
  block(
    index,
    { type: 'text', text: '' },
    texts.map((piece) => ({ type: 'text_delta', text: piece })),
  )

const thinking = (texts: readonly string[]) =>
  block(0, { type: 'thinking', thinking: '', signature: '' }, [
    ...texts.map((piece) => ({ type: 'thinking_delta', thinking: piece })),
    { type: 'signature_delta', signature: 'EqQBCgIYAhIM'.repeat(30) },
  ])

const toolUse = (pieces: readonly string[]) =>
  block(
    0,
    { type: 'tool_use', id: 'toolu_01bench', name: 'write_lines', input: {} },
    pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  )

const block = (index: number, start: WireEvent, pieces: readonly WireEvent[]): readonly WireEvent[] => [
  { type: 'content_block_start', index, content_block: start },
  ...pieces.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
]

function message(stopReason: string, [first, ...rest]: readonly WireEvent[]): readonly WireEvent[] {
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
    ...(first ? [first] : []),
    { type: 'ping' },
    ...rest,
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: rest.length },
    },
    { type: 'message_stop' },
  ]
}

export const toSse = (event: WireEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
