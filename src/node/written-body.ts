// Sends messages whose bytes are known. The SDK serialises a request by `JSON.stringify()`, into which no bytes can be put; so it is given
// a list that says a mark in its place, and `leanFetch()` puts the bytes where the mark is. The list is otherwise the list of messages:
// whoever reads the parameters on the way, as tracing does, finds them.
import type { WrittenRequest } from '../claude/body-writer.ts'
import type { CreateParams } from '../claude/sdk-types.ts'

const writtenBody: unique symbol = Symbol('written body')

interface WrittenBody {
  /** What is in the body in the place of the messages: a JSON text that occurs nowhere else. */
  readonly mark: string
  readonly messages: readonly Uint8Array[]
}

interface HasWrittenBody {
  readonly [writtenBody]?: WrittenBody
}

/** Fields that every request has are the SDK's. */
type FetchOptions = Omit<RequestInit, 'body' | 'headers' | 'method' | 'signal'> & HasWrittenBody

/** Bytes of messages below which the SDK serialises them as fast. */
const leastBytes = 16 * 1024

/**
 * What the SDK is asked; `null` where something reads the body on its way (middleware, traces with contents, a backend that has another format), which
 * would find the mark, and where there is too little to save.
 */
export function marked(client: object, params: CreateParams, messages: readonly Uint8Array[]): WrittenRequest | null {
  const length = messages.reduce((sum, bytes) => sum + bytes.length, 0)
  if (length < leastBytes || !sendsBodiesAsTheyAre(client)) return null
  const mark = `turnstate:messages:${crypto.randomUUID()}`
  const list = Object.defineProperty([...params.messages], 'toJSON', { value: () => mark })
  const fetchOptions: FetchOptions = { [writtenBody]: { mark: `"${mark}"`, messages } }
  return { params: { ...params, messages: list }, fetchOptions }
}

/** The steps by which the SDK's client makes and sends a request. A client of another backend has others for some of them. */
const steps = ['prepareOptions', 'buildRequest', 'buildBody', 'prepareRequest', 'fetchWithTimeout', 'backendMiddleware']

/** Whether it is the SDK's own client, and nobody is on the way of its bodies. What it can't say for sure is no. */
function sendsBodiesAsTheyAre(client: object): boolean {
  const { middleware, _options: options }: SdkClient = client
  if (!Array.isArray(middleware) || middleware.length > 0) return false
  if (options?.openTelemetry?.traces?.contentMode === 'content') return false
  const base = baseOf(client)
  return (
    base !== null &&
    steps.every((step) => Object.hasOwn(base, step) && Reflect.get(client, step) === Reflect.get(base, step))
  )
}

interface SdkClient {
  readonly middleware?: unknown
  readonly _options?: { readonly openTelemetry?: { readonly traces?: { readonly contentMode?: unknown } } }
}

/** The prototype that the SDK's clients of all backends have in common: the one that makes requests. */
function baseOf(client: object): object | null {
  let base: object | null = client
  while (base && !Object.hasOwn(base, 'makeRequest')) base = Reflect.getPrototypeOf(base)
  return base === client ? null : base
}

const encoder = new TextEncoder()

/** The request with the bytes in the place of the mark, if it has one. */
export function withWrittenBody(init: RequestInit & HasWrittenBody): RequestInit {
  const { [writtenBody]: written, ...rest } = init
  const { body } = rest
  if (!written || typeof body !== 'string') return rest
  const at = body.indexOf(written.mark)
  if (at < 0) return rest
  const parts = [
    encoder.encode(`${body.slice(0, at)}[`),
    ...written.messages,
    encoder.encode(`]${body.slice(at + written.mark.length)}`),
  ]
  return { ...rest, body: Buffer.concat(parts) }
}
