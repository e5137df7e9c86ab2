// An app with two watched conversations: one that keeps exchanging messages, and one whose API is hostile. It prints its
// addresses as a line of JSON. For each line that it reads, it prints the measurements since the last one: the replies, the
// longest wait for one, and the delay of its event loop.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { WebSocketServer } from 'ws'
import { claude, createConversation, type MessageSource, tool } from '../../../src/index.ts'
import { startInspector, xstateInspect } from '../../../src/inspect/index.ts'
import { anything } from '../../tools/fixtures.ts'

const [hostileApi = ''] = process.argv.slice(2)

/** A reply of ten words, one every five milliseconds. */
const steady: MessageSource = async function* ({ model }) {
  yield { type: 'message.started', model, usage: { inputTokens: 1 } }
  yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
  for (let word = 0; word < 10; word++) {
    await wait(5)
    yield { type: 'block.delta', index: 0, kind: 'text', text: 'word ' }
  }
  yield { type: 'block.stopped', index: 0 }
  yield { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 10 } }
  yield { type: 'message.stopped' }
}

const inspector = await startInspector({ includeText: true, allowControl: true })
const viewers = new WebSocketServer({ port: 0, host: '127.0.0.1' })
await once(viewers, 'listening')
viewers.on('connection', (socket) => socket.on('error', () => socket.terminate()))

const chat = createConversation({ source: steady, model: 'm1', maxTokens: 100, inspect: inspector })
xstateInspect(chat, { server: viewers, includeText: true })

/** Sends one message after the other, whatever their outcomes. */
async function talkOn(say: () => Promise<unknown>): Promise<never> {
  for (;;) {
    await say()
    await wait(1)
  }
}

let replies = 0
let last = performance.now()
let longest = 0
void talkOn(async () => {
  const { status } = await chat.sendMessage('Hello')
  if (status !== 'completed') throw new Error(`A reply was ${status}.`)
  replies++
  longest = Math.max(longest, performance.now() - last)
  last = performance.now()
})

let attacked = 0
void talkOn(async () => {
  const victim = createConversation({
    source: claude(new Anthropic({ apiKey: 'key', baseURL: hostileApi, maxRetries: 0 })),
    model: 'claude-opus-5-5',
    maxTokens: 100,
    retry: { maxAttempts: 1 },
    replyTimeout: 2_000,
    logger: { warn: () => {}, error: () => {} },
    tools: [tool({ name: 'look', input: anything, run: () => 'seen' })],
    inspect: inspector,
  })
  await victim.sendMessage('Hello')
  attacked++
  await victim.close()
})

const { port } = viewers.address() as { readonly port: number }
const delay = monitorEventLoopDelay({ resolution: 1 })
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
say({ url: inspector.url, controlUrl: inspector.controlUrl, bridge: `ws://127.0.0.1:${port}` })
// Delays before this, such as loading modules, are not caused by attacks.
delay.enable()
longest = 0
let before = { replies, attacked }
for await (const _ of createInterface({ input: process.stdin })) {
  const megabytes = Math.round(process.memoryUsage().rss / 1e6)
  const [p99, latest] = [delay.percentile(99) / 1e6, delay.max / 1e6]
  const since = { replies: replies - before.replies, attacked: attacked - before.attacked }
  say({ ...since, longest: Math.round(Math.max(longest, performance.now() - last)), p99, latest, megabytes })
  before = { replies, attacked }
  longest = 0
  delay.reset()
}
process.exit(0)
