import { isDeepStrictEqual } from 'node:util'
import { type ReplyKind, textOf } from '../replies.ts'
import { entryOf, type Name } from './contestants.ts'

/** A reply that was sent. */
export interface Sent {
  readonly kind: ReplyKind
  readonly deltas: number
}

/** @throws unless what a contestant delivered is what was sent: the text, and the input of the call */
export function checkDelivered(name: Name, { kind, deltas }: Sent, text: string, input: unknown): void {
  const sent = textOf(kind, deltas)
  const isCall = kind === 'tool-call'
  if (text !== sent && !(isCall && entryOf(name).hidesFragments))
    throw new Error(`${name} heard ${text.length} characters of ${sent.length}, or others: ${text.slice(0, 80)}`)
  if (isCall && !isDeepStrictEqual(input, JSON.parse(sent))) throw new Error(`${name} was given another input.`)
}
