import { type AnyActor, type AnyEventObject, type AnyMachineSnapshot, isMachineSnapshot } from 'xstate'
import { isMachineActor, type MachineActor, parentOf, observeActors } from '../../observe/observe-actors.ts'
import type { Audience, Show, Wire } from './audience.ts'
import { readRemoteEvent, sendIfTaken } from './control.ts'
import { v4Definition } from './definition.ts'
import type { InspectorMessage } from './messages.ts'
import type { ConversationActor, Inspection, ServerTarget, WindowTarget, XStateInspectOptions } from './options.ts'
import { shown } from './redact.ts'
import { serverAudience } from './server-audience.ts'
import { sessionNames } from './sessions.ts'
import { scxmlEvent, v4State } from './state.ts'
import { windowAudience } from './window-audience.ts'

const wire: Wire = { joinsBy: 'xstate.inspecting', goodbye: 'xstate.disconnect' }

const audienceOf = (target: ServerTarget | WindowTarget, of: Wire): Audience =>
  'server' in target ? serverAudience(target, of) : windowAudience(target, of)

/** An actor that viewers see. */
interface Session {
  readonly id: string
  readonly actor: MachineActor
  /** The event that led to its present state. */
  last: AnyEventObject
}

/**
 * Shows a conversation in the viewers of `@xstate/inspect` 0.8.0, which are made for XState 4: the conversation's chart and those
 * of its tool calls. Without `includeText`, viewers see states, events and numbers, but no texts.
 *
 * A viewer sees nothing until it sends `xstate.inspecting`. Each time that it does, at most once a second, it gets every actor
 * that is running.
 *
 * @throws TurnstateError `invalid-option`
 */
export function xstateInspect({ actor: root }: ConversationActor, options: XStateInspectOptions): Inspection {
  const { allowControl = false, includeText = false } = options
  const audience = audienceOf(options, wire)
  const show = shown(includeText)
  const nameOf = sessionNames(root.getSnapshot().context.view.id)
  const sessions = new Map<AnyActor, Session>()
  const origins = new WeakMap<AnyEventObject, string>()

  const sendToAll = (message: InspectorMessage) => audience.sendToAll(message)
  const inV4 = (event: AnyEventObject) => scxmlEvent(event, origins.get(event), show)

  const stateOf = ({ id, actor, last }: Session, snapshot: AnyMachineSnapshot) => {
    const context = show.context(actor, snapshot.context)
    return { context, state: JSON.stringify(v4State(snapshot, { context, event: inV4(last), sessionId: id })) }
  }
  const registration = (session: Session): InspectorMessage => {
    const { id: sessionId, actor } = session
    const { context, state } = stateOf(session, actor.getSnapshot())
    const parent = parentOf(actor)
    const parentId = parent && sessions.get(parent)?.id
    return {
      type: 'service.register',
      machine: JSON.stringify({ ...v4Definition(actor.logic), context }),
      state,
      id: actor.id === actor.sessionId ? actor.logic.id : actor.id,
      sessionId,
      ...(parentId === undefined ? {} : { parent: parentId }),
      ...(typeof actor.src === 'string' ? { source: actor.src } : {}),
    }
  }

  const conversation: Show = {
    *joined(send) {
      // A copy: actors that start during the replay are sent when they start.
      const known = [...sessions.values()]
      for (const session of known) if (sessions.has(session.actor)) yield send(registration(session))
    },
    heard(message) {
      const remote = allowControl ? readRemoteEvent(message) : null
      const target = remote && [...sessions.values()].find(({ id }) => id === remote.sessionId)
      if (remote && target) sendIfTaken(target.actor, remote.event)
    },
  }

  // Viewers that are connected already get each actor as it is found.
  audience.enter(conversation)
  const stopObserving = observeActors(root, isMachineActor, {
    started(actor) {
      if (!isMachineActor(actor)) return
      const session = { id: nameOf(actor), actor, last: { type: 'xstate.init' } }
      sessions.set(actor, session)
      if (!audience.isEmpty) sendToAll(registration(session))
    },
    received(actor, event, source) {
      const session = sessions.get(actor)
      const origin = source && sessions.get(source)?.id
      if (origin !== undefined) origins.set(event, origin)
      if (session && !audience.isEmpty)
        sendToAll({ type: 'service.event', event: JSON.stringify(inV4(event)), sessionId: session.id })
    },
    changed(actor, snapshot, event) {
      const session = sessions.get(actor)
      if (!session) return
      session.last = event
      if (!audience.isEmpty && isMachineSnapshot(snapshot))
        sendToAll({ type: 'service.state', state: stateOf(session, snapshot).state, sessionId: session.id })
    },
    ended(actor) {
      const session = sessions.get(actor)
      if (!session) return
      sessions.delete(actor)
      sendToAll({ type: 'service.stop', sessionId: session.id })
      if (actor === root) audience.leave(conversation, { isGone: true })
    },
  })
  return {
    disconnect() {
      stopObserving()
      // Each actor is stopped too, because the real receivers don't pass `xstate.disconnect` on to their viewers, and other
      // conversations may continue.
      for (const { id } of sessions.values()) sendToAll({ type: 'service.stop', sessionId: id })
      sessions.clear()
      audience.leave(conversation)
    },
  }
}
