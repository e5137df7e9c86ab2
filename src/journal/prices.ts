import { familyName, plainName } from './model-names.ts'
import type { Terms, Usage } from './usage.ts'

/** Prices of one model, in a currency of the app's choice. Those of tokens are per million, those of requests per thousand. */
export interface Price {
  readonly input: number
  readonly output: number
  /** Default: as `input`. */
  readonly cacheRead?: number
  /** Cache writes that are kept for five minutes. Default: as `input`. */
  readonly cacheWrite?: number
  /** Cache writes that are kept for an hour. Without it these tokens count as `cacheWrite`, and `chat.unpriced` lists them. */
  readonly cacheWrite1h?: number
  /** Per 1,000 searches of the API's own web search. Without it they cost nothing, and `chat.unpriced` lists them. */
  readonly webSearch?: number
  /** Per 1,000 requests of other tools that the API runs, by the name of the tool: `{ code_execution: 5 }`. */
  readonly tools?: Readonly<Record<string, number>>
  /**
   * Factors for the price of tokens on certain terms: `{ speed: { fast: 6 }, inferenceGeo: { us: 1.1 } }`.
   * Without a factor tokens count as usual, and `chat.unpriced` lists them.
   */
  readonly factors?: { readonly [Term in keyof Terms]?: Readonly<Record<string, number>> }
}

/** Prices by model name: as requested, as served by the API, or of the family without a date. */
export type Prices = Readonly<Record<string, Price>>

/** Usage that has no price of its own. */
export interface Unpriced {
  /** The model that served it. */
  readonly model: string
  /** `model` (no name of it has a price), `cacheWrite1h`, `tool:web_search`, `speed:fast`, `serviceTier:priority` … */
  readonly what: string
  /** The number of tokens; for a tool, of requests. */
  readonly amount: number
}

/**
 * The price of a model: by the name that served, else by the requested name, else by either one without the provider's additions and
 * the date.
 */
export function priceOf(model: string, prices: Prices, asked: string = model): Price | undefined {
  return own(prices, model) ?? own(prices, asked) ?? priceOfFamily(model, prices) ?? priceOfFamily(asked, prices)
}

/** A dated name gets the price of the same date, or one without a date. A name without a date gets the price of the only date listed. */
function priceOfFamily(name: string, prices: Prices): Price | undefined {
  const plain = plainName(name)
  const family = familyName(name)
  const named = (wanted: string) => Object.keys(prices).find((key) => plainName(key) === wanted)
  const key = named(plain) ?? named(family)
  if (key !== undefined) return prices[key]
  const dated = plain === family ? Object.keys(prices).filter((each) => familyName(each) === family) : []
  return dated.length === 1 ? prices[dated[0] ?? ''] : undefined
}

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** Values that need no factor: the API's defaults. */
const usual: ReadonlySet<string> = new Set(['standard', 'global', 'not_available'])

const termNames = ['serviceTier', 'speed', 'inferenceGeo'] as const

/** The cost of `usage` on these terms. */
export function costOf(usage: Usage, terms: Terms | undefined, price: Price): number {
  const { input, output, cacheRead = input, cacheWrite = input, cacheWrite1h = cacheWrite } = price
  const hourly = hourlyWrites(usage)
  const tokens =
    usage.inputTokens * input +
    usage.outputTokens * output +
    usage.cacheReadTokens * cacheRead +
    (usage.cacheWriteTokens - hourly) * cacheWrite +
    hourly * cacheWrite1h
  const requests = Object.entries(usage.toolRequests ?? {}).reduce(
    (sum, [tool, count]) => sum + count * (toolPrice(tool, price) ?? 0),
    0,
  )
  return (tokens * factorOf(terms, price)) / 1_000_000 + requests / 1_000
}

/** The part of `usage` that has no price of its own on these terms. */
export function unpricedOf(usage: Usage, terms: Terms | undefined, price: Price): readonly Omit<Unpriced, 'model'>[] {
  const hourly = price.cacheWrite1h === undefined ? hourlyWrites(usage) : 0
  const tokens = tokensOf(usage)
  return [
    ...(hourly > 0 ? [{ what: 'cacheWrite1h', amount: hourly }] : []),
    ...Object.entries(usage.toolRequests ?? {}).flatMap(([tool, amount]) =>
      toolPrice(tool, price) === undefined ? [{ what: `tool:${tool}`, amount }] : [],
    ),
    ...termNames.flatMap((name) => {
      const value = terms?.[name]
      const isUnpriced = value !== undefined && !usual.has(value) && factor(name, value, price) === undefined
      return isUnpriced && tokens > 0 ? [{ what: `${name}:${value}`, amount: tokens }] : []
    }),
  ]
}

/** The number of all tokens that may have a price. */
export const tokensOf = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number =>
  inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens

/** Limits a part to its whole. */
const hourlyWrites = ({ cacheWriteTokens, cacheWrite1hTokens = 0 }: Usage): number =>
  Math.min(cacheWriteTokens, cacheWrite1hTokens)

/** Web fetches cost only their tokens (the API's pricing page). */
const toolPrice = (tool: string, { webSearch, tools = {} }: Price): number | undefined =>
  own(tools, tool) ?? (tool === 'web_search' ? webSearch : tool === 'web_fetch' ? 0 : undefined)

const factor = (name: keyof Terms, value: string, { factors = {} }: Price): number | undefined =>
  own(factors[name] ?? {}, value)

const factorOf = (terms: Terms | undefined, price: Price): number =>
  termNames.reduce((product, name) => {
    const value = terms?.[name]
    return value === undefined ? product : product * (factor(name, value, price) ?? 1)
  }, 1)
