// Limits what the SDK buffers of a response: the body of an error, and each line of a stream that the SDK decodes itself.
import type Anthropic from '@anthropic-ai/sdk'
import { readJson } from '../journal/index.ts'
import { lineTooLong, longestEvent } from './sse.ts'

type RequestOptions = NonNullable<Parameters<Anthropic['messages']['create']>[1]>
export type Middleware = NonNullable<RequestOptions['middleware']>[number]

/** Bytes read of an error's body. The API's have a few hundred; a gateway's may quote the request. */
const longestDocument = 1024 * 1024

/** Whether the SDK decodes the stream, rather than `ServerSentEvents`. */
export interface Reading {
  bySdk: boolean
}

/** SDK middleware that lets a response be read in bounded memory only. */
export const bounded =
  (reading: Reading): Middleware =>
  async (request, next) => {
    const response = await next(request)
    const { body, headers, ok, status, statusText } = response
    if (!body) return response
    // The SDK reads an error by calling text(). A new Response could not carry every status, so the method is replaced.
    if (!ok) return Object.defineProperty(response, 'text', { value: () => documentOf(body) })
    const type = headers.get('content-type') ?? ''
    if (isFrames(type) || (!reading.bySdk && type.includes('text/event-stream'))) return response
    return new Response(withBoundedLines(body), { status, statusText, headers })
  }

/** AWS's binary frames carry their lengths and have no lines. */
const isFrames = (contentType: string): boolean => contentType.includes('vnd.amazon.eventstream')

async function documentOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  for (let left = longestDocument; left > 0;) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value.subarray(0, left), { stream: true })
    left -= value.length
  }
  void reader.cancel().catch(() => {})
  return readable(text + decoder.decode())
}

/** Replaces a body that is nested too deeply: the SDK serialises it recursively into the error's message. */
function readable(text: string): string {
  try {
    readJson(text)
  } catch (error) {
    if (error instanceof RangeError) return `an error that can't be quoted: ${error.message}`
  }
  return text
}

function withBoundedLines(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let length = 0
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const end = Math.max(chunk.lastIndexOf(lineFeed), chunk.lastIndexOf(carriageReturn))
        length = end < 0 ? length + chunk.length : chunk.length - 1 - end
        if (length > longestEvent) throw lineTooLong()
        controller.enqueue(chunk)
      },
    }),
  )
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
