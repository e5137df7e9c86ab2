// Converts events and states to the format of XState 4.
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate'
import type { ScxmlEvent } from './messages.ts'
import { nameInV4 } from './names.ts'
import type { Shown } from './redact.ts'

export function scxmlEvent(event: AnyEventObject, origin: string | undefined, show: Shown): ScxmlEvent {
  const name = nameInV4(event.type)
  return {
    name,
    data: { ...show.event(event), type: name },
    $$type: 'scxml',
    type: event.type.startsWith('xstate.') ? 'platform' : 'external',
    ...(origin === undefined ? {} : { origin }),
  }
}

/** The argument of v4's `State.create`. Its `resolveState` derives the rest from the value. */
export const v4State = (
  snapshot: AnyMachineSnapshot,
  { context, event, sessionId }: { context: unknown; event: ScxmlEvent; sessionId: string },
) => ({
  value: snapshot.value,
  context,
  _event: event,
  event: event.data,
  _sessionid: sessionId,
  actions: [],
  activities: {},
  meta: {},
  events: [],
  transitions: [],
  children: Object.fromEntries(Object.keys(snapshot.children).map((id) => [id, { id }])),
  done: snapshot.status === 'done',
  changed: true,
  tags: [...snapshot.tags],
})
