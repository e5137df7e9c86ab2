// How a request is sent whose messages are known as bytes, because most of them were sent before.
import type Anthropic from '@anthropic-ai/sdk'
import { writtenMessages } from '../journal/index.ts'
import type { MessageRequest } from '../source/message-source.ts'
import type { CreateParams } from './sdk-types.ts'

/**
 * The name of a method that the `fetch` of a client may have: it makes of the parameters of a request, and the bytes of its messages as
 * JSON without the brackets, what the SDK is asked in their place. `null` where the SDK has to serialise the messages after all.
 * `leanFetch()` has this method, and `claude()` uses it.
 */
export const bodyWriter: unique symbol = Symbol.for('turnstate.bodyWriter')

type RequestOptions = NonNullable<Parameters<Anthropic['messages']['create']>[1]>

/** What the SDK is asked. */
export interface WrittenRequest {
  readonly params: CreateParams
  /** Fields of the request for the client's `fetch`. */
  readonly fetchOptions?: NonNullable<RequestOptions['fetchOptions']>
}

/** A `fetch` that has the method. */
export interface HasBodyWriter {
  [bodyWriter](client: object, params: CreateParams, messages: readonly Uint8Array[]): WrittenRequest | null
}

/** What the SDK is asked for a request. */
export function writtenRequest(client: object, { messages }: MessageRequest, params: CreateParams): WrittenRequest {
  const fetch: unknown = Reflect.get(client, 'fetch')
  const written = canWrite(fetch) ? writtenMessages(messages) : null
  return (written && canWrite(fetch) ? fetch[bodyWriter](client, params, written) : null) ?? { params }
}

const canWrite = (fetch: unknown): fetch is HasBodyWriter => typeof fetch === 'function' && bodyWriter in fetch
