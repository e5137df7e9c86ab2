// What a server sends, as it is used here. A server of this version of the wire is trusted to keep to its types.
import { TurnstateError, type TurnstateErrorCode } from '../errors.ts'
import type { ConversationNotice } from '../index.ts'
import type { ConversationChange, ConversationState, Problem, WireEvent, WireNotice } from './wire.ts'

const known = new WeakMap<Problem, TurnstateError>()

/** A problem as an error: the same error for the same problem, so that comparing by identity shows no change. */
export function toError(problem: Problem): TurnstateError {
  const error = known.get(problem) ?? errorFrom(problem)
  known.set(problem, error)
  return error
}

const errorFrom = ({ code, detail, title, status, retryAfter }: Partial<Problem>): TurnstateError =>
  // A server may know codes that this release does not. They have no entry in the table of consequences: stop.
  new TurnstateError(code as TurnstateErrorCode, detail ?? title ?? 'The server gives no reason.', {
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined ? {} : { retryAfter: retryAfter * 1_000 }),
  })

/** The error that an answer with a status other than 2xx reports. */
export async function answeredError(response: Response): Promise<TurnstateError> {
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null
  const { status } = response
  return typeof problem?.code === 'string'
    ? errorFrom({ ...problem, status })
    : unreachable(`The server answered ${status} without a reason.`, { status })
}

/** The server, or a network or proxy before it, does not answer as it should. */
export const unreachable = (message: string, options?: ConstructorParameters<typeof TurnstateError>[2]) =>
  new TurnstateError('server-unreachable', message, options)

/**
 * Whether the same request may be answered a moment later, by the same server or by another one in its place. A conflict passes if the server
 * says when: another process has the conversation, or had it until it crashed.
 */
export const isPassing = ({ code, details: { status, retryAfter = 0 } }: TurnstateError): boolean =>
  status === undefined ? code === 'server-unreachable' : [408, retryAfter && 409, 425, 502, 503, 504].includes(status)

/** What an answer says, as far as it is read here. */
export interface Answer {
  readonly turnId?: string
  readonly revision?: number
  readonly title?: string | null
  readonly model?: string
}

/** The JSON of an answer, which may have no body. */
export const readAnswer = (text: string): Answer => (text === '' ? {} : (JSON.parse(text) as Answer))

/** An event that says something of the conversation. */
export type ShownEvent =
  | { readonly type: 'conversation'; readonly state: ConversationState }
  | { readonly type: 'change'; readonly change: ConversationChange }
  | { readonly type: 'notice'; readonly notice: WireNotice }

/** The last event of a stream that the server ends. */
type Resume = Extract<WireEvent, { readonly type: 'resume' }>

/** An event of a stream. */
type ReadEvent = ShownEvent | Resume

/** @throws SyntaxError for what is no JSON */
export function readEvent(type: string, json: string): ReadEvent {
  const data: unknown = JSON.parse(json)
  if (type === 'conversation') return { type, state: data as ConversationState }
  if (type === 'change') return { type, change: data as ConversationChange }
  if (type === 'resume') return { ...(data as Omit<Resume, 'type'>), type }
  return { type: 'notice', notice: { ...(data as object), type } as WireNotice }
}

/** What an event of the wire has beside that of `chat.on`. */
interface OnWire {
  readonly outcome?: { readonly error?: Problem }
  readonly error?: Problem
  /** The message that it is about: the id of its first turn. */
  readonly message?: string
}

/** The id of the message that an event is about; `null` for none. Turns that the server opens for it have another id, `<id>~<n>`. */
export function messageOf(wire: WireNotice): string | null {
  const { message, turnId = null } = wire as OnWire & { readonly turnId?: string | null }
  return message ?? turnId?.replace(/~\d+$/, '') ?? null
}

/** An event of the wire as `chat.on` delivers it: problems in it become errors. */
export function toNotice(wire: WireNotice): ConversationNotice {
  const { outcome, error, message: _, ...rest } = wire as WireNotice & OnWire
  return {
    ...rest,
    ...(error && { error: toError(error) }),
    ...(outcome && { outcome: outcome.error ? { ...outcome, error: toError(outcome.error) } : outcome }),
  } as ConversationNotice
}
