// The bodies of requests: JSON, read in full, checked before anything is done.
import type { Context } from 'hono'
import { resolver } from 'hono-openapi'
import * as v from 'valibot'
import { TurnstateError } from '../errors.ts'
import { readJson } from '../journal/index.ts'
import type { ServerEnv } from './context.ts'

/** The body of a request. An empty body counts as `{}`. @throws TurnstateError `request-malformed` */
export async function readBody<const Schema extends v.GenericSchema>(
  context: Context<ServerEnv>,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const text = await context.req.text()
  const result = v.safeParse(schema, text.trim() === '' ? {} : parsed(text))
  if (result.success) return result.output
  throw new TurnstateError(
    'request-malformed',
    `The body is not what this address takes: ${wrongIn(result.issues[0])}. GET /openapi.json describes it. Nothing was done.`,
  )
}

function wrongIn(issue: v.BaseIssue<unknown>): string {
  const { expected, received } = issue
  const path = v.getDotPath(issue)?.slice(0, 100) ?? null
  if (path === null) return `expected ${expected ?? 'another value'}`
  if (expected === 'never') return `there is no field "${path}"`
  if (received === 'undefined') return `the field "${path}" is missing`
  return `the field "${path}" has another value than it takes${issue.kind === 'schema' && expected !== null ? `: expected ${expected}` : ''}`
}

function parsed(text: string): unknown {
  try {
    return readJson(text)
  } catch (cause) {
    const why = cause instanceof RangeError ? cause.message : 'it is not valid JSON'
    throw new TurnstateError('request-malformed', `The body can't be read: ${why}. Nothing was done.`)
  }
}

/** The body in the description of a route. */
export const bodyOf = (schema: v.GenericSchema, required = true) => ({
  required,
  content: { 'application/json': { schema: resolver(schema) } },
})
