// What clients may send. Unknown fields are rejected: a field that is misspelled would be ignored otherwise.
import * as v from 'valibot'
import { longestTitle } from '../conversation/titling.ts'

/** A path names it: it has no control characters, is whole Unicode, and is no step of a path. */
const id = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(1_024),
  // oxlint-disable-next-line no-control-regex -- those are what must not be in it
  v.regex(/^(?!\.\.?$)(?:[^\u0000-\u001f\u007f\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])+$/),
)
const title = v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(longestTitle), v.regex(/\S/)))
/** A content block, as the API has it. A path is none: it would be read on the server. */
const block = v.pipe(
  v.looseObject({ type: v.string() }),
  v.metadata({ description: 'A content block of the Messages API.' }),
)
const input = v.union([v.string(), v.array(block)])
const turnId = v.pipe(v.string(), v.minLength(1), v.maxLength(1_024))
const force = v.optional(v.boolean())

export const createBody = v.strictObject({ id: v.optional(id), title: v.optional(title) })

export const patchBody = v.strictObject({
  title: v.optional(title),
  model: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(256))),
  budget: v.optional(v.looseObject({})),
})

export const messageBody = v.strictObject({
  input,
  metadata: v.optional(v.record(v.string(), v.unknown())),
  files: v.optional(v.array(block)),
  system: v.optional(v.pipe(v.string(), v.minLength(1))),
})

export const policyBody = v.strictObject({ policy: v.union([v.string(), v.looseObject({})]) })

export const approvalBody = v.strictObject({ approved: v.boolean(), reason: v.optional(v.string()) })

export const answerBody = v.strictObject({ result: v.unknown(), isError: v.optional(v.boolean()) })

export const regenerateBody = v.strictObject({ turnId: v.optional(turnId), force })

export const headBody = v.strictObject({ turnId: v.nullable(turnId), force })

export const forkBody = v.strictObject({ turnId: v.optional(turnId), force, id: v.optional(id) })

export const queueBody = v.strictObject({ release: v.optional(v.literal(true)), withdraw: v.optional(turnId) })

export const emptyBody = v.strictObject({})

/** An error, in the description of the server. */
export const problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  code: v.string(),
  retryAfter: v.optional(v.number()),
  changes: v.optional(v.record(v.string(), v.picklist(['applied', 'unchanged', 'pending', 'unknown']))),
})

const usage = v.looseObject({ inputTokens: v.number(), outputTokens: v.number() })

const item = v.looseObject({
  id: v.string(),
  turnId: v.string(),
  role: v.picklist(['user', 'assistant']),
  status: v.picklist(['complete', 'streaming', 'partial', 'retracted', 'failed']),
  parts: v.array(v.looseObject({ type: v.string() })),
  createdAt: v.number(),
})

export const conversationState = v.looseObject({
  id: v.string(),
  title: v.nullable(v.string()),
  status: v.picklist([
    'ready',
    'submitted',
    'streaming',
    'awaiting-approval',
    'refused',
    'rejected',
    'error',
    'closed',
  ]),
  revision: v.number(),
  canSend: v.boolean(),
  model: v.string(),
  messages: v.array(item),
  queue: v.array(v.looseObject({ turnId: v.string() })),
  held: v.boolean(),
  pendingCalls: v.array(v.looseObject({ callId: v.string(), name: v.string() })),
  usage,
  cost: v.nullable(v.number()),
  error: v.nullable(problem),
})

const listing = v.looseObject({
  id: v.string(),
  title: v.nullable(v.string()),
  status: v.string(),
  model: v.string(),
  usage,
  revision: v.number(),
  createdAt: v.number(),
  changedAt: v.number(),
})

export const listPage = v.object({ conversations: v.array(listing), next: v.nullable(v.string()) })

export const branchList = v.array(
  v.object({
    turnId: v.string(),
    status: v.string(),
    current: v.boolean(),
    tip: v.nullable(v.string()),
    obstacle: v.nullable(v.string()),
  }),
)

export const standings = v.object({
  turns: v.array(
    v.object({
      turnId: v.string(),
      branches: branchList,
      withdrawnBy: v.nullable(v.picklist(['refusal', 'rejection', 'clear'])),
      setAside: v.nullable(v.picklist(['turn', 'part'])),
      repaired: v.boolean(),
      refusedBefore: v.boolean(),
      cost: v.nullable(v.number()),
    }),
  ),
})

export const turnAccepted = v.object({ turnId: v.string(), revision: v.number() })
