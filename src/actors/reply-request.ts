// What one attempt at a reply asks for.
import { buildRequest, compactionBeta, findTurn, inputHash, type View } from '../journal/index.ts'
import type { MessageRequest, ServerFallback } from './message-source.ts'
import type { RefusedRequests } from './refused-requests.ts'

/** What a reply is made under, apart from the messages. */
export interface ReplyTarget {
  /** Hash of the system prompt and the tools. */
  readonly promptHash: string
  /** Cache breakpoints that the other request fields hold. */
  readonly cacheBreakpoints: number
  /** `output_config.format` is set. */
  readonly structured: boolean
}

/** `anthropic-beta` values of what turnstate itself asks for. */
export interface BetaNames {
  /** `false`: no credit is asked for, or redeemed. */
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
  readonly betas?: BetaNames
  /** Where requests that were refused with a credit token wait for the retry that redeems it. Default: nowhere. */
  readonly refusedRequests?: RefusedRequests | undefined
  /** Models that the API itself goes on with after a refusal. */
  readonly fallbacks?: 'default' | readonly ServerFallback[] | undefined
}

/** The request that the view and the options come to. */
export function replyRequest(view: View, options: ReplyRequestOptions): MessageRequest {
  const { target, maxTokens, fields, refusedRequests } = options
  const fallbacks = fallbacksFrom(view.model, options.fallbacks)
  const names = { ...currentBetas, ...options.betas }
  const { messages, betas, container } = buildRequest(view, {
    ...target,
    model: view.model,
    compactionBeta: names.compaction,
  })
  const purpose = purposeOf(view)
  const goesOn = fallbacks !== undefined && purpose === undefined
  const asksForCredit = refusedRequests !== undefined && names.fallbackCredit !== false && fallbacks === undefined
  return {
    model: view.model,
    maxTokens,
    messages,
    betas: [
      ...new Set([
        ...betas,
        ...(purpose === 'compaction' ? [names.compaction] : []),
        ...(asksForCredit && names.fallbackCredit !== false ? [names.fallbackCredit] : []),
        ...(goesOn ? [names.serverSideFallback] : []),
      ]),
    ],
    container,
    fields,
    ...(purpose === undefined ? {} : { purpose }),
    ...(goesOn ? { fallbacks } : {}),
  }
}

/** The API falls back to no model that it is asked for already. */
function fallbacksFrom(model: string, fallbacks: ReplyRequestOptions['fallbacks']): ReplyRequestOptions['fallbacks'] {
  if (fallbacks === undefined || fallbacks === 'default') return fallbacks
  const others = fallbacks.filter((entry) => entry.model !== model)
  return others.length > 0 ? others : undefined
}

/** A compaction without words of ours is the API's. */
function purposeOf({ open }: View): MessageRequest['purpose'] {
  if (open?.kind !== 'compaction') return undefined
  return open.input.length === 0 ? 'compaction' : 'summary'
}

/** Whether the open turn is the refused one that it replaces over again, so that its request may be sent as it was. */
export function asksTheSameAgain(view: View, target: ReplyTarget): boolean {
  const { open } = view
  const refused = open?.replaces === undefined ? undefined : findTurn(view, open.replaces)
  return (
    open?.steps.length === 0 &&
    refused?.refusal?.promptHash === target.promptHash &&
    refused.parent === open.parent &&
    inputHash(refused.input) === inputHash(open.input)
  )
}
