// One contestant, in a process of its own, so that none pays for the garbage of another. Forked; sends what it measured.
import { setTimeout } from 'node:timers/promises'
import type { OpenConversation, Store } from '../../../src/index.ts'
import { memoryStore, sqliteStore } from './built.ts'
import { openByHand } from './by-hand.ts'
import { turnFacts } from './facts.ts'
import { type Delays, measureDelays } from './loop-delay.ts'

/** What a contestant does. */
export interface Contest {
  /** `nothing`: waits, so that one sees what the machine itself does to an event loop. */
  readonly kind: 'nothing' | 'by hand' | 'memory' | 'full' | 'normal' | 'encrypted' | 'app'
  /** Conversations at once; by hand: turns in a transaction. */
  readonly count: number
  readonly path: string
  readonly seconds: number
}

export interface Found {
  /** Turns in a second. */
  readonly rate: number
  /** How the event loop was blocked; `null`: the contestant has none to speak of. */
  readonly delays: Delays | null
}

async function byHand({ path, count, seconds }: Contest): Promise<number> {
  const hand = await openByHand(path)
  const since = performance.now()
  let turns = 0
  while (performance.now() - since < seconds * 1_000) {
    const facts = Array.from({ length: count }, (_, nth) => turnFacts(turns + nth, (turns + nth) * 3)).flat()
    hand.append(facts)
    turns += count
  }
  const rate = turns / ((performance.now() - since) / 1_000)
  hand.close()
  return rate
}

async function turnsOf(chat: OpenConversation, until: number): Promise<number> {
  let turns = 0
  for (; performance.now() < until; turns++) {
    const expected = turns * 3
    const { status } = await chat.append({ appendId: String(turns), expected, facts: turnFacts(turns, expected) })
    if (status !== 'saved') throw new Error(`It is ${status}.`)
  }
  return turns
}

const encryption = { keys: [{ id: 'k', key: Buffer.alloc(32, 7) }] }

const storeOf = ({ kind, path }: Contest): Store =>
  kind === 'memory'
    ? memoryStore()
    : kind === 'encrypted'
      ? sqliteStore(path, { encryption })
      : sqliteStore(path, { durability: kind === 'normal' ? 'normal' : 'full', thread: kind === 'app' ? 'app' : 'own' })

async function stored(contest: Contest): Promise<Found> {
  const store = storeOf(contest)
  const chats = await Promise.all(Array.from({ length: contest.count }, (_, index) => store.open(`c${index}`)))
  // What is compiled first is not what is measured.
  const warm = performance.now() + 300
  await Promise.all(chats.map((chat) => turnsOf(chat, warm)))
  for (const chat of chats) await chat.release()
  const fresh = await Promise.all(Array.from({ length: contest.count }, (_, index) => store.open(`d${index}`)))
  const delays = measureDelays()
  const since = performance.now()
  const counts = await Promise.all(fresh.map((chat) => turnsOf(chat, since + contest.seconds * 1_000)))
  const rate = counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - since) / 1_000)
  const found = { rate, delays: delays() }
  await store.close()
  return found
}

async function idle({ seconds }: Contest): Promise<Found> {
  const delays = measureDelays()
  await setTimeout(seconds * 1_000)
  return { rate: 0, delays: delays() }
}

async function compete(contest: Contest): Promise<Found> {
  if (contest.kind === 'nothing') return idle(contest)
  if (contest.kind === 'by hand') return { rate: await byHand(contest), delays: null }
  return stored(contest)
}

process.once('message', (contest: Contest) => {
  void compete(contest).then((found) => process.send?.(found, () => process.disconnect()))
})
