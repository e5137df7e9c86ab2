// What a stored turn costs, next to one in memory and to the same rows written by hand; how many turns many conversations make at
// once; how long a conversation takes to open.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Conversation, MessageSource, Store } from '../../../src/index.ts'
import { numbered } from '../../../src/journal/index.ts'
import { createConversation, openConversation, sqliteStore } from './built.ts'
import { openByHand } from './by-hand.ts'
import { answer, question, turnFacts } from './facts.ts'

const logger = { warn: () => {}, error: () => {} }

const source: MessageSource = async function* ({ model }) {
  yield { type: 'message.started', model, usage: { inputTokens: 10 } }
  yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
  yield { type: 'block.delta', index: 0, kind: 'text', text: answer }
  yield { type: 'block.stopped', index: 0 }
  yield { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 200 } }
  yield { type: 'message.stopped' }
}
const options = { source, model: 'some-model', maxTokens: 100, logger }

async function turnsPerSecond(chats: readonly Conversation[], seconds: number): Promise<number> {
  const since = performance.now()
  let count = 0
  await Promise.all(
    chats.map(async (chat) => {
      // What a long history costs to send is measured elsewhere.
      for (let nth = 1; performance.now() - since < seconds * 1_000; nth++) {
        await chat.sendMessage(question)
        count++
        if (nth % 10 === 0) await chat.clear()
      }
    }),
  )
  return count / ((performance.now() - since) / 1_000)
}

/** The rows of a turn, in the two transactions that a turn takes: before its request, and after its reply. */
async function byHand(path: string, seconds: number): Promise<number> {
  const hand = await openByHand(path)
  const since = performance.now()
  let count = 0
  for (; performance.now() - since < seconds * 1_000; count++) {
    const [opened, ...rest] = turnFacts(count, count * 3)
    if (opened) hand.append([opened])
    hand.append(rest)
  }
  const rate = count / ((performance.now() - since) / 1_000)
  hand.close()
  return rate
}

async function opening(store: Store, count: number): Promise<readonly [first: number, again: number]> {
  const id = `c${count}`
  const created = numbered([{ type: 'conversation.created', v: 1, id, model: 'some-model', at: 0 }], 0)
  const stored = [...created, ...Array.from({ length: count }, (_, nth) => turnFacts(nth, 1 + nth * 3)).flat()]
  const opened = await store.open(id)
  for (let from = 0; from < stored.length; from += 3_000)
    await opened.append({ appendId: 'bench', expected: from, facts: stored.slice(from, from + 3_000) })
  await opened.release()
  const once = async () => {
    const since = performance.now()
    const chat = await openConversation({ ...options, store, id })
    const took = performance.now() - since
    await chat.close()
    return took
  }
  return [await once(), await once()]
}

/** What stored turns cost, as Markdown. */
export async function storedTurnCosts(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-durable-'))
  const store = sqliteStore(join(folder, 'chat.db'))
  const appStore = sqliteStore(join(folder, 'app.db'), { thread: 'app' })
  try {
    const one = await openConversation({ ...options, store })
    const memory = await turnsPerSecond([createConversation(options)], 2)
    const stored = await turnsPerSecond([one], 3)
    const inApp = await openConversation({ ...options, store: appStore })
    const storedInApp = await turnsPerSecond([inApp], 3)
    const hand = await byHand(join(folder, 'hand.db'), 3)
    const many = await Promise.all(Array.from({ length: 200 }, () => openConversation({ ...options, store })))
    const atOnce = await turnsPerSecond(many, 4)
    const ratio = (rate: number) => (1 / rate / (1 / memory + 1 / hand)).toFixed(2)
    const perTurn = (rate: number) => `${(1_000 / rate).toFixed(2)} ms`
    const lines = [
      '| a whole turn | a second | each | ratio |',
      '|---|---:|---:|---|',
      `| in memory | ${memory.toFixed(0)} | ${perTurn(memory)} | |`,
      `| its rows written by hand, full sync, no conversation | ${hand.toFixed(0)} | ${perTurn(hand)} | |`,
      `| in SQLite, full sync | ${stored.toFixed(0)} | ${perTurn(stored)} | ${ratio(stored)} × the two above together |`,
      `| in SQLite in the app's thread, full sync | ${storedInApp.toFixed(0)} | ${perTurn(storedInApp)} | ${ratio(storedInApp)} × |`,
      `| 200 conversations in SQLite at once | ${atOnce.toFixed(0)} | ${perTurn(atOnce)} | ${(atOnce / stored).toFixed(1)} × the turns of one |`,
      '',
      '| turns of a conversation | opened | opened from a checkpoint |',
      '|---:|---:|---:|',
    ]
    for (const count of [10, 1_000, 10_000]) {
      const [first, again] = await opening(store, count)
      lines.push(`| ${count.toLocaleString('en')} | ${first.toFixed(0)} ms | ${again.toFixed(0)} ms |`)
    }
    await Promise.all([one, inApp, ...many].map((chat) => chat.close()))
    return lines.join('\n')
  } finally {
    await store.close()
    await appStore.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
