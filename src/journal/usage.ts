import { isOwn, withEntries } from './append-only-lists.ts'

/** The token counts of one request, or a sum of them. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  /** All tokens written to the cache, for five minutes or an hour. */
  readonly cacheWriteTokens: number
  /** The part of `cacheWriteTokens` that the cache keeps for an hour. Missing: the API reported none. */
  readonly cacheWrite1hTokens?: number
  /** The part of `outputTokens` that was thinking, shown or not. Missing: the API reported none. */
  readonly thinkingTokens?: number
  /** Requests of server tools, by tool name: `{ web_search: 2 }`. */
  readonly toolRequests?: Readonly<Record<string, number>>
  /** The reply was cut before its final count arrived: these numbers are a lower bound. */
  readonly estimated?: true
}

/** Counts from a source. A missing one leaves the earlier count. */
export type Counts = Partial<Omit<Usage, 'estimated'>>

export const noUsage: Usage = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
})

/** Limits a count from outside to the largest exact integer, so that sums stay valid JSON numbers. */
const total = (a: number, b: number): number => Math.min(a + b, Number.MAX_SAFE_INTEGER)

/** The sum of two usages. */
export const addUsage = (a: Usage, b: Usage): Usage => combined(a, b, total)

/** The larger count. Invalid counts (a negative number, `NaN`, a string) count as nothing. */
const larger = (a: number, b: number): number => Math.max(counted(a), counted(b))

const counted = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0

/**
 * One request, counted again. The API's counts are totals of the whole message and only grow; a gateway may send a 0 in
 * `message_delta` for what it does not know, so a smaller count never replaces a larger one.
 */
export const countedAgain = (before: Usage, later: Counts): Usage => combined(before, { ...noUsage, ...later }, larger)

function combined(a: Usage, b: Usage, of: (a: number, b: number) => number): Usage {
  const cacheWrite1hTokens = of(a.cacheWrite1hTokens ?? 0, b.cacheWrite1hTokens ?? 0)
  const thinkingTokens = of(a.thinkingTokens ?? 0, b.thinkingTokens ?? 0)
  const toolRequests = combinedRequests(a.toolRequests, b.toolRequests, of)
  return {
    inputTokens: of(a.inputTokens, b.inputTokens),
    outputTokens: of(a.outputTokens, b.outputTokens),
    cacheReadTokens: of(a.cacheReadTokens, b.cacheReadTokens),
    cacheWriteTokens: of(a.cacheWriteTokens, b.cacheWriteTokens),
    ...(cacheWrite1hTokens > 0 ? { cacheWrite1hTokens } : {}),
    ...(thinkingTokens > 0 ? { thinkingTokens } : {}),
    ...(toolRequests ? { toolRequests } : {}),
    ...(a.estimated || b.estimated ? { estimated: true as const } : {}),
  }
}

function combinedRequests(
  a: Usage['toolRequests'],
  b: Usage['toolRequests'],
  of: (a: number, b: number) => number,
): Usage['toolRequests'] {
  if (!a && !b) return undefined
  // A record that the fold created is never empty and has valid counts only.
  const before = a && isOwn(a) ? a : positive(Object.entries(a ?? {}).map(([tool, count]) => [tool, of(count, 0)]))
  const countOf = (tool: string) => (before && Object.hasOwn(before, tool) ? (before[tool] ?? 0) : 0)
  let room = mostTools - Object.keys(before ?? {}).length
  const taken = Object.entries(b ?? {}).filter(([tool]) => countOf(tool) > 0 || room-- > 0)
  const more = positive(taken.map(([tool, count]) => [tool, of(countOf(tool), count)]))
  return more ? withEntries(before ?? {}, Object.entries(more)) : before
}

function positive(requests: readonly (readonly [string, number])[]): Readonly<Record<string, number>> | undefined {
  const some = requests.filter(([, count]) => count > 0).slice(0, mostTools)
  return some.length > 0 ? Object.fromEntries(some) : undefined
}

/** The most server tools that are counted. The API has about a dozen; more names would only make every sum longer. */
export const mostTools = 100

/** The terms of a reply other than the model. Each may change its price. The API may add values at any time. */
export interface Terms {
  /** `standard`, `priority` or `batch` (`usage.service_tier`). */
  readonly serviceTier?: string
  /** `standard` or `fast` (`usage.speed`). */
  readonly speed?: string
  /** The region that the model ran in (`usage.inference_geo`). */
  readonly inferenceGeo?: string
}

/** One round of the API's own loop: a refused hop, a compaction, the reply. */
export interface Iteration {
  /** `message`, `fallback_message`, `compaction`, `advisor_message`, or an unknown type. */
  readonly type: string
  readonly model?: string
  readonly usage: Usage
}
