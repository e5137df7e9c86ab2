// Checks the form of a fact, without the view.
import * as v from 'valibot'
import { factSchemas } from './fact-schemas.ts'
import { type AnyFact, type Fact, journalVersion } from './facts.ts'
import { deepestNesting, isNestedDeeper } from './nesting.ts'
import { policyFields } from './reset-policies.ts'
import { isRecord } from '../objects.ts'

/** A fact, or why the value is not one. `later`: a later release wrote it. */
export type Reading = { readonly fact: AnyFact } | Problem

/** Why a value is not a fact that can be read. `type`: the type of the fact, or a phrase for a value without one. */
export interface Problem {
  readonly problem: 'damaged' | 'later'
  readonly type: string
  readonly why: string
}

/** A fact wraps data from outside, which has at most {@link deepestNesting} levels, in a few levels of its own. */
const deepestFact = deepestNesting + 16

/** Reads a stored fact. Unknown fields are accepted: a later minor release may add some. */
export function readFact(raw: unknown): Reading {
  try {
    return read(raw)
  } catch {
    // A store may return objects with getters or proxies.
    return damaged('of no type', 'it throws when it is read')
  }
}

function read(raw: unknown): Reading {
  if (typeof raw !== 'object' || raw === null || !('type' in raw) || typeof raw.type !== 'string')
    return damaged('of no type', 'it is not an object with a type')
  const { type } = raw
  // The functions below recurse.
  if (isNestedDeeper(raw, deepestFact))
    return damaged(type, `it is nested deeper than ${deepestFact} levels, or holds itself`)
  if ('v' in raw && typeof raw.v === 'number' && raw.v > journalVersion)
    return later(type, `it is of journal version ${raw.v}, this release reads up to ${journalVersion}`)
  if (!isFactType(type)) return later(type, `its type ${quoted(type)} is not known to this release`)
  const { issues = null, output } = v.safeParse<v.GenericSchema>(factSchemas[type], raw)
  if (isWhole(output, issues)) return { fact: output }
  const [issue] = issues ?? []
  if (!issue) return damaged(type, 'it does not have the form of a fact')
  const where = v.getDotPath(issue)
  if (isNewForm(issue)) return later(type, `its ${where} ${quoted(issue.input)} is not known to this release`)
  return damaged(type, `${where ?? 'fact'}: ${issue.message}`)
}

/** The schemas match the types, so a value without issues is a fact. */
const isWhole = (output: unknown, issues: unknown): output is AnyFact => issues === null

const later = (type: string, why: string): Problem => ({ problem: 'later', type: cut(type), why })

const damaged = (type: string, why: string): Problem => ({ problem: 'damaged', type: cut(type), why })

const cut = (type: string): string => type.slice(0, 40)

const isFactType = (type: string): type is Fact['type'] => Object.hasOwn(factSchemas, type)

/** A short quote: the value may be text of the conversation. */
const quoted = (input: unknown): string =>
  typeof input === 'string' ? `"${input.slice(0, 40)}"` : `{ ${Object.keys(Object(input)).slice(0, 3).join(', ')} }`

/**
 * Whether an issue is about a form that a later release may have added: another word, another kind of content, another policy. A
 * known form with an impossible value is damage.
 */
function isNewForm({ type, input, issues }: v.BaseIssue<unknown>): boolean {
  if (typeof input === 'string') return input !== '' && (type === 'picklist' || type === 'regex' || type === 'union')
  if (type !== 'union' || !isRecord(input)) return false
  // The issues that the known forms report about the fields of the object.
  const within = (issues ?? []).filter((issue) => issue.input !== input)
  if (within.some(isNewForm)) return true
  return within.every((issue) => issue.input === undefined) && !policyFields.some((name) => Object.hasOwn(input, name))
}
