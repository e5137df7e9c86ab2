// Redacts what inspectors show without `includeText`: only states, events, ids, names of models, counts and codes remain. Fields
// must be listed here to be shown, so that a new field is never shown by accident.
import type { AnyActor, AnyEventObject } from 'xstate'
import { errorConsequences, type Failure } from '../../errors.ts'
import { policyFields, policyWordFields } from '../../journal/index.ts'
import { shownName } from '../../hidden-text.ts'
import { shownFailure } from '../../shown-failure.ts'
import { isMachineActor } from '../../observe/observe-actors.ts'
import { toPlain } from './plain.ts'

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}

/** Keeps fields that are ids, names, numbers or flags. A text that is too long for a name is replaced by its length. */
function pick(value: unknown, names: readonly string[]): Fields {
  const fields = fieldsOf(value)
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = fields[name]
      if (typeof field === 'string') return [[name, shownName(field)] as const]
      return field === null || ['number', 'boolean'].includes(typeof field) ? [[name, field] as const] : []
    }),
  )
}

const countOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0)

/** The fields of events that may be shown: of the three charts' events, and of XState's own. */
const eventFields = [
  'turnId',
  'of',
  'to',
  'at',
  'force',
  'attempt',
  'callId',
  'actorId',
  'index',
  'model',
  'requestedModel',
  'status',
  'stopReason',
  'retryable',
  'revision',
  'how',
  'servedAfterRefusal',
  'structured',
]

const refusalFields = ['category', 'textShown', 'model']
const usageFields = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'estimated']
const budgetFields = ['tokens', 'cost', 'refusalsInARow']

/** An event without texts: without input, reply, tool input, result, reason and explanation. */
export function redactEvent(event: AnyEventObject): { readonly type: string } & Fields {
  const { type, failure, refusal, usage, budget, policy, cause } = event
  return {
    type,
    ...pick(event, eventFields),
    ...(cause === 'aborted' ? { cause } : {}),
    ...(failure ? { failure: redactFailure(failure) } : {}),
    ...(refusal ? { refusal: pick(refusal, refusalFields) } : {}),
    ...(usage ? { usage: pick(usage, usageFields) } : {}),
    ...(budget ? { budget: pick(budget, budgetFields) } : {}),
    ...(policy ? { policy: redactPolicy(policy) } : {}),
  }
}

/** A failure without texts. An event from a viewer may have any value in its place. */
function redactFailure(value: unknown): Failure | null {
  const failure = fieldsOf(value)
  return isFailure(failure) ? shownFailure(failure, false) : null
}

const isFailure = (fields: Fields): fields is Fields & Failure =>
  typeof fields['code'] === 'string' && Object.hasOwn(errorConsequences, fields['code'])

/** A policy without texts: `{ rephrase }` is reduced to its name. */
function redactPolicy(policy: unknown): unknown {
  if (typeof policy === 'string') return policy
  const fields = fieldsOf(policy)
  const words = policyWordFields.filter((field) => field in fields)
  return words.length > 0 ? Object.fromEntries(words.map((field) => [field, null])) : pick(policy, policyFields)
}

/** A summary of a chart's context. Its size does not grow with the conversation. */
export function redactContext(machineId: string, context: unknown): Fields {
  const fields = fieldsOf(context)
  if (machineId === 'conversation') return conversationSummary(fields)
  if (machineId === 'toolCalls')
    return {
      ...pick(fields, ['turnId']),
      calls: countOf(fields['calls']),
      open: countOf(fields['open']),
      queued: countOf(fields['queue']),
      running: countOf(fields['running']),
    }
  if (machineId === 'toolCall')
    return { ...pick(fields, ['turnId', 'index', 'isRepeated']), ...pick(fields['call'], ['callId', 'state']) }
  return {}
}

function conversationSummary(context: Fields): Fields {
  const view = fieldsOf(context['view'])
  const turns = view['turns']
  const last: unknown = Array.isArray(turns) ? turns.at(-1) : undefined
  const open = view['open']
  return {
    ...pick(view, ['id', 'model', 'revision', 'head', 'held', 'undecided', 'refusalsInARow']),
    turns: countOf(turns),
    lastTurn: last ? pick(last, ['id', 'status', 'kind', 'kept']) : null,
    openTurn: open ? pick(open, ['id', 'kind', 'parent']) : null,
    queued: countOf(view['queue']),
    awaitingApproval: countOf(view['awaitingApproval']),
    awaitingAnswer: countOf(view['awaitingAnswer']),
    usage: pick(view['usage'], usageFields),
    ...pick(view, ['attempt', 'tries']),
    unsaved: unsavedIn(context),
    failure: view['failure'] ? redactFailure(view['failure']) : null,
    journalFailure: context['journalFailure'] ? redactFailure(context['journalFailure']) : null,
  }
}

/** The number of facts that are not stored yet. */
function unsavedIn({ view, stored }: Fields): number {
  const [recorded, saved] = [fieldsOf(view)['revision'], fieldsOf(stored)['revision']]
  return typeof recorded === 'number' && typeof saved === 'number' ? recorded - saved : 0
}

/** How an inspector shows events and contexts. */
export interface Shown {
  event(event: AnyEventObject): { readonly type: string } & Fields
  context(actor: AnyActor, context: unknown): unknown
}

/** Shows everything, as JSON; without `includeText`, no texts. */
export const shown = (includeText: boolean): Shown =>
  includeText
    ? {
        event: (event) => ({ ...fieldsOf(toPlain(event)), type: event.type }),
        context: (_, context) => toPlain(context) ?? {},
      }
    : {
        event: redactEvent,
        context: (actor, context) => (isMachineActor(actor) ? redactContext(actor.logic.id, context) : {}),
      }
