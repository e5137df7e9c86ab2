import { type AnyActor, isMachineSnapshot, type Snapshot } from 'xstate'
import { isMachineActor, parentOf, observeActors } from '../../observe/observe-actors.ts'
import type { Show } from '../xstate-inspect/audience.ts'
import type { ConversationActor, Inspection } from '../xstate-inspect/options.ts'
import { toPlain } from '../xstate-inspect/plain.ts'
import { shown } from '../xstate-inspect/redact.ts'
import { sessionNames } from '../xstate-inspect/sessions.ts'
import { v5Definition } from './definition.ts'
import { History } from './history.ts'
import { loadStately } from './load.ts'
import type { StatelyActor, StatelyMessage, StatelySnapshot } from './messages.ts'
import type { StatelyInspectOptions } from './options.ts'
import { outletOf } from './outlet.ts'

/** Levels of a message. Definitions are as deep as charts; the default limit of 10 would cut them off. */
const depthLimit = 1_000

/**
 * Shows a conversation in the viewers of `@statelyai/inspect`, over a transport of this package: the conversation's chart and
 * those of its tool calls. Without `includeText`, viewers see states, events and numbers, but no texts. Viewers that join
 * later get the last events too. The inspection runs until `disconnect()`.
 *
 * @throws TurnstateError `not-available` if `@statelyai/inspect` is not installed, `invalid-option`
 */
export async function statelyInspect(
  { actor: root }: ConversationActor,
  options: StatelyInspectOptions,
): Promise<Inspection> {
  const { includeText = false, actors = 'machines', replay = 200, filter } = options
  const outlet = outletOf(options)
  let replayTo: Show<StatelyMessage>['joined'] | null = null
  const conversation: Show<StatelyMessage> = { joined: (sendToOne) => replayTo?.(sendToOne) ?? [] }
  // A viewer announces itself only once, possibly while the package is being loaded.
  outlet.enter(conversation)
  const { createInspector } = await loadStately().catch((error: unknown) => {
    outlet.leave(conversation, { isGone: true })
    throw error
  })
  const show = shown(includeText)
  const nameOf = sessionNames(root.getSnapshot().context.view.id)
  const history = new History(replay)

  let send = (message: StatelyMessage): void => outlet.sendToAll(message)
  /** The time and the actor's name of the message that is being made. */
  let about = { at: 0, name: '' }
  // The package would put in the time of sending, the machine's id as the name, and `anonymous` as the root.
  const whole = (message: StatelyMessage): StatelyMessage => ({
    ...message,
    createdAt: String(about.at),
    rootId: nameOf(root),
    ...(message.type === '@xstate.actor' ? { name: about.name } : {}),
  })
  const inspector = createInspector(
    { send: (message) => send(whole(message)) },
    {
      serializationDepthLimit: depthLimit,
      ...(filter ? { filter: (message: StatelyMessage) => filter(whole(message)) } : {}),
    },
  )

  const refOf = (actor: AnyActor): StatelyActor => {
    const parent = parentOf(actor)
    return {
      sessionId: nameOf(actor),
      logic: { config: isMachineActor(actor) ? v5Definition(actor.logic) : { id: actor.id } },
      ...(parent ? { _parent: refOf(parent) } : {}),
      send: () => {},
      getSnapshot: () => undefined,
    }
  }
  const inWords = (actor: AnyActor, snapshot: Snapshot<unknown>): StatelySnapshot => ({
    status: snapshot.status,
    ...(isMachineSnapshot(snapshot)
      ? {
          value: snapshot.value,
          context: show.context(actor, snapshot.context),
          tags: [...snapshot.tags],
          children: Object.fromEntries(Object.keys(snapshot.children).map((id) => [id, { id }])),
        }
      : {}),
    ...(includeText ? { output: toPlain(snapshot.output), error: toPlain(snapshot.error) } : {}),
  })

  const sendActor = ({ actor, snapshot, at }: History['actors'][number]) => {
    const isUnnamed = actor.id === actor.sessionId && isMachineActor(actor)
    about = { at, name: isUnnamed ? actor.logic.id : actor.id }
    inspector.actor(refOf(actor), inWords(actor, snapshot))
  }
  const sendEntry = ({ actor, event, source, snapshot, at }: History['entries'][number]) => {
    about = { ...about, at }
    const [id, inEvent] = [nameOf(actor), show.event(event)]
    if (snapshot) return inspector.snapshot(id, inWords(actor, snapshot), { event: inEvent })
    inspector.event(id, inEvent, source && history.has(source) ? { source: nameOf(source) } : {})
  }

  const sending = (sendToOne: typeof send, write: () => void) => {
    const sendToAll = send
    send = sendToOne
    try {
      write()
    } finally {
      send = sendToAll
    }
  }
  replayTo = function* (sendToOne) {
    // Copies: what happens during the replay is sent when it happens.
    const [known, entries] = [[...history.actors], [...history.entries]]
    for (const actor of known) yield sending(sendToOne, () => sendActor(actor))
    for (const entry of entries) yield sending(sendToOne, () => sendEntry(entry))
  }

  const keep = (entry: History['entries'][number]) => {
    history.add(entry)
    if (!outlet.isEmpty) sendEntry(entry)
  }
  // Viewers that are connected already get each actor as it is found.
  const stopObserving = observeActors(root, (actor) => actors === 'all' || isMachineActor(actor), {
    started(actor) {
      const known = { actor, snapshot: actor.getSnapshot(), at: Date.now() }
      history.start(known)
      if (!outlet.isEmpty) sendActor(known)
    },
    received: (actor, event, source) => keep({ actor, event, source, at: Date.now() }),
    changed: (actor, snapshot, event) => keep({ actor, snapshot, event, at: Date.now() }),
    ended: (actor) => history.end(actor),
  })
  return {
    disconnect() {
      stopObserving()
      outlet.leave(conversation)
    },
  }
}
