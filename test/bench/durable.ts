// What a stored turn costs, next to one in memory and to the same rows written by hand; how many turns many conversations make at
// once; how long a conversation takes to open.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import {
  createConversation,
  type Conversation,
  type MessageSource,
  openConversation,
  type Store,
} from '../../src/index.ts'
import { numbered, type Fact } from '../../src/journal/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'

const logger = { warn: () => {}, error: () => {} }

const words = 'It works like this. '.repeat(40)
const source: MessageSource = async function* ({ model }) {
  yield { type: 'message.started', model, usage: { inputTokens: 10 } }
  yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
  yield { type: 'block.delta', index: 0, kind: 'text', text: words }
  yield { type: 'block.stopped', index: 0 }
  yield { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 200 } }
  yield { type: 'message.stopped' }
}
const options = { source, model: 'm1', maxTokens: 100, logger }

async function turnsPerSecond(chats: readonly Conversation[], seconds: number): Promise<number> {
  const since = performance.now()
  let count = 0
  await Promise.all(
    chats.map(async (chat) => {
      // What a long history costs to send is measured elsewhere.
      for (let nth = 1; performance.now() - since < seconds * 1_000; nth++) {
        await chat.sendMessage('How does it work?')
        count++
        if (nth % 10 === 0) await chat.clear()
      }
    }),
  )
  return count / ((performance.now() - since) / 1_000)
}

/** The rows of a turn, in the two transactions that a turn takes: before its request, and after its reply. */
function byHand(folder: string, seconds: number): number {
  const database = new DatabaseSync(join(folder, 'hand.db'))
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table facts (seq integer primary key, fact text)',
  )
  const insert = database.prepare('insert into facts (fact) values (?)')
  const usage = { inputTokens: 10, outputTokens: 200 }
  const since = performance.now()
  let count = 0
  for (; performance.now() - since < seconds * 1_000; count++) {
    database.exec('begin')
    insert.run(JSON.stringify({ type: 'turn.opened', turnId: `t${count}`, input: 'How does it work?', at: count }))
    database.exec('commit')
    database.exec('begin')
    insert.run(JSON.stringify({ type: 'reply.recorded', content: [{ type: 'text', text: words }], usage }))
    insert.run(JSON.stringify({ type: 'turn.settled', turnId: `t${count}`, status: 'completed', kept: true }))
    database.exec('commit')
  }
  const rate = count / ((performance.now() - since) / 1_000)
  database.close()
  return rate
}

async function opening(store: Store, count: number): Promise<readonly [first: number, again: number]> {
  const id = `c${count}`
  const usage = { inputTokens: 10, outputTokens: 200, cacheReadTokens: 0, cacheWriteTokens: 0 }
  const facts: Fact[] = [{ type: 'conversation.created', v: 1, id, model: 'm1', at: 0 }]
  for (let nth = 0; nth < count; nth++) {
    const turnId = `t${nth}`
    facts.push(
      { type: 'turn.opened', turnId, parent: nth === 0 ? null : `t${nth - 1}`, input: 'How does it work?', at: nth },
      {
        type: 'reply.recorded',
        turnId,
        attempt: 1,
        model: 'm1',
        promptHash: 'p',
        content: [{ type: 'text', text: words }],
        stopReason: 'end_turn',
        usage,
      },
      { type: 'turn.settled', turnId, status: 'completed', kept: true },
    )
  }
  const opened = await store.open(id)
  const stored = numbered(facts, 0)
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
export async function durableCosts(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-durable-'))
  const store = sqliteStore(join(folder, 'chat.db'))
  try {
    const one = await openConversation({ ...options, store })
    const memory = await turnsPerSecond([createConversation(options)], 2)
    const stored = await turnsPerSecond([one], 3)
    const hand = byHand(folder, 3)
    const many = await Promise.all(Array.from({ length: 200 }, () => openConversation({ ...options, store })))
    const atOnce = await turnsPerSecond(many, 4)
    const perTurn = (rate: number) => `${(1_000 / rate).toFixed(2)} ms`
    const lines = [
      '| a whole turn | a second | each | ratio |',
      '|---|---:|---:|---|',
      `| in memory | ${memory.toFixed(0)} | ${perTurn(memory)} | |`,
      `| its rows written by hand, full sync, no conversation | ${hand.toFixed(0)} | ${perTurn(hand)} | |`,
      `| in SQLite, full sync | ${stored.toFixed(0)} | ${perTurn(stored)} | ${(1 / stored / (1 / memory + 1 / hand)).toFixed(2)} × the two above together |`,
      `| 200 conversations in SQLite at once | ${atOnce.toFixed(0)} | ${perTurn(atOnce)} | ${(atOnce / stored).toFixed(1)} × the turns of one |`,
      '',
      '| turns of a conversation | opened | opened from a checkpoint |',
      '|---:|---:|---:|',
    ]
    for (const count of [10, 1_000, 10_000]) {
      const [first, again] = await opening(store, count)
      lines.push(`| ${count.toLocaleString('en')} | ${first.toFixed(0)} ms | ${again.toFixed(0)} ms |`)
    }
    await Promise.all([one, ...many].map((chat) => chat.close()))
    return lines.join('\n')
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
