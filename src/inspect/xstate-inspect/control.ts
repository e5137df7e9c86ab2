// Events that viewers send.
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
 * The event in an `xstate.event` message, or `null` in anything else. Its session is where the event says that it comes
 * from, as in the real inspector; without that, the message's own.
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

/** Sends an event to an actor that can take it now. Any other is passed over. */
export function sendIfTaken(actor: MachineActor, event: ViewerMessage): void {
  if (!event.type.startsWith('xstate.') && isWhole(event) && isTaken(actor, event)) actor.send(event)
}

function isTaken(actor: MachineActor, event: ViewerMessage): boolean {
  const snapshot = actor.getSnapshot()
  if (snapshot.status !== 'active') return false
  try {
    if (!snapshot.can(event)) return false
    // A chart that an event breaks is broken for good, so it is tried where it does no harm: this runs no effect.
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
