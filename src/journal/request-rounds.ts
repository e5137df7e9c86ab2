// The rounds of the API's own loop within one request: sampling again after its tools, compactions, and hops to another
// model after a refusal (`fallbacks`).
import { type Iteration, noUsage, type Usage } from './usage.ts'

/** A refusal after which the API itself continued with another model in the same request. */
export interface RefusedHop {
  /** The model that refused. */
  readonly model: string
  /** From the `fallback` block; also `null` without such a block. */
  readonly category: string | null
  /** Whether some of its text had been shown. That text stays, and the next model continued from it. */
  readonly textShown: boolean
}

/** One round, by the model that made it. */
export interface Round {
  readonly model: string
  readonly usage: Usage
  /** Set if the round ended in a refusal and another model continued. */
  readonly hop?: Omit<RefusedHop, 'model'>
  /** Whether the model is the requested one, under whatever name. */
  readonly isAsked: boolean
}

export interface RoundsInput {
  /** `usage.iterations`, if the API sent them. */
  readonly iterations?: readonly Iteration[] | undefined
  /** Hops from `fallback` blocks, in their order. */
  readonly hops?: readonly RefusedHop[] | undefined
  readonly servedAfterRefusal?: true | undefined
  /** The requested model name. */
  readonly asked: string
  /** The model that served. */
  readonly served: string
  /** What the API counted for the whole request. */
  readonly usage: Usage
}

/**
 * The rounds of a request; the last one served the reply. The usage of a reply leaves out hops and compactions, while the bill is the
 * sum of all rounds. A hop without counts is a round without usage.
 */
export function roundsOf({ iterations = [], hops = [], asked, served, usage, ...rest }: RoundsInput): readonly Round[] {
  const isHopped = hops.length > 0 || rest.servedAfterRefusal === true || iterations.some(isFallback)
  const counted = iterations.map(({ model, ...round }) => ({
    ...round,
    model: model ?? (isHopped && !isFallback(round) ? asked : served),
  }))
  const refused = isHopped ? hopIndexes(counted) : []
  const nths = new Map(refused.map((index, nth) => [index, nth]))
  const told = (nth: number) => hops[nth] ?? { category: null, textShown: false }
  const rounds = counted.map((round, index): Round => {
    const nth = nths.get(index)
    const { category, textShown } = told(nth ?? -1)
    return {
      model: round.model,
      usage: round.usage,
      ...(nth === undefined ? {} : { hop: { category, textShown } }),
      isAsked: !isHopped || index <= (refused[0] ?? -1),
    }
  })
  const uncounted = hops
    .slice(refused.length)
    .map(({ model, ...hop }, nth): Round => ({ model, hop, usage: noUsage, isAsked: refused.length + nth === 0 }))
  const last = rounds.at(-1) ?? { model: served, usage, isAsked: !isHopped }
  return [...rounds.slice(0, -1), ...uncounted, last]
}

/** The indexes of the rounds after which another model continued. */
function hopIndexes(rounds: readonly { readonly type: string; readonly model: string }[]): readonly number[] {
  const sampled = rounds.flatMap(({ type, model }, index) =>
    type === 'message' || type === 'fallback_message' ? [{ index, model }] : [],
  )
  return sampled.flatMap(({ index, model }, at) => {
    const next = sampled[at + 1]
    return next && next.model !== model ? [index] : []
  })
}

const isFallback = ({ type }: { readonly type: string }): boolean => type === 'fallback_message'
