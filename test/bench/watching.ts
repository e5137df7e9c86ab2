// What it costs to be watched, for each event that the machine is sent: against nobody looking, and against an inspector of
// the field, in a conversation of so many turns.
import { createInspector } from '@statelyai/inspect'
import type { Conversation, ConversationOptions } from '../../src/index.ts'
import { createConversation, observe } from './built.ts'
import { collectRecent, cpu, type Figure, figureOf } from './measure.ts'

const turns = 50
/** Commands that are sent. */
const commands = 5_000
/** A peer that serialises the conversation for each event has to be through some day. */
const commandsOfPeer = 200
const rounds = 7
/** A command brings three events: itself, what the journal is asked to store, and its answer. */
const eventsOfCommand = 3

interface Watcher {
  readonly commands: number
  readonly options?: () => Partial<ConversationOptions>
  readonly watch?: (chat: Conversation) => void
}

const nobody: Watcher = { commands }

const observer: Watcher = {
  commands,
  watch: (chat) => {
    let seen = 0
    observe(chat).subscribe(() => void seen++)
  },
}

/** `createInspector` of `@statelyai/inspect`, as it comes. */
const peer: Watcher = {
  commands: commandsOfPeer,
  options: () => {
    const inspector = createInspector({ send: () => {} })
    const inspectActors = inspector.inspect
    return {
      inspectActors: typeof inspectActors === 'function' ? inspectActors : (event) => inspectActors.next?.(event),
    }
  },
}

/** Microseconds of CPU per event. */
async function eventCost({ commands: count, options, watch }: Watcher): Promise<number> {
  const chat = await talked(options?.() ?? {})
  watch?.(chat)
  collectRecent()
  const before = cpu()
  for (let n = 0; n < count; n++) chat.actor.send({ type: 'budget.set', budget: {} })
  // Some put work off.
  await new Promise((resolve) => setTimeout(resolve, 5))
  const used = cpu() - before
  await chat.close()
  return used / (count * eventsOfCommand)
}

export interface WatchingCost {
  /** Microseconds of CPU for each machine event, over those that it takes when nobody looks. */
  readonly each: Figure
  /** The same : that of `@statelyai/inspect`. */
  readonly toPeer: Figure
}

export async function watchingCost(): Promise<WatchingCost> {
  const each: number[] = []
  const toPeer: number[] = []
  for (let round = -2; round < rounds; round++) {
    const alone = await eventCost(nobody)
    const watched = (await eventCost(observer)) - alone
    const ofPeer = (await eventCost(peer)) - alone
    if (round < 0) continue
    each.push(watched)
    toPeer.push(watched / ofPeer)
  }
  return { each: figureOf(each), toPeer: figureOf(toPeer) }
}

async function talked(options: Partial<ConversationOptions>): Promise<Conversation> {
  const chat = createConversation({
    source: async function* () {
      yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
      yield { type: 'block.delta', index: 0, kind: 'text', text: 'An answer of some length. '.repeat(20) }
      yield { type: 'block.stopped', index: 0 }
      yield { type: 'message.delta', stopReason: 'end_turn', usage: {} }
      yield { type: 'message.stopped' }
    },
    model: 'm',
    maxTokens: 100,
    ...options,
  })
  for (let turn = 0; turn < turns; turn++) await chat.sendMessage(`Question ${turn}`)
  return chat
}
