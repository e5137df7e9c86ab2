import type { Context } from 'hono'
import { TurnstateError } from '../errors.ts'
import type { ServerEnv } from './context.ts'

/** What a number in the query may be. */
interface Range {
  /** What it is if it is missing. */
  readonly usual: number
  /** Default 0. */
  readonly least?: number
  readonly most: number
}

/** A whole number in the query. @throws TurnstateError `request-malformed` */
export function numberIn(context: Context<ServerEnv>, name: string, { usual, least = 0, most }: Range): number {
  const given = context.req.query(name)
  if (given === undefined) return usual
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= least && value <= most) return value
  throw new TurnstateError('request-malformed', `The query ${name} must be a whole number from ${least} to ${most}.`)
}
