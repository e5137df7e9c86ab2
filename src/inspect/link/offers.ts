// What can be done to a conversation from an inspector: what its state takes now, and nothing else.
import { canCompact, retryableTurn } from '../../../machines/index.ts'
import { canSend } from '../../conversation/projections.ts'
import { pendingCalls } from '../../conversation/pending-calls.ts'
import { TurnstateError } from '../../errors.ts'
import { quickPolicies, quickPolicyNames } from '../../journal/index.ts'
import { inputAsShown, objectionToAllowing } from '../../shown-input.ts'
import type { ConversationInternals } from '../../observe/internals.ts'
import type { ControlCommand, Offer } from '../wire/messages.ts'

/** @param includesText Whether the inspector is shown what people, the model and tools say: nobody approves the unseen. */
export function offersOf({ actor }: ConversationInternals, includesText: boolean): readonly Offer[] {
  const snapshot = actor.getSnapshot()
  if (snapshot.status !== 'active' || snapshot.matches('closing')) return []
  const { view } = snapshot.context
  const isReady = snapshot.hasTag('ready')
  const offers: (Offer | false)[] = [
    canSend(snapshot) && offer('user.send', 'Send a message', { command: 'send', text: '' }, 'text'),
    snapshot.can({ type: 'user.stop' }) && offer('user.stop', 'Stop', { command: 'stop' }),
    ...quickPolicyNames.map(
      (policy) =>
        (snapshot.matches({ refused: 'awaitingDecision' }) || snapshot.matches({ refused: 'deciding' })) &&
        offer('refusal.resolve', `Resolve: ${policy}`, { command: 'resolve', policy }),
    ),
    ...pendingCalls(view).flatMap(({ callId, name, needs, input }) => {
      if (needs === 'answer')
        return [offer('tool.answer', `Answer ${name}`, { command: 'answer', callId, text: '' }, 'text')]
      const objection = objectionToApproving(input, includesText)
      const denial = offer('tool.deny', `Deny ${name}`, { command: 'deny', callId })
      return objection === null
        ? [
            {
              ...offer('tool.approve', `Approve ${name}`, { command: 'approve', callId }),
              about: inputAsShown(input),
            },
            denial,
          ]
        : [{ ...denial, about: objection }]
    }),
    isReady && retryableTurn(view) !== undefined && offer('turn.retry', 'Ask again', { command: 'retry' }),
    isReady &&
      (view.head !== null || view.refusalsInARow > 0) &&
      offer('context.clear', 'Clear the context', { command: 'clear' }),
    isReady && canCompact(view) && offer('context.compact', 'Compact the context', { command: 'compact' }),
    view.held && view.queue.length > 0 && offer('queue.release', 'Release the queue', { command: 'release' }),
    offer('model.switch', 'Change the model', { command: 'set-model', model: '' }, 'model'),
    offer('conversation.close', 'Close the conversation', { command: 'close' }),
  ]
  return offers.filter((item) => item !== false)
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
    : "Its input is not shown here, so it can't be approved here: watch with includeText, or approve it in the app."

/**
 * Does it. What happens then is seen, not awaited.
 *
 * @throws TurnstateError `not-available` for an approval of what is not shown, and as the conversation's own methods do
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
