// What settled turns keep on the heap, against the JSON of their facts. The replies come through claude(), as bytes,
// from a client in this process: what a parsed event would hold on to of its chunk is counted too.
import { setTimeout } from 'node:timers/promises'
import type { ConversationOptions, MessagesClient } from '../../src/index.ts'
import { claude, createConversation } from './built.ts'
import { collectGarbage } from './measure.ts'
import { deltas, textReply, toSse } from './replies.ts'

const turnCount = 500
const charactersPerDelta = 12

export interface HeapCost {
  readonly replyLength: number
  /** Bytes per turn. */
  readonly json: number
  readonly heap: number
  /** The same after `chat.messages` was read. */
  readonly heapWhenRead: number
}

export async function heapCost(replyLength: number): Promise<HeapCost> {
  const json = await jsonBytes(replyLength)
  const chat = start(replyLength)
  const before = await heapUsed()
  await converse(chat)
  const heap = (await heapUsed()) - before
  if (chat.messages.length !== 2 * turnCount) throw new Error(`The chat shows ${chat.messages.length} messages.`)
  const heapWhenRead = (await heapUsed()) - before
  // Closed only now: all of it was in use until here.
  await chat.close()
  return { replyLength, json: json / turnCount, heap: heap / turnCount, heapWhenRead: heapWhenRead / turnCount }
}

/** The same conversation, watched: what it hands to its journal. Also the warm-up of the one that is measured. */
async function jsonBytes(replyLength: number): Promise<number> {
  let bytes = 0
  const chat = start(replyLength, {
    inspectActors: (inspection) => {
      if (
        inspection.type === '@xstate.event' &&
        inspection.event.type === 'journal.append' &&
        'facts' in inspection.event
      )
        bytes += Buffer.byteLength(JSON.stringify(inspection.event['facts']))
    },
  })
  await converse(chat)
  await chat.close()
  return bytes
}

function start(replyLength: number, options: Partial<ConversationOptions> = {}) {
  let turn = 0
  return createConversation({
    source: claude(localClient(() => replyBytes(replyLength, turn++))),
    model: 'claude-opus-4-6',
    maxTokens: 1024,
    ...options,
  })
}

async function converse(chat: ReturnType<typeof start>): Promise<void> {
  for (let turn = 0; turn < turnCount; turn++) await chat.sendMessage(`Go on with part ${turn}.`)
}

const replyBytes = (length: number, seed: number): string =>
  textReply(deltas(Math.round(length / charactersPerDelta), seed + 1))
    .map(toSse)
    .join('')

const localClient = (body: () => string): MessagesClient => ({
  messages: {
    create: () =>
      Object.assign(Promise.resolve(nothing()), {
        asResponse: () =>
          Promise.resolve(new Response(body(), { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })),
      }),
  },
})

async function* nothing(): AsyncGenerator {}

async function heapUsed(): Promise<number> {
  // Twice, with a pause: what is finalized by the first is freed by the second.
  collectGarbage()
  await setTimeout(20)
  collectGarbage()
  return process.memoryUsage().heapUsed
}
