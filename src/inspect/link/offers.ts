// The commands that an inspector may send to a conversation, and how they are carried out.
import type { ConversationEvent } from '../../../machines/index.ts'
import { type PendingCall, pendingCalls } from '../../conversation/pending-calls.ts'
import type { ConversationSnapshot } from '../../conversation/projections.ts'
import { TurnstateError } from '../../errors.ts'
import {
  type QuickPolicy,
  quickPolicies,
  quickPolicyNames,
  type QuickRejectionPolicy,
  quickRejectionPolicies,
  quickRejectionPolicyNames,
} from '../../journal/index.ts'
import { inputAsShown, objectionToAllowing } from '../../shown-input.ts'
import type { ConversationInternals } from '../../observe/internals.ts'
import type { ControlCommand, Offer } from '../wire/messages.ts'

/**
 * The commands that the conversation would accept now: the chart itself is asked, with `snapshot.can()`.
 *
 * @param includesText Whether the inspector shows texts. A call whose input is not shown can only be denied.
 */
export function offersOf({ actor }: ConversationInternals, includesText: boolean): readonly Offer[] {
  const snapshot = actor.getSnapshot()
  if (snapshot.status !== 'active' || snapshot.matches('closing')) return []
  const { view } = snapshot.context
  const accepts = (event: ConversationEvent): boolean => isAccepted(snapshot, event)
  const offers: (Offer | false)[] = [
    accepts({ type: 'user.send', ...newTurn, input: 'any' }) &&
      offer('user.send', 'Send a message', { command: 'send', text: '' }, 'text'),
    accepts({ type: 'user.stop' }) && offer('user.stop', 'Stop', { command: 'stop' }),
    ...quickPolicyNames.map(
      (policy) =>
        accepts({ type: 'refusal.resolve', policy: quickPolicies[policy] }) &&
        offer('refusal.resolve', refusalWays[policy], { command: 'resolve', policy }),
    ),
    ...quickRejectionPolicyNames.map(
      (policy) =>
        acceptsAfterRejection(snapshot, policy) &&
        offer('rejection.resolve', rejectionWays[policy], { command: 'resolve-rejection', policy }),
    ),
    ...pendingCalls(view)
      .filter(({ callId, needs }) => accepts(needs === 'answer' ? emptyAnswer(callId) : { type: 'tool.deny', callId }))
      .flatMap((call) => callOffers(call, includesText)),
    accepts({ type: 'turn.retry', ...newTurn }) && offer('turn.retry', 'Ask again', { command: 'retry' }),
    accepts({ type: 'context.clear' }) && offer('context.clear', 'Clear the context', { command: 'clear' }),
    accepts({ type: 'context.compact', ...newTurn }) &&
      offer('context.compact', 'Compact the context', { command: 'compact' }),
    // The chart releases an empty queue too, with nothing to see.
    view.queue.length > 0 &&
      accepts({ type: 'queue.release' }) &&
      offer('queue.release', 'Release the queue', { command: 'release' }),
    // Which model is filled in later.
    offer('model.switch', 'Change the model', { command: 'set-model', model: '' }, 'model'),
    accepts({ type: 'conversation.close' }) &&
      offer('conversation.close', 'Close the conversation', { command: 'close' }),
  ]
  return offers.filter((item) => item !== false)
}

/** What each way on after a refusal does, in words. */
const refusalWays: Readonly<Record<QuickPolicy, string>> = {
  'drop-turn': 'Drop the refused message',
  'rewind-1': 'Drop it and the turn before it',
  clear: 'Drop everything',
}

/** What each way on after a rejection does, in words. */
const rejectionWays: Readonly<Record<QuickRejectionPolicy, string>> = {
  repair: 'Leave out what may be the cause, and ask again',
  stop: 'Drop the rejected message',
  'rewind-1': 'Drop it and the turn before it',
  clear: 'Drop everything',
}

/** The chart takes `repair` also where nothing can be left out: then it does the same as `stop`, which is offered anyway. */
function acceptsAfterRejection(snapshot: ConversationSnapshot, policy: QuickRejectionPolicy): boolean {
  const event: ConversationEvent = { type: 'rejection.resolve', policy: quickRejectionPolicies[policy] }
  if (!isAccepted(snapshot, event)) return false
  const [transition] = snapshot.machine.getTransitionData(snapshot, event)
  return policy !== 'repair' || transition?.target?.some(({ key }) => key === 'asking') === true
}

/** An id that no turn has. */
const newTurn = { turnId: '', at: 0 } as const

const emptyAnswer = (callId: string): ConversationEvent => ({
  type: 'tool.answer',
  callId,
  result: { type: 'tool_result', tool_use_id: callId },
})

/** Whether the chart takes an event now. Its root also takes some events only to decline them; that does not count. */
function isAccepted(snapshot: ConversationSnapshot, event: ConversationEvent): boolean {
  if (!snapshot.can(event)) return false
  const transitions = snapshot.machine.getTransitionData(snapshot, event)
  return !transitions.some(({ actions }) => actions.some((action) => actionName(action) === 'emitDeclinedNow'))
}

const actionName = (action: unknown): unknown =>
  typeof action === 'object' && action !== null && 'type' in action ? action.type : action

function callOffers({ callId, name, needs, input }: PendingCall, includesText: boolean): readonly Offer[] {
  if (needs === 'answer')
    return [offer('tool.answer', `Answer ${name}`, { command: 'answer', callId, text: '' }, 'text')]
  const objection = objectionToApproving(input, includesText)
  const denial = offer('tool.deny', `Deny ${name}`, { command: 'deny', callId })
  if (objection !== null) return [{ ...denial, about: objection }]
  const approval = offer('tool.approve', `Approve ${name}`, { command: 'approve', callId })
  return [{ ...approval, about: inputAsShown(input) }, denial]
}

const offer = (event: string, label: string, command: ControlCommand, needs?: 'text' | 'model'): Offer => ({
  event,
  label,
  command,
  ...(needs ? { needs } : {}),
})

const objectionToApproving = (input: unknown, includesText: boolean): string | null =>
  includesText
    ? objectionToAllowing(input)
    : "Its input is not shown here, so it can't be approved here. Start the inspector with includeText, or approve it in the app."

/**
 * Carries out a command. Does not wait for its outcome, which the records show.
 *
 * @throws TurnstateError `not-available` for the approval of a call whose input is not shown; what the conversation's method throws
 */
export function perform(internals: ConversationInternals, command: ControlCommand, includesText: boolean): void {
  const chat = internals.conversation()
  switch (command.command) {
    case 'send':
      return void chat.sendMessage(command.text)
    case 'stop':
      return chat.stop()
    case 'retry':
      return void chat.retry()
    case 'clear':
      return chat.clear()
    case 'compact':
      return void chat.compact()
    case 'release':
      return chat.releaseQueue()
    case 'close':
      return void chat.close()
    case 'resolve':
      return chat.resolveRefusal(quickPolicies[command.policy])
    case 'resolve-rejection':
      return chat.resolveRejection(quickRejectionPolicies[command.policy])
    case 'set-model':
      return chat.setModel(command.model)
    case 'approve': {
      const input = chat.pendingCalls.find(({ callId }) => callId === command.callId)?.input
      const objection = input === undefined ? null : objectionToApproving(input, includesText)
      if (objection !== null) throw new TurnstateError('not-available', objection)
      return chat.approveTool(command.callId)
    }
    case 'deny':
      return chat.denyTool(command.callId)
    case 'answer':
      return chat.answerTool(command.callId, command.text)
    default:
      throw new TurnstateError('not-available', 'This release does not know that command. Nothing was done.')
  }
}
