// What it costs to be watched, for each event that the machine is sent: against nobody looking, and against an inspector of
// the field, in a conversation of so many turns.
import { createInspector } from '@statelyai/inspect'
import type { Conversation, ConversationOptions } from '../../src/index.ts'
import { createConversation, observe } from './built.ts'
import { collectRecent, cpu, median } from './measure.ts'
import { table, type Target } from './targets.ts'

const turns = 50
const events = 5_000
/** A peer that serialises the conversation for each event has to be through some day. */
const eventsOfPeer = 200
const rounds = 7

interface Watcher {
  readonly name: string
  readonly events: number
  readonly options?: () => Partial<ConversationOptions>
  readonly watch?: (chat: Conversation) => void
}

const watchers: readonly Watcher[] = [
  { name: 'nobody', events },
  { name: "XState's `inspect`, doing nothing", events, options: () => ({ inspectActors: () => {} }) },
  {
    name: '**turnstate** `observe(chat)`',
    events,
    watch: (chat) => {
      let seen = 0
      observe(chat).subscribe(() => void seen++)
    },
  },
  {
    name: '`@statelyai/inspect` `createInspector`, as it comes',
    events: eventsOfPeer,
    options: () => {
      const inspector = createInspector({ send: () => {} })
      const inspectActors = inspector.inspect
      return {
        inspectActors: typeof inspectActors === 'function' ? inspectActors : (event) => inspectActors.next?.(event),
      }
    },
  },
]

/** Microseconds of CPU per event, by watcher. */
async function measure(): Promise<ReadonlyMap<string, number>> {
  const samples = new Map(watchers.map(({ name }) => [name, [] as number[]]))
  for (let round = -2; round < rounds; round++) {
    for (const { name, events: count, options, watch } of watchers) {
      const chat = await talked(options?.() ?? {})
      watch?.(chat)
      collectRecent()
      const before = cpu()
      for (let n = 0; n < count; n++) chat.actor.send({ type: 'budget.set', budget: {} })
      // Some put work off.
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (round >= 0) samples.get(name)?.push((cpu() - before) / count)
      await chat.close()
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]))
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

/** The table, and what it was to cost. */
export async function watchingCosts(): Promise<{ readonly text: string; readonly targets: readonly Target[] }> {
  const measured = await measure()
  const [nobody = 0, , observed = 0, peer = 0] = [...measured.values()]
  const us = (value: number) => `${value.toFixed(1)} µs`
  return {
    text: table(
      [`CPU per machine event, ${turns} turns`, 'in all', 'for being watched'],
      [...measured].map(([name, value]) => [name, us(value), name === 'nobody' ? '–' : us(value - nobody)]),
    ),
    targets: [
      {
        what: 'watched: µs for each machine event',
        measured: { value: observed - nobody },
        limit: 15,
        details: `${us(nobody)} → ${us(observed)}`,
      },
      {
        what: 'watched: turnstate : `@statelyai/inspect`',
        measured: { value: (observed - nobody) / (peer - nobody) },
        limit: 0.1,
        details: `${us(observed - nobody)} against ${us(peer - nobody)}`,
      },
    ],
  }
}
