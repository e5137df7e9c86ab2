// Reads and delivers the events that viewers send.
import { transition } from 'xstate'
import { readJson } from '../../journal/index.ts'
import type { MachineActor } from '../../observe/observe-actors.ts'
import type { ViewerMessage } from './audience.ts'
import { isWhole } from './event-fields.ts'
import { viewerLimits } from './socket-viewer.ts'
import { isRecord } from '../../objects.ts'

interface RemoteEvent {
  readonly sessionId: string
  readonly event: ViewerMessage
}

/**
 * The event in an `xstate.event` message; `null` for any other message. As in the real inspector, its session is the event's
 * `origin`, or the message's `service` if it has none.
 */
export function readRemoteEvent(message: ViewerMessage): RemoteEvent | null {
  if (message.type !== 'xstate.event' || typeof message['event'] !== 'string') return null
  const sent = parse(message['event'])
  if (!isRecord(sent)) return null
  const { origin, $$type, ...plain } = sent
  const event = $$type === 'scxml' ? (plain['data'] ?? { type: plain['name'] }) : plain
  const sessionId = typeof origin === 'string' ? origin : message['service']
  if (typeof sessionId !== 'string' || !isRecord(event)) return null
  const { type } = event
  return typeof type === 'string' ? { sessionId, event: { ...event, type } } : null
}

/** Sends an event to an actor if the actor can take it now. Otherwise the event is ignored. */
export function sendIfTaken(actor: MachineActor, event: ViewerMessage): void {
  if (!event.type.startsWith('xstate.') && isWhole(event) && isTaken(actor, event)) actor.send(event)
}

function isTaken(actor: MachineActor, event: ViewerMessage): boolean {
  const snapshot = actor.getSnapshot()
  if (snapshot.status !== 'active') return false
  try {
    if (!snapshot.can(event)) return false
    // An actor that fails stays failed. So the event is tried on the pure transition function first, which runs no effects.
    return transition(actor.logic, snapshot, event)[0].status !== 'error'
  } catch {
    return false
  }
}

function parse(text: string): unknown {
  try {
    return readJson(text, { characters: viewerLimits.message, values: viewerLimits.values })
  } catch {
    return undefined
  }
}
