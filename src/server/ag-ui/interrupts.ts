// What a run needs of a person before it can continue, and what the person said.
import {
  type Conversation,
  type PendingCall,
  type RejectionPolicy,
  type ResetPolicy,
  TurnstateError,
} from '../../index.ts'
import { isRecord } from '../../objects.ts'
import type { AguiInterrupt } from './events.ts'
import { viewOf } from './messages.ts'
import type { ResumeEntry } from './read-input.ts'

const refusalPrefix = 'refusal:'
const rejectionPrefix = 'rejection:'

const approval = {
  type: 'object',
  properties: {
    approved: { type: 'boolean' },
    reason: { type: 'string', description: 'Why the call is denied: the model is given it.' },
  },
  required: ['approved'],
}

const decision = {
  type: 'object',
  properties: {
    policy: { description: 'A policy as `resolveRefusal()` or `resolveRejection()` takes it: `drop-turn`, `stop` …' },
  },
  required: ['policy'],
}

/** What the conversation waits for a person with; empty while it does not. */
export function interruptsOf(chat: Conversation): AguiInterrupt[] {
  const { status } = chat
  if (status === 'refused') {
    const { refusal } = chat
    return refusal?.policy !== 'manual'
      ? []
      : [
          {
            id: `${refusalPrefix}${refusal.turnId}`,
            reason: 'turnstate:refusal',
            message: refusal.messageForUser,
            responseSchema: decision,
          },
        ]
  }
  if (status === 'rejected') {
    const turnId = viewOf(chat).open?.id ?? ''
    return [
      {
        id: `${rejectionPrefix}${turnId}`,
        reason: 'turnstate:rejection',
        message: 'The API rejected the request. What follows?',
        responseSchema: decision,
      },
    ]
  }
  if (!isWaitingForPeople(chat)) return []
  return chat.pendingCalls.filter(needsApproval).map(({ callId, name }) => ({
    id: callId,
    reason: 'tool_call',
    message: `May ${name} run?`,
    toolCallId: callId,
    responseSchema: approval,
  }))
}

/** The calls that wait for the app's answer, once nothing else is under way. */
export const answersWanted = (chat: Conversation): readonly string[] =>
  isWaitingForPeople(chat) && !chat.pendingCalls.some(needsApproval)
    ? chat.pendingCalls.map(({ callId }) => callId)
    : []

const needsApproval = ({ needs }: PendingCall): boolean => needs === 'approval'

/** Whether each call without a result waits for somebody: none is running. */
function isWaitingForPeople({ pendingCalls, messages }: Conversation): boolean {
  const [first] = pendingCalls
  if (!first) return false
  const reply = messages.findLast(({ turnId, role }) => turnId === first.turnId && role === 'assistant')
  return (reply?.parts ?? []).every(
    (part) =>
      part.type !== 'tool-call' ||
      part.result !== undefined ||
      pendingCalls.some(({ callId }) => callId === part.callId),
  )
}

/** Something to do, and the turn that it is about. */
export interface Resumption {
  /** The interrupt or the call that it answers. */
  readonly id: string
  readonly turnId: string
  readonly apply: () => void
}

/**
 * What the answers to interrupts ask for. An answer to what has been decided already does nothing: it may be a repeat.
 *
 * @throws TurnstateError `call-unknown`, `invalid-option`; `conversation-busy` where some calls are decided and others are not
 */
export function resumptions(chat: Conversation, entries: readonly ResumeEntry[]): readonly Resumption[] {
  const found = entries.flatMap((entry) => resumption(chat, entry))
  const ids = new Set(entries.map(({ interruptId }) => interruptId))
  const left = chat.pendingCalls.filter((call) => needsApproval(call) && !ids.has(call.callId))
  if (found.length > 0 && left.length > 0)
    throw new TurnstateError(
      'conversation-busy',
      `A resume decides all calls that wait. ${left.map(({ callId }) => callId).join(', ')} would be left; nothing was decided.`,
    )
  return found
}

function resumption(chat: Conversation, entry: ResumeEntry): readonly Resumption[] {
  const { interruptId: id } = entry
  if (id.startsWith(refusalPrefix)) {
    const turnId = id.slice(refusalPrefix.length)
    if (viewOf(chat).undecided !== turnId) return []
    const policy = entry.status === 'cancelled' ? 'drop-turn' : policyOf(entry)
    // The conversation checks it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return [{ id, turnId, apply: () => void chat.resolveRefusal(policy as ResetPolicy) }]
  }
  if (id.startsWith(rejectionPrefix)) {
    const turnId = id.slice(rejectionPrefix.length)
    if (chat.status !== 'rejected' || viewOf(chat).open?.id !== turnId) return []
    const policy = entry.status === 'cancelled' ? 'stop' : policyOf(entry)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return [{ id, turnId, apply: () => void chat.resolveRejection(policy as RejectionPolicy) }]
  }
  const call = chat.pendingCalls.find((pending) => pending.callId === id && needsApproval(pending))
  if (call) return [{ id, turnId: call.turnId, apply: decide(chat, entry) }]
  if (isKnownCall(chat, id)) return []
  throw new TurnstateError('call-unknown', 'A resume names an interrupt that this conversation never had.')
}

function decide(chat: Conversation, { interruptId, status, payload }: ResumeEntry): () => void {
  if (status === 'cancelled') return () => chat.denyTool(interruptId, 'The user did not decide about it.')
  if (!isRecord(payload) || typeof payload['approved'] !== 'boolean')
    throw new TurnstateError(
      'invalid-option',
      'The payload of a decision about a call is { approved: true } or { approved: false }.',
    )
  if (payload['editedArgs'] !== undefined)
    throw new TurnstateError(
      'not-available',
      "The arguments of a call can't be edited: deny it, with the reason. Nothing was decided.",
    )
  const { approved, reason } = payload
  if (approved) return () => chat.approveTool(interruptId)
  return () => chat.denyTool(interruptId, typeof reason === 'string' ? reason : undefined)
}

function policyOf({ payload }: ResumeEntry): unknown {
  if (isRecord(payload) && payload['policy'] !== undefined) return payload['policy']
  throw new TurnstateError('policy-invalid', 'The payload of the decision is { policy }.')
}

const isKnownCall = ({ messages }: Conversation, callId: string): boolean =>
  messages.some(({ parts }) => parts.some((part) => part.type === 'tool-call' && part.callId === callId))
