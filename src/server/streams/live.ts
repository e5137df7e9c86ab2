import type { WireOutcome } from '../../client/wire.ts'
import { systemClock } from '../../clock.ts'
import { onChanges, onEvents } from '../../conversation/start-conversation.ts'
import type { ConversationNotice, StateChange } from '../../conversation/turns/events.ts'
import type { Readers } from '../../conversation/turns/outcome.ts'
import type { Conversation } from '../../index.ts'
import { readers } from '../readers.ts'
import { alike } from './change.ts'
import type { Channel } from './channel.ts'
import type { View } from '../../journal/index.ts'
import { stateOfChat, stateOfView } from './state.ts'
import { continues, hasEnded, messageOf, outcomeIn, publishedOf } from './wire-notice.ts'

/** Milliseconds after which the beginning of a new part of a reply is published. */
const frame = 33

/**
 * Publishes what happens in a conversation that is open in this process. Calls `ended` with the outcome of each message that ends, and
 * `lost` when another process has taken it over: what this one says about its messages from then on is not so. Returns a function that publishes what has changed, and one
 * that ends it.
 */
export function publishLive(
  chat: Conversation,
  channel: Channel,
  ended: (outcome: WireOutcome) => void,
  lost: () => void,
): { readonly look: () => void; readonly end: () => void } {
  let seen: readonly unknown[] = []
  /** What everything else is read off: it stays the same while nothing but deltas comes. */
  let from: readonly [snapshot: unknown, error: unknown] = [null, null]
  /** Whose the last delta was, and the message of it. */
  let speaking: readonly [turnId: string, message: string] | null = null
  /** What the last delta belongs to: another one begins a new part of the reply. */
  let part = ''
  let isChanged = true
  const stored = () => chat.actor.getSnapshot().context.stored
  const view = () => chat.actor.getSnapshot().context.view
  // A refusal that waits for a person was published when it began to.
  let refusedLast = messageThatWaits(stored())
  let phase: 'ours' | 'lost' = 'ours'
  const isLost = () => {
    if (chat.actor.getSnapshot().matches('lost')) phase = 'lost'
    return phase === 'lost'
  }
  /** Parts that begin soon after each other are published together. */
  let lookingSoon: unknown = null
  const look = () => {
    systemClock.clearTimeout(lookingSoon)
    lookingSoon = null
    const snapshot = chat.actor.getSnapshot()
    const { error } = chat
    if (!isChanged && snapshot === from[0] && error === from[1]) return
    from = [snapshot, error]
    // Others do not see that it leaves the memory of this process.
    if (chat.status === 'closed' || isLost()) return
    const now = [chat.status, chat.revision, error, chat.canSend, chat.held]
    if (!isChanged && now.every((value, index) => value === seen[index])) return
    seen = now
    isChanged = false
    channel.change(stateOfChat(chat))
  }
  // Changes of the chart's state are for inspectors.
  const publish = (notice: Exclude<ConversationNotice, StateChange>) => {
    if (notice.type === 'delta') {
      const { turnId, attempt, block } = notice
      const of = `${attempt} ${block} ${turnId}`
      if (of !== part) {
        isChanged = true
        lookingSoon ??= systemClock.setTimeout(look, frame)
      }
      part = of
      // This runs for every delta.
      if (speaking?.[0] !== turnId) speaking = [turnId, messageOf(turnId, view())]
      channel.publish({ name: 'delta', data: notice, delta: notice, message: speaking[1] })
      return
    }
    speaking = null
    if (isLost()) return lost()
    const published = publishedOf(notice, view())
    const { message = null } = published
    if (published.outcome && message !== null && (continues(stored(), message) || isGivenBack(published.outcome)))
      return
    channel.publish({ ...published, isStored: message !== null && hasEnded(stored(), message) })
    if (published.outcome) ended(published.outcome)
    if (notice.type === 'retracted') channel.retract(stateOfChat(chat))
    const refused = refusedBy(notice)
    if (refused !== null) publishRefused(refused)
  }
  /** The last event of a message that was refused: only its sender's handle has it. */
  const publishRefused = (turnId: string) => {
    const facts = stored()
    const message = messageOf(turnId, facts)
    if (message === refusedLast) return
    const outcome = outcomeIn(facts, message, readersOf(chat))
    if (!outcome) return
    refusedLast = message
    channel.publish(outcome)
    if (outcome.outcome) ended(outcome.outcome)
  }
  const ends = [onEvents(chat, publish), onChanges(chat, look)]
  look()
  return {
    look: () => {
      isChanged = true
      look()
    },
    end: () => {
      systemClock.clearTimeout(lookingSoon)
      for (const end of ends) end()
      const state = { ...stateOfView(stored(), chat.id, chat.title, readers), cost: channel.state.cost }
      // A reply that was in progress may have been refused elsewhere since.
      if (phase === 'lost') channel.retract(alike(channel.state, state))
      channel.take(state)
    },
  }
}

/** A message that came while the conversation closed is not stored: if it is sent again, the next process may answer it. */
const isGivenBack = ({ error }: WireOutcome): boolean => error?.code === 'conversation-closed'

/** The turn whose message ends with this event: it was refused, and the context is reset, or a person has to decide. */
function refusedBy(notice: ConversationNotice): string | null {
  if (notice.type === 'context.reset') return notice.turnId
  return notice.type === 'turn.refused' && (notice.policy === 'manual' || notice.policy === null) ? notice.turnId : null
}

/** The app's own words for users, where the conversation has them. */
const readersOf = ({ refusal }: Conversation): Readers => ({
  ...readers,
  messageForUser: (category) =>
    refusal && refusal.category === category ? refusal.messageForUser : readers.messageForUser(category),
})

/** The message that was refused, and about which a person has to decide. */
function messageThatWaits(view: View): string | null {
  if (view.undecided === null) return null
  const message = messageOf(view.undecided, view)
  return hasEnded(view, message) ? message : null
}
