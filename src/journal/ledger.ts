import type { Attempt } from './attempts.ts'
import { currentOwner, grown, indexOf, ownedBy, Owner, Places, replacedAt, withEntries } from './append-only-lists.ts'
import { optionalField } from './optional-field.ts'
import { costOf, priceOf, type Prices, tokensOf, type Unpriced, unpricedOf } from './prices.ts'
import { addUsage, noUsage, type Terms, type Usage } from './usage.ts'

/** The spending on one model. Refused attempts and those of unknown billing are separate. */
export interface Spending {
  readonly requests: number
  /** Replies, whole and cut. */
  readonly answered: Usage
  /** Refusals that the API charges for. */
  readonly refused: Usage
  /** Refusals that the API does not charge for. */
  readonly notBilled: Usage
  /** Attempts whose billing the API does not document. */
  readonly unknown: Usage
  /** Everything that is charged or may be: one entry for each requested name and each set of terms. */
  readonly charges: readonly Charge[]
}

/** A part of the usage of one model that is charged, with everything that its price depends on. */
export interface Charge {
  /** The requested name, if the model served under another one. */
  readonly asked?: string
  readonly terms?: Terms
  readonly usage: Usage
}

/** The spending, by the name of the model that served. */
export type Ledger = Readonly<Record<string, Spending>>

const nothing: Spending = {
  requests: 0,
  answered: noUsage,
  refused: noUsage,
  notBilled: noUsage,
  unknown: noUsage,
  charges: [],
}

/** The ledger with these attempts added. */
export const entered = (ledger: Ledger, attempts: readonly Attempt[]): Ledger =>
  // A reply may have many rounds.
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

/** The key of everything that the price of a charge depends on. */
const pricedBy = ({ asked, terms: { serviceTier, speed, inferenceGeo } = {} }: Charge): string =>
  JSON.stringify([asked, serviceTier, speed, inferenceGeo])

class ChargesByPrice extends Places<Charge> {
  constructor() {
    super(pricedBy)
  }
}

const chargesOf = (ledger: Ledger): readonly (Charge & { readonly model: string })[] =>
  Object.entries(ledger).flatMap(([model, { charges }]) => charges.map((charge) => ({ model, ...charge })))

/** The total cost of a ledger. Usage that may be charged counts as charged. `null` if a model has no price under any name. */
export function totalCost(ledger: Ledger, prices: Prices): number | null {
  let total = 0
  for (const { model, asked, terms, usage } of chargesOf(ledger)) {
    const price = priceOf(model, prices, asked)
    if (!price) return null
    total += costOf(usage, terms, price)
  }
  return total
}

/** The usage in a ledger that has no price of its own, listed once for each model. */
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

/** The tokens in a ledger that are charged, or may be. */
export const totalTokens = (ledger: Ledger): number =>
  chargesOf(ledger).reduce((total, { usage }) => total + tokensOf(usage), 0)
