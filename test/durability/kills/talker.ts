// A process with many conversations at work, which is killed at any moment. What it prints, a line of JSON at a time and at once, is
// what the world outside has seen: outcomes that were told, runs of tools, and what it found when it opened a conversation.
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { claude, type Conversation, openConversation, tool, TurnstateError } from '../../../src/index.ts'
import { outcomeOf } from '../../../src/journal/index.ts'
import { openStore } from './open-store.ts'
import type { Seen } from './seen.ts'

const [where = '', api = '', count = '20', seed = '1', trouble = 'none'] = process.argv.slice(2)

const anything = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: () => ({ type: 'object' }) },
  },
} as const

/** A small generator of numbers from 0 up to 1: the same for the same seed. */
function random(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return ((state ^ (state >>> 16)) >>> 0) / 2 ** 32
  }
}

const tell = (seen: Seen) => void writeSync(1, `${JSON.stringify(seen)}\n`)

const store = openStore(where, trouble)

async function open(id: string): Promise<Conversation> {
  for (;;) {
    try {
      return await openConversation({
        source: claude(new Anthropic({ apiKey: 'key', baseURL: api, maxRetries: 0 })),
        model: 'claude-opus-5-5',
        maxTokens: 100,
        id,
        store,
        lease: 400,
        whenBusy: 'queue',
        onTruncated: 'continue',
        onOverflow: 'compact',
        compaction: { by: 'summary' },
        retry: { baseDelay: 5, maxDelay: 20 },
        saveRetry: 50,
        onRefusal: { fallback: ['claude-sonnet-5'] },
        logger: { warn: () => {}, error: () => {} },
        tools: ['act', 'ask'].map((name) =>
          tool({
            name,
            input: anything,
            needsApproval: name === 'ask',
            run: async (_, { callId }) => {
              tell({ what: 'ran', id, callId })
              await wait(5)
              return 'done'
            },
          }),
        ),
      })
    } catch (error) {
      // The lease of the process that was killed expires.
      if (!TurnstateError.is(error) || error.code !== 'conversation-busy') throw error
      await wait(50)
    }
  }
}

/** Does what users do, for ever. */
async function live(id: string, draw: () => number): Promise<never> {
  const chat = await open(id)
  const { stored } = chat.actor.getSnapshot().context
  tell({
    what: 'found',
    id,
    revision: chat.revision,
    turns: stored.turns.map(({ id: turnId }) => [turnId, outcomeOf(stored, turnId)?.status ?? 'open']),
  })
  chat.on('*', (notice) => {
    if ('outcome' in notice && notice.outcome)
      tell({
        what: 'told',
        id,
        turnId: notice.outcome.turnId,
        status: notice.outcome.status,
        revision: notice.revision,
      })
    else if (notice.type === 'turn.refused')
      tell({ what: 'refused', id, turnId: notice.turnId, policy: JSON.stringify(notice.policy) })
  })
  for (let nth = 0; ; nth++) {
    await wait(draw() * 150)
    const choice = draw()
    const [call] = chat.pendingCalls
    try {
      if (call) {
        if (choice < 0.8) chat.approveTool(call.callId)
        else chat.denyTool(call.callId, 'no')
      } else if (chat.held) chat.releaseQueue()
      else if (choice < 0.7 && chat.queue.length < 3) chat.sendMessage(`message ${nth}`)
      // What is stopped before its refusal arrives was not refused, and may be kept. Such words are not watched for.
      else if (choice < 0.78 && chat.messages.at(-1)?.status !== 'streaming') chat.stop()
      else if (choice < 0.82) chat.clear()
      else if (choice < 0.86) chat.retry()
      else if (choice < 0.9) chat.regenerate()
    } catch (error) {
      // Not possible now.
      if (!TurnstateError.is(error)) throw error
    }
  }
}

tell({ what: 'began' })
await Promise.all(
  Array.from({ length: Number(count) }, (_, nth) => live(`c${nth}`, random(Number(seed) * 1_000 + nth))),
)
