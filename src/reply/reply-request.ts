// Makes the request of one attempt at a reply.
import type { Failure } from '../errors.ts'
import type { RejectedReply } from '../../machines/index.ts'
import {
  buildRequest,
  compactionBeta,
  findTurn,
  hashOf,
  inputHash,
  isThinking,
  piecesOf,
  pointedAt,
  requestTurns,
  toBlocks,
  type View,
} from '../journal/index.ts'
import { canUseContainer } from './container-use.ts'
import type { MessageRequest, ServerFallback } from '../source/message-source.ts'
import type { RefusedRequests } from '../refusals/refused-requests.ts'
import { withToolChoice } from './tool-choice.ts'

/** What a reply depends on apart from the messages. */
export interface ReplyTarget {
  /** Hash of the system prompt and the tools. */
  readonly promptHash: string
  /** Number of cache breakpoints in the other request fields. */
  readonly cacheBreakpoints: number
  /** `output_config.format` is set. */
  readonly structured: boolean
  /** The model accepts `role: "system"` messages. Default true. */
  readonly systemMessages?: boolean
}

/** The `anthropic-beta` values for features that turnstate itself uses. */
export interface BetaNames {
  /** `false`: no credit is requested or redeemed. */
  readonly fallbackCredit?: string | false
  readonly serverSideFallback?: string
  readonly compaction?: string
}

const currentBetas = {
  fallbackCredit: 'fallback-credit-2026-07-01',
  serverSideFallback: 'server-side-fallback-2026-07-01',
  compaction: compactionBeta,
} as const satisfies Required<BetaNames>

export interface ReplyRequestOptions {
  readonly target: ReplyTarget
  readonly maxTokens: number
  /** Request fields that the app adds. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Returns what requests to a model carry in place of `target`, `maxTokens` and `fields`. Default: the same for each model. */
  readonly forModel?: ((model: string) => Pick<ReplyRequestOptions, 'target' | 'maxTokens' | 'fields'>) | undefined
  readonly betas?: BetaNames
  /** Keeps requests that were refused with a credit token until a retry redeems it. Default: none are kept. */
  readonly refusedRequests?: RefusedRequests | undefined
  /** Models that the API itself continues with after a refusal. Default: none. */
  readonly fallbacks?: 'default' | readonly ServerFallback[] | undefined
}

/** The options as they are for one model. */
export const optionsFor = <Options extends ReplyRequestOptions>(options: Options, model: string): Options => ({
  ...options,
  ...options.forModel?.(model),
})

/** Makes the request from the view and the options. */
export function replyRequest(view: View, options: ReplyRequestOptions): MessageRequest {
  const { target, maxTokens, fields, refusedRequests } = options
  const fallbacks = fallbacksFrom(view.model, options.fallbacks)
  const names = { ...currentBetas, ...options.betas }
  const built = buildRequest(view, { ...target, model: view.model, compactionBeta: names.compaction })
  const purpose = purposeOf(view)
  const sentFields = fieldsFor(view, fields)
  const hasFallbacks = fallbacks !== undefined && purpose === undefined
  const wantsCredit = refusedRequests !== undefined && fallbacks === undefined
  return {
    model: view.model,
    maxTokens,
    messages: built.messages,
    betas: [
      ...new Set([
        ...built.betas,
        ...(purpose === 'compaction' ? [names.compaction] : []),
        ...(wantsCredit && names.fallbackCredit !== false ? [names.fallbackCredit] : []),
        ...(hasFallbacks ? [names.serverSideFallback] : []),
      ]),
    ],
    // Looking through the messages takes long.
    container:
      built.container !== null && canUseContainer({ fields: sentFields, messages: built.messages })
        ? built.container
        : null,
    fields: withToolChoice(view, sentFields),
    ...(purpose === undefined ? {} : { purpose }),
    ...(hasFallbacks ? { fallbacks } : {}),
  }
}

/** Whether this request asks for a credit in case of a refusal. Read from the request, because the options may have changed since. */
export function asksForCredit({ betas }: MessageRequest, options: Pick<ReplyRequestOptions, 'betas'>): boolean {
  const { fallbackCredit } = { ...currentBetas, ...options.betas }
  return fallbackCredit !== false && betas.includes(fallbackCredit)
}

/** The fields without those that this model has rejected. */
function fieldsFor(view: View, fields: MessageRequest['fields']): MessageRequest['fields'] {
  const left = view.rejections.setAside.filter((part) => part.startsWith(`field:${view.model}/`))
  if (left.length === 0) return fields
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !left.includes(`field:${view.model}/${name}`)))
}

const hashes = new WeakMap<MessageRequest['fields'], Readonly<Record<string, string>>>()

/** A hash of each field, by which changes are detected. Hashed once for each object. */
export function fieldHashes(fields: MessageRequest['fields']): Readonly<Record<string, string>> {
  const known = hashes.get(fields)
  if (known) return known
  const made = Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, hashOf(value)]])),
  )
  hashes.set(fields, made)
  return made
}

/** Describes a request that the API rejected: what it carried, and which part the API's message points to. */
export function rejectedRequest(
  view: View,
  target: ReplyTarget,
  { model, fields, container, messages }: MessageRequest,
  failure: Failure,
): Omit<RejectedReply, 'failure' | 'shown'> {
  const thinking = messages.some(({ content }) => toBlocks(content).some(isThinking))
  const { pieces } = piecesOf(view, { ...target, model })
  const pointed = pointedAt(pieces, failure, { model, fields: Object.keys(fields), container, thinking })
  return {
    fields: fieldHashes(fields),
    thinking,
    ...(container === null ? {} : { container }),
    ...(pointed === null ? {} : { pointed }),
  }
}

/** The fallbacks without the requested model, which the API rejects among them; `undefined` if none is left. */
function fallbacksFrom(model: string, fallbacks: ReplyRequestOptions['fallbacks']): ReplyRequestOptions['fallbacks'] {
  if (fallbacks === undefined || fallbacks === 'default') return fallbacks
  const others = fallbacks.filter((entry) => entry.model !== model)
  return others.length > 0 ? others : undefined
}

/** A compaction turn without a prompt is the API's own compaction; one with a prompt asks for a summary. */
function purposeOf({ open }: View): MessageRequest['purpose'] {
  if (open?.kind !== 'compaction') return undefined
  return open.input.length === 0 ? 'compaction' : 'summary'
}

/** Whether the model accepts the view's system messages as such. If not, the request is a different one. */
function takesSystemMessagesOf(view: View, { systemMessages = true }: ReplyTarget): boolean {
  if (systemMessages) return true
  const { settled, open } = requestTurns(view)
  return [...settled, ...(open ? [open] : [])].every(({ system }) => system === undefined)
}

/** Whether the open turn asks the same as the refused one that it replaces, so that the refused request can be sent unchanged. */
export function asksTheSameAgain(view: View, target: ReplyTarget): boolean {
  const { open } = view
  const refused = open?.replaces === undefined ? undefined : findTurn(view, open.replaces)
  return (
    open?.steps.length === 0 &&
    refused?.refusal?.promptHash === target.promptHash &&
    takesSystemMessagesOf(view, target) &&
    refused.parent === open.parent &&
    inputHash(refused.input) === inputHash(open.input)
  )
}
