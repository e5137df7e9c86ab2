// What settled turns keep on the heap, against the JSON of their facts. The replies come through claude(), as bytes,
// from a client in this process: what a parsed event would hold on to of its chunk is counted too.
import { setTimeout } from 'node:timers/promises'
import type { ConversationOptions } from '../../src/index.ts'
import { claude, createConversation } from './built.ts'
import { localClient } from './local-client.ts'
import { collectGarbage, type Figure, figureOf } from './measure.ts'
import { deltas, textReply, toSse } from './replies.ts'

const turnCount = 500
const charactersPerDelta = 12
const warmups = 2
const conversations = 5

/** Of a settled turn's heap to the JSON of its facts: as it is, and after `chat.messages` was read. */
export interface HeapRatios {
  readonly unread: Figure
  readonly read: Figure
}

/** In several conversations. Not in the first ones: what is compiled for them is on the heap too. */
export async function heapRatios(replyLength: number): Promise<HeapRatios> {
  const unread: number[] = []
  const read: number[] = []
  for (let conversation = -warmups; conversation < conversations; conversation++) {
    const json = await jsonBytes(replyLength)
    const chat = start(replyLength)
    const before = await heapUsed()
    await converse(chat)
    const used = (await heapUsed()) - before
    if (chat.messages.length !== 2 * turnCount) throw new Error(`The chat shows ${chat.messages.length} messages.`)
    const usedWhenRead = (await heapUsed()) - before
    // Closed only now: all of it was in use until here.
    await chat.close()
    if (conversation < 0) continue
    unread.push(used / json)
    read.push(usedWhenRead / json)
  }
  return { unread: figureOf(unread), read: figureOf(read) }
}

/** The same conversation, watched: what it hands to its journal. */
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

const replyBytes = (length: number, seed: number): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(
    textReply(deltas(Math.round(length / charactersPerDelta), seed + 1))
      .map(toSse)
      .join(''),
  )

async function heapUsed(): Promise<number> {
  // Twice, with a pause: what is finalized by the first is freed by the second.
  collectGarbage()
  await setTimeout(20)
  collectGarbage()
  return process.memoryUsage().heapUsed
}
