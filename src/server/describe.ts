// How routes are described in the OpenAPI document.
import { describeRoute, resolver } from 'hono-openapi'
import type { MiddlewareHandler } from 'hono'
import type * as v from 'valibot'
import { bodyOf } from './body.ts'
import { conversationState, problem, turnAccepted } from './schemas.ts'

/** One route: what it is called, does, takes and answers. */
interface Described {
  readonly id: string
  readonly summary: string
  readonly body?: v.GenericSchema
  /** Whether the body may be missing. Default false. */
  readonly bodyIsOptional?: boolean
  /** Status and schema of the answer. */
  readonly answers?: readonly [status: number, schema: v.GenericSchema | null][]
  /** Whether it opens a turn: it answers with a stream of events, or 202. */
  readonly opensTurn?: boolean
  readonly query?: readonly string[]
  /** Names in the query that may come several times. */
  readonly lists?: readonly string[]
}

/** What a route answers that fails. */
export const problems = { content: { 'application/problem+json': { schema: resolver(problem) } } }
export const events = { 'text/event-stream': { schema: { type: 'string' as const } } }

/** Parameters that may be missing. */
export const parametersOf = (names: readonly string[], where: 'query' | 'header' = 'query') =>
  names.map((name) => ({ name, in: where, required: false, schema: { type: 'string' as const } }))

export function described({
  id,
  summary,
  body,
  bodyIsOptional,
  answers,
  opensTurn,
  query = [],
  lists = [],
}: Described): MiddlewareHandler {
  const given = answers ?? [[200, conversationState]]
  const found = opensTurn
    ? {
        200: { description: 'The events of the turn, up to its outcome', content: events },
        202: {
          description: 'The turn was taken (Prefer: respond-async)',
          content: { 'application/json': { schema: resolver(turnAccepted) } },
        },
      }
    : Object.fromEntries(
        given.map(([status, schema]) => [
          status,
          schema === null
            ? { description: 'Done' }
            : { description: 'Done', content: { 'application/json': { schema: resolver(schema) } } },
        ]),
      )
  return describeRoute({
    operationId: id,
    summary,
    ...(body ? { requestBody: bodyOf(body, !bodyIsOptional) } : {}),
    parameters: [
      ...parametersOf(query),
      ...lists.map((name) => ({
        name,
        in: 'query' as const,
        required: false,
        schema: { type: 'array' as const, items: { type: 'string' as const } },
      })),
    ],
    responses: {
      ...found,
      default: { description: 'An error, as RFC 9457 has it', ...problems },
    },
  })
}

/** A route that answers with a stream of events. */
export const describedStream = (id: string, summary: string, query: readonly string[]): MiddlewareHandler =>
  describeRoute({
    operationId: id,
    summary,
    parameters: parametersOf(query),
    responses: {
      200: { description: 'Server-sent events', content: events },
      204: { description: 'Nothing is active' },
      default: { description: 'An error, as RFC 9457 has it', ...problems },
    },
  })
