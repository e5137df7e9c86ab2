// Hand-written streams of the API, byte for byte: this file shares no code with the reader under test.

export interface WireObject {
  readonly [field: string]: unknown
}

/** One event of a stream. Its `type` is also its name on the wire. */
export interface WireEvent extends WireObject {
  readonly type: string
}

/** A block of a reply: its start and its deltas. */
export interface Part {
  readonly start: WireObject
  readonly deltas: readonly WireObject[]
  /** Whether the stop event of the block is missing. */
  readonly isOpen?: true
}

export const text = (...said: readonly string[]): Part => ({
  start: { type: 'text', text: '' },
  deltas: said.map((piece) => ({ type: 'text_delta', text: piece })),
})

/** Thinking, signed if a signature is given. */
export const thinking = (thought: string, signature = ''): Part => ({
  start: { type: 'thinking', thinking: '', signature: '' },
  deltas: [
    { type: 'thinking_delta', thinking: thought },
    ...(signature === '' ? [] : [{ type: 'signature_delta', signature }]),
  ],
})

const called = (type: string, id: string, name: string, json: readonly string[]): Part => ({
  start: { type, id, name, input: {} },
  deltas: json.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
})

/** A call of an app's tool. */
export const call = (id: string, ...json: readonly string[]): Part => called('tool_use', id, 'look', json)

/** A call of a server tool. */
export const search = (id: string, ...json: readonly string[]): Part =>
  called('server_tool_use', id, 'web_search', json)

const whole = (start: WireObject): Part => ({ start, deltas: [] })

export const found = (id: string, title: string): Part =>
  whole({ type: 'web_search_tool_result', tool_use_id: id, content: [{ type: 'web_search_result', title }] })

/** The fallback block at which one model hands over to the next. */
export const handover = (from: string, to: string): Part =>
  whole({ type: 'fallback', from: { model: from }, to: { model: to } })

/** A summary that was requested from the API. */
export const summary = (content: string): Part => whole({ type: 'compaction', content, signature: 'sig' })

/** A summary that the API makes on its own, at a threshold. */
export const ownSummary = (content: string): Part => ({
  start: { type: 'compaction', content: null, encrypted_content: null },
  deltas: [{ type: 'compaction_delta', content, encrypted_content: 'enc' }],
})

export const open = (part: Part): Part => ({ ...part, isOpen: true })

export interface Ending {
  readonly stop: string
  /** The fields of `stop_details`. Omitted: no details. */
  readonly details?: WireObject
  /** Further fields of `usage`. */
  readonly usage?: WireObject
}

/** The events of a complete reply. */
export function replyOf(model: string, parts: readonly Part[], { stop, details, usage }: Ending): readonly WireEvent[] {
  return [
    { type: 'message_start', message: { model, usage: { input_tokens: 3 } } },
    ...parts.flatMap(({ start, deltas, isOpen }, index): readonly WireEvent[] => [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map((delta): WireEvent => ({ type: 'content_block_delta', index, delta })),
      ...(isOpen ? [] : [{ type: 'content_block_stop', index }]),
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: stop, ...(details ? { stop_details: { type: 'refusal', ...details } } : {}) },
      usage: { output_tokens: 5, ...usage },
    },
    { type: 'message_stop' },
  ]
}

/** The `usage` of a reply with server fallbacks: one iteration of this many tokens per model. */
export const rounds = (...tokens: readonly (readonly [model: string, output: number])[]): WireObject => ({
  iterations: tokens.map(([model, output_tokens], index) => ({
    type: index === tokens.length - 1 ? 'fallback_message' : 'message',
    model,
    input_tokens: 3,
    output_tokens,
  })),
})

const encoder = new TextEncoder()

const written = (event: WireEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** The bytes of each event. */
export const bytesOf = (events: readonly WireEvent[]): readonly Uint8Array[] =>
  events.map((event) => encoder.encode(written(event)))

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

export interface EventReader {
  /** The events that a chunk completes. */
  readonly read: (chunk: Uint8Array) => readonly WireEvent[]
  /** The event at the end of the stream that lacks only its blank line. */
  readonly end: () => readonly WireEvent[]
}

/**
 * Collects the complete events that have arrived so far and omits those that are not JSON. Independent of the reader
 * under test.
 */
export function createEventReader(): EventReader {
  const decoder = new TextDecoder()
  let rest = ''
  return {
    read: (chunk) => {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      return blocks.flatMap((block) => readBlock(block) ?? [])
    },
    end: () => [readBlock(rest) ?? []].flat(),
  }
}

function readBlock(block: string): WireEvent | undefined {
  const lines = block.split('\n').filter((line) => line.startsWith('data: '))
  try {
    const event: unknown = JSON.parse(lines.map((line) => line.slice('data: '.length)).join('\n'))
    return isWireEvent(event) ? event : undefined
  } catch {
    return undefined
  }
}

const isWireEvent = (event: unknown): event is WireEvent => isObject(event) && typeof event['type'] === 'string'

export const isObject = (value: unknown): value is WireObject => typeof value === 'object' && value !== null
