import type { Attempt } from './attempts.ts'
import { currentOwner, grown, indexOf, ownedBy, Owner, Places, replacedAt, withEntries } from './append-only-lists.ts'
import { optionalField } from './optional-field.ts'
import { costOf, priceOf, type Prices, tokensOf, type Unpriced, unpricedOf } from './prices.ts'
import { addUsage, noUsage, type Terms, type Usage } from './usage.ts'

/** What was spent on one model. Refused and unsure things stand apart. */
export interface Spending {
  readonly requests: number
  /** Replies, whole and cut. */
  readonly answered: Usage
  /** Refusals that are charged. */
  readonly refused: Usage
  /** Refusals that are not. */
  readonly notBilled: Usage
  /** Attempts of which the API does not say whether it charges them. */
  readonly unknown: Usage
  /** All that is charged, or may be: one entry for each name that was asked for, and each set of terms. */
  readonly charges: readonly Charge[]
}

/** A part of what one model is charged for, with everything that its price goes by. */
export interface Charge {
  /** The name that was asked for, where the model served under another one. */
  readonly asked?: string
  readonly terms?: Terms
  readonly usage: Usage
}

/** What was spent, by the name of the model that served. */
export type Ledger = Readonly<Record<string, Spending>>

const nothing: Spending = {
  requests: 0,
  answered: noUsage,
  refused: noUsage,
  notBilled: noUsage,
  unknown: noUsage,
  charges: [],
}

/** The ledger with these attempts entered. */
export const entered = (ledger: Ledger, attempts: readonly Attempt[]): Ledger =>
  // One reply may have many rounds.
  ownedBy(currentOwner() ?? new Owner(), () => attempts.reduce(withAttempt, ledger))

function withAttempt(ledger: Ledger, attempt: Attempt): Ledger {
  const before = Object.hasOwn(ledger, attempt.model) ? (ledger[attempt.model] ?? nothing) : nothing
  const account = accountOf(attempt)
  const after = {
    ...before,
    requests: before.requests + 1,
    [account]: addUsage(before[account], attempt.usage),
    charges: account === 'notBilled' ? before.charges : charged(before.charges, attempt),
  }
  return withEntries(ledger, [[attempt.model, after]])
}

function accountOf({ result, billing }: Attempt): Exclude<keyof Spending, 'requests' | 'charges'> {
  if (billing === 'unknown') return 'unknown'
  if (billing === 'not-billed') return 'notBilled'
  return result === 'refused' ? 'refused' : 'answered'
}

function charged(charges: readonly Charge[], { asked, terms, usage }: Attempt): readonly Charge[] {
  const charge: Charge = { ...optionalField('asked', asked), ...optionalField('terms', terms), usage }
  const at = indexOf(charges, ChargesByPrice).at(charges, pricedBy(charge))
  const alike = charges[at]
  if (!alike) return grown(charges, [charge])
  return replacedAt(charges, at, { ...alike, usage: addUsage(alike.usage, usage) })
}

/** What the price of a charge goes by. */
const pricedBy = ({ asked, terms: { serviceTier, speed, inferenceGeo } = {} }: Charge): string =>
  JSON.stringify([asked, serviceTier, speed, inferenceGeo])

class ChargesByPrice extends Places<Charge> {
  constructor() {
    super(pricedBy)
  }
}

const chargesOf = (ledger: Ledger): readonly (Charge & { readonly model: string })[] =>
  Object.entries(ledger).flatMap(([model, { charges }]) => charges.map((charge) => ({ model, ...charge })))

/** What a ledger comes to. What may be charged counts as charged. `null`: a model on it has no price by any name. */
export function totalCost(ledger: Ledger, prices: Prices): number | null {
  let total = 0
  for (const { model, asked, terms, usage } of chargesOf(ledger)) {
    const price = priceOf(model, prices, asked)
    if (!price) return null
    total += costOf(usage, terms, price)
  }
  return total
}

/** What of a ledger has no price of its own, each thing once for each model. */
export function unpriced(ledger: Ledger, prices: Prices): readonly Unpriced[] {
  const found = new Map<string, Unpriced>()
  for (const { model, asked, terms, usage } of chargesOf(ledger)) {
    const price = priceOf(model, prices, asked)
    const without = price ? unpricedOf(usage, terms, price) : [{ what: 'model', amount: tokensOf(usage) }]
    for (const { what, amount } of without) {
      const key = JSON.stringify([model, what])
      found.set(key, { model, what, amount: amount + (found.get(key)?.amount ?? 0) })
    }
  }
  return [...found.values()]
}

/** Tokens of a ledger that are charged, or may be. */
export const totalTokens = (ledger: Ledger): number =>
  chargesOf(ledger).reduce((total, { usage }) => total + tokensOf(usage), 0)
