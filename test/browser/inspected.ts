// Conversations in the states that people look for in an inspector, in this process.
import { SimulatedClock } from 'xstate'
import { z } from 'zod'
import {
  createConversation,
  type Conversation,
  openConversation,
  type Store,
  tool,
  TurnstateError,
} from '../../src/index.ts'
import { type RunningInspector, startInspector } from '../../src/inspect/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { faultyStore } from '../durability/faulty-store.ts'

/** What each conversation is called: its first message. */
export const names = {
  ended: 'Name three rivers',
  lost: 'Write a haiku',
  unsaved: 'Remember my train',
  retrying: 'Good morning',
  people: 'What is on my desk?',
  rejected: 'Look at this picture',
  refusedByHand: 'What is inside of a lock?',
  refused: 'What is a reagent?',
  streaming: 'Who wrote the Critique?',
} as const

export type SceneName = keyof typeof names

/** The state of each, as the page names it. */
export const states: Readonly<Record<SceneName, string>> = {
  ended: 'closed',
  lost: 'lost',
  unsaved: 'completed.unsaved',
  retrying: 'waitingToRetry',
  people: 'tools.running.awaitingPeople',
  rejected: 'rejected.awaitingDecision',
  refusedByHand: 'refused.awaitingDecision',
  refused: 'idle',
  streaming: 'streaming.receiving',
}

const common = { model: 'claude-opus-5-5', maxTokens: 1024, logger: { warn() {}, error() {} } } as const

/** A clock of its own that stands still: nothing times out and nothing is tried again, however long a test takes. */
const standingStill = () => ({ ...common, clock: new SimulatedClock() })

/** An inspector with control that shows texts, and its conversations. */
export async function inspected() {
  const inspector: RunningInspector = await startInspector({ allowControl: true, includeText: true })
  const chats: Conversation[] = []

  /** A conversation whose first message is answered. */
  const begin = async (name: SceneName, options: Partial<Parameters<typeof createConversation>[0]> = {}) => {
    const manual = createManualSource()
    const chat = createConversation({ ...standingStill(), source: manual.source, inspect: inspector, ...options })
    chats.push(chat)
    const ask = async (text: string) => {
      const nth = manual.replies.length + 1
      const turn = chat.sendMessage(text)
      return { turn, reply: await manual.asked(nth) }
    }
    const { turn, reply } = await ask(names[name])
    reply.answer('So it is.')
    await turn
    return { chat, ask }
  }

  const stored = async (id: string) => {
    const faulty = faultyStore()
    const manual = createManualSource()
    const { source } = manual
    const chat = await openConversation({
      ...standingStill(),
      id,
      store: faulty.store,
      source,
      inspect: inspector,
      // Never, by that clock; the page counts down to it by wall time.
      saveRetry: 3_600_000,
    })
    chats.push(chat)
    return { chat, faulty, manual }
  }

  /** A conversation of a store, in which messages are answered. */
  const open = async (store: Store, id: string) => {
    const manual = createManualSource()
    const chat = await openConversation({ ...standingStill(), id, store, source: manual.source, inspect: inspector })
    chats.push(chat)
    const exchange = async (text: string) => {
      const nth = manual.replies.length + 1
      const turn = chat.sendMessage(text)
      const reply = await manual.asked(nth)
      reply.answer('So it is.')
      await turn
    }
    return { chat, exchange }
  }

  const ended = await begin('ended')
  await ended.chat.close()

  const lost = await stored('lost')
  const written = lost.chat.sendMessage(names.lost)
  const haiku = await lost.manual.asked(1)
  haiku.answer('Two captains, one ship')
  await written
  await lost.faulty.takeOver()
  await lost.chat.sendMessage('And another').outcome.catch(() => {})

  const unsaved = await stored('unsaved')
  void unsaved.chat.sendMessage(names.unsaved)
  const noted = await unsaved.manual.asked(1)
  unsaved.faulty.fate = () => 'fails'
  noted.answer('Noted.')

  // What the page counts down to is later than any test ends.
  const retrying = await begin('retrying', { now: () => Date.now() + 40_000 })
  const minutes = await retrying.ask('Summarise the minutes')
  minutes.reply.throw(new TurnstateError('overloaded', 'busy', { status: 529, retryAfter: 58_000 }))

  const mail = tool({
    name: 'send_mail',
    description: 'Sends a mail.',
    input: z.object({ to: z.string() }),
    needsApproval: true,
    run: () => 'sent',
  })
  const people = await begin('people', { tools: [mail] })
  const drafts = await people.ask('Send both')
  drafts.reply.give(
    ['anna', 'ben'].map((to, index) => ({
      type: 'tool_use',
      id: `toolu_${index}`,
      name: 'send_mail',
      input: { to: `${to}@example.org` },
    })),
  )

  const rejected = await begin('rejected', { onRejection: 'manual' })
  const picture = await rejected.ask('And at this one')
  picture.reply.throw(new TurnstateError('request-invalid', 'no', { status: 400, quote: 'messages.2: no' }))

  const refusedByHand = await begin('refusedByHand', { onRefusal: 'manual' })
  const lock = await refusedByHand.ask('How do I open it?')
  lock.reply.refuse('To open it')

  const refused = await begin('refused')
  const made = await refused.ask('How is it made?')
  made.reply.refuse('It is made')
  await made.turn

  const streaming = await begin('streaming')
  const chapter = await streaming.ask('Explain it')
  chapter.reply.say('Kant asks')

  return {
    inspector,
    begin,
    open,
    refused,
    rejected,
    async close() {
      unsaved.faulty.fate = () => 'stores'
      await Promise.all(chats.map((chat) => chat.close({ timeout: 1 })))
      await inspector.close()
    },
  }
}
