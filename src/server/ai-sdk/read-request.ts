// What clients send. Nothing in it is trusted: ids are looked up, and only the parts of the new message are read.
import * as v from 'valibot'
import { type Block, TurnstateError } from '../../index.ts'

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(256))

const part = v.looseObject({ type: v.string() })

const message = v.looseObject({
  id: v.optional(v.string(), ''),
  role: v.picklist(['system', 'user', 'assistant']),
  metadata: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
  parts: v.array(part),
})

/** The schema of the body of `POST /ai/chat`. */
export const chatBody = v.looseObject({
  id,
  messages: v.optional(v.array(message)),
  /** Clients may send the last message only (`prepareSendMessagesRequest`). */
  message: v.optional(message),
  trigger: v.optional(v.picklist(['submit-message', 'regenerate-message']), 'submit-message'),
  messageId: v.optional(v.nullable(v.string())),
})

/** A message as a client sends it. */
export type ClientMessage = v.InferOutput<typeof message>

type ClientPart = v.InferOutput<typeof part>

/** The body of `POST /ai/chat`. */
export interface ChatRequest {
  readonly id: string
  /** The client's messages, the new one last. */
  readonly messages: readonly ClientMessage[]
  readonly trigger: 'submit-message' | 'regenerate-message'
  readonly messageId: string | undefined
}

/** @throws TurnstateError `request-malformed` */
export function readChatRequest(given: unknown): ChatRequest {
  const read = v.safeParse(chatBody, given)
  if (!read.success) {
    const [issue] = read.issues
    throw malformed(`${v.getDotPath(issue) ?? 'The body'}: ${issue.message}`)
  }
  const { output } = read
  const messages = output.messages ?? (output.message ? [output.message] : [])
  return { id: output.id, messages, trigger: output.trigger, messageId: output.messageId ?? undefined }
}

const malformed = (why: string): TurnstateError =>
  new TurnstateError(
    'request-malformed',
    `The body is not what a chat of the AI SDK sends: { id, messages, trigger, messageId }. ${why}.`,
  )

/** The input of a message of the user. */
export interface UserInput {
  readonly text: string
  readonly files: readonly Block[]
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** @throws TurnstateError `request-malformed`, `file-type-unsupported` */
export function readUserInput({ parts, metadata }: ClientMessage): UserInput {
  const texts = parts.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []))
  const files = parts.filter(({ type }) => type === 'file').map(readFile)
  return { text: texts.join('\n\n'), files, ...(metadata ? { metadata } : {}) }
}

function readFile({ url, mediaType, filename }: ClientPart): Block {
  if (typeof url !== 'string' || typeof mediaType !== 'string') throw malformed('A file has a url and a mediaType')
  const type = mediaType.toLowerCase()
  const title = typeof filename === 'string' && filename !== '' ? { title: filename } : {}
  const isImage = type.startsWith('image/')
  const isPdf = type === 'application/pdf'
  if (/^https?:\/\//i.test(url)) {
    if (isImage) return { type: 'image', source: { type: 'url', url } }
    if (isPdf) return { type: 'document', source: { type: 'url', url }, ...title }
    throw unsupported(mediaType)
  }
  if (isImage) return { type: 'image', source: { type: 'base64', media_type: type, data: readDataUrl(url, 'base64') } }
  if (isPdf)
    return {
      type: 'document',
      source: { type: 'base64', media_type: type, data: readDataUrl(url, 'base64') },
      ...title,
    }
  if (type.startsWith('text/') || type === 'application/json')
    return {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: readDataUrl(url, 'text') },
      ...title,
    }
  throw unsupported(mediaType)
}

const unsupported = (mediaType: string): TurnstateError =>
  new TurnstateError(
    'file-type-unsupported',
    `A file of the type ${mediaType.slice(0, 100)} can't be sent: images, PDFs and texts can, by http(s) only images and PDFs.`,
  )

/** The content of a `data:` URL, in base64 or as text. No other URL is read here. @throws TurnstateError `request-malformed` */
function readDataUrl(url: string, as: 'base64' | 'text'): string {
  const comma = url.indexOf(',')
  if (!/^data:/i.test(url) || comma < 0) throw malformed('The url of a file is a data: URL, or an http(s) URL')
  const isBase64 = /;base64$/i.test(url.slice(0, comma))
  const content = url.slice(comma + 1)
  try {
    if (as === 'base64') return isBase64 ? content : btoa(latin1(new TextEncoder().encode(decodeURIComponent(content))))
    return isBase64 ? new TextDecoder().decode(bytesOf(atob(content))) : decodeURIComponent(content)
  } catch (cause) {
    throw new TurnstateError('request-malformed', 'The data: URL of a file is damaged.', { cause })
  }
}

const bytesOf = (binary: string): Uint8Array => Uint8Array.from(binary, (character) => character.codePointAt(0) ?? 0)

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCodePoint(byte)).join('')

/** A person's decision about a call, or an answer of the client to one. */
export type CallAnswer =
  | { readonly callId: string; readonly approved: boolean; readonly reason?: string }
  | { readonly callId: string; readonly result: unknown; readonly isError: boolean }

/** The decisions and answers in a client's messages, old ones included. */
export const readAnswers = (messages: readonly ClientMessage[]): readonly CallAnswer[] =>
  messages.flatMap(({ role, parts }) => (role === 'assistant' ? parts.flatMap(readAnswer) : []))

function readAnswer({ toolCallId: callId, state, approval, output, errorText }: ClientPart): readonly CallAnswer[] {
  if (typeof callId !== 'string') return []
  if (state === 'output-available') return [{ callId, result: output, isError: false }]
  if (state === 'output-error') return [{ callId, result: String(errorText), isError: true }]
  if (state !== 'approval-responded' || typeof approval !== 'object' || approval === null) return []
  const approved = 'approved' in approval && approval.approved === true
  const reason = 'reason' in approval && typeof approval.reason === 'string' ? { reason: approval.reason } : {}
  return [{ callId, approved, ...reason }]
}

/** The calls that a client shows in a message, with their states. */
export const knownCalls = ({ parts }: ClientMessage): ReadonlyMap<string, string> =>
  new Map(
    parts.flatMap(({ toolCallId, state }) =>
      typeof toolCallId === 'string' && typeof state === 'string' ? [[toolCallId, state] as const] : [],
    ),
  )
