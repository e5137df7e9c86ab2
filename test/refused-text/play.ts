// Plays one scene: the messages before the stream, its delivery, the acts of observers, and a message afterwards. Returns
// every problem found.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SimulatedClock } from 'xstate'
import {
  type Conversation,
  type ConversationNotice,
  type ConversationOptions,
  createConversation,
  type Turn,
  type TurnOutcome,
} from '../../src/index.ts'
import { type Act, createActing } from './acting.ts'
import { asksAgain, stops } from './acts.ts'
import { type Api, type Arriving, createApi, more } from './api.ts'
import type { Delivery } from './deliveries.ts'
import { lastQuestion } from './refused-words.ts'
import type { Scene } from './scenes.ts'
import { unretracted, wronglyTold } from './telling.ts'

export interface Playing {
  readonly delivery: Delivery
  readonly acting?: readonly Act[]
  readonly options?: Partial<ConversationOptions>
  /** Whether the scene also continues in a fork, as it always does after a close. */
  readonly isForked?: boolean
  readonly arriving?: Arriving
}

export interface Played {
  readonly problems: readonly string[]
  /** Refused text that was shown and not retracted. */
  readonly unretracted: readonly string[]
  /** The notices at which acts were done. */
  readonly acted: readonly number[]
}

/** A number of turns of the event loop that no scene exceeds. */
const patience = 300

export async function play(scene: Scene, playing: Playing): Promise<Played> {
  const { delivery, acting = [], options = {}, isForked = false, arriving = 'handed' } = playing
  const isAskedAgain = acting.some(({ does }) => asksAgain(does))
  const api = createApi(scene, { delivery, arriving, asksAgain: scene.asksAgain === true })
  const problems: string[] = []
  const clock = new SimulatedClock()
  const controller = new AbortController()
  const followed = new Map<Turn, TurnOutcome | undefined>()
  const notices: ConversationNotice[] = []
  const chats: Conversation[] = []
  /** The number of requests before it was stopped. */
  let stoppedAt = Infinity

  const adopt = (chat: Conversation) => {
    chats.push(chat)
    chat.on('retry.scheduled', () => void setImmediate(() => clock.increment(60_000)))
    chat.on('*', (notice) => void notices.push(notice))
  }
  const follow = (turn: Turn) => {
    followed.set(turn, undefined)
    void turn.then((outcome) => followed.set(turn, outcome))
  }
  const chat = converse(api, { clock, ...scene.options, ...options })
  adopt(chat)
  const actors = createActing(acting, { chat, controller, follow, addFork: adopt }, (does) => {
    // A requested summary cannot be aborted.
    if (!stops(does) || (does === 'abort' && scene.begins === 'compact')) return
    stoppedAt = Math.min(stoppedAt, api.requests.length)
  })

  /** Waits until every message has its outcome and nothing is in progress. */
  const isAtRest = () =>
    [...followed.values()].every((outcome) => outcome !== undefined) &&
    chats.every(({ actor }) => actor.getSnapshot().status !== 'active' || actor.getSnapshot().hasTag('ready'))

  const settle = async (where: string) => {
    // Twice, because the last notice may cause an act.
    for (let turns = 0, rested = 0; turns < patience && rested < 2; turns++) {
      await nextTurn()
      for (const each of chats) {
        if (each.status === 'closed') continue
        if (each.held) each.releaseQueue()
        if (each.actor.getSnapshot().hasTag('awaitingDecision')) each.resolveRefusal('drop-turn')
      }
      rested = isAtRest() ? rested + 1 : 0
    }
    if (isAtRest()) return
    problems.push(`${where} hangs in ${JSON.stringify(chats.map(({ actor }) => actor.getSnapshot().value))}`)
  }

  const ask = async (asked: Conversation, words: string) => {
    const turn = asked.sendMessage(words)
    follow(turn)
    await settle(words)
    const outcome = followed.get(turn)
    if (outcome?.status !== 'completed')
      problems.push(`"${words}" was ${outcome?.status ?? 'not settled'}: ${outcome?.error?.message ?? ''}`)
  }

  chat.on('*', actors.tell('listener'))
  if (actors.hasA('subscriber')) chat.subscribe(actors.tell('subscriber'))
  const first = begin(scene, chat, controller.signal)
  follow(first)
  if (actors.hasA('iterator')) void iterate(first, actors.tell('iterator'))
  await settle('the scene')
  actors.end()

  if (chat.status !== 'closed') await ask(chat, `${more}, first.`)
  if (chat.status === 'closed' || isForked) {
    const fork = chat.fork()
    adopt(fork)
    await ask(fork, `${more}, aside.`)
  }
  for (const each of chats) {
    const kept = api.refused.neverIn(each.history)
    if (kept.length > 0) problems.push(`the history holds ${kept.join(' ')}`)
    if (each.status !== 'closed') await each.close()
  }
  const unasked = api.requests.slice(stoppedAt).filter((body) => !lastQuestion(body).includes(`${more}, `))
  if (!isAskedAgain && unasked.length > 0) problems.push('something was asked by itself after a stop')
  return {
    problems: [...api.problems, ...problems, ...wronglyTold(chats, notices, api.refused.refusals)],
    unretracted: unretracted(chats, notices),
    acted: actors.done,
  }
}

/** A conversation with an earlier turn, which makes one attempt per reply. */
function converse({ source }: Api, options: Partial<ConversationOptions>): Conversation {
  let ids = 0
  return createConversation({
    source,
    model: 'm1',
    maxTokens: 100,
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello to you.' },
    ],
    whenBusy: 'interrupt',
    retry: { maxAttempts: 1 },
    now: () => 1_000,
    generateId: () => `t${++ids}`,
    logger: { warn: () => {}, error: () => {} },
    ...options,
  })
}

function begin({ begins }: Scene, chat: Conversation, signal: AbortSignal): Turn {
  if (begins === 'compact') return chat.compact()
  return begins === 'regenerate' ? chat.regenerate(undefined, { signal }) : chat.sendMessage('ask1', { signal })
}

async function iterate(turn: Turn, hear: () => void): Promise<void> {
  try {
    for await (const _ of turn) hear()
  } catch {
    // The observer threw on purpose.
  }
}
