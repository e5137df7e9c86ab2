// A reply as the events of a stream. The text is held back until the reply is past refusal: this wire can't take anything back.
import { type Clock, systemClock, unref } from '../../clock.ts'
import type { Block } from '../../index.ts'
import type { ReplyMessage } from './reply.ts'

type StreamEvent = { readonly type: string } & Readonly<Record<string, unknown>>

/** Milliseconds between two pings, so that nobody takes a long wait for a dead connection. */
const pingEvery = 5_000

/**
 * A stream that sends pings until the reply is known, and then the whole of it.
 *
 * @param toError what is sent in place of a reply that fails
 */
export function replyStream(
  reply: Promise<ReplyMessage>,
  toError: (error: unknown) => StreamEvent,
  { clock = systemClock, gone }: { readonly clock?: Clock; readonly gone: () => void },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let timer: unknown = null
  let isOver = false
  const stop = () => {
    isOver = true
    clock.clearTimeout(timer)
  }
  return new ReadableStream({
    start(controller) {
      const send = (...events: readonly StreamEvent[]) => {
        const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        controller.enqueue(encoder.encode(text.join('')))
      }
      const ping = () => {
        send({ type: 'ping' })
        timer = clock.setTimeout(ping, pingEvery)
        unref(timer)
      }
      ping()
      const end = (...events: readonly StreamEvent[]) => {
        if (isOver) return
        stop()
        send(...events)
        controller.close()
      }
      reply.then(
        (message) => end(...eventsOf(message)),
        (error: unknown) => end(toError(error)),
      )
    },
    cancel() {
      stop()
      gone()
    },
  })
}

/** The events of a message. */
function eventsOf(message: ReplyMessage): readonly StreamEvent[] {
  const { content, stop_reason, stop_sequence, stop_details, usage, ...rest } = message
  const begun = { ...rest, content: [], stop_reason: null, stop_sequence: null, stop_details: null }
  return [
    { type: 'message_start', message: { ...begun, usage: { ...usage, output_tokens: 0 } } },
    ...content.flatMap(blockEvents),
    { type: 'message_delta', delta: { stop_reason, stop_sequence, stop_details }, usage },
    { type: 'message_stop' },
  ]
}

function blockEvents(block: Block, index: number): readonly StreamEvent[] {
  const [shell, deltas] = grown(block)
  return [
    { type: 'content_block_start', index, content_block: shell },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

/** A block as it begins, and what makes it whole. */
function grown(block: Block): readonly [Block, readonly StreamEvent[]] {
  switch (block.type) {
    case 'text': {
      const { citations } = block
      const cited = Array.isArray(citations) ? citations : []
      return [
        { ...block, text: '', citations: cited.length > 0 ? [] : (citations ?? null) },
        [
          { type: 'text_delta', text: block['text'] },
          ...cited.map((citation: unknown) => ({ type: 'citations_delta', citation })),
        ],
      ]
    }
    case 'thinking':
      return [
        { ...block, thinking: '', signature: '' },
        [
          { type: 'thinking_delta', thinking: block['thinking'] },
          { type: 'signature_delta', signature: block['signature'] },
        ],
      ]
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return [
        { ...block, input: {} },
        [{ type: 'input_json_delta', partial_json: JSON.stringify(block['input'] ?? {}) }],
      ]
    default:
      return [block, []]
  }
}
