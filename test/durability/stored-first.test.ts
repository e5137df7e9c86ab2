// Whatever becomes of each write: nothing is shown or told that is not stored, and what was told is there after a crash.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Conversation, ConversationNotice } from '../../src/index.ts'
import { openConversation } from '../../src/index.ts'
import { findTurn, fold, transcript, type View } from '../../src/journal/index.ts'
import { runs } from '../runs.ts'
import { type FaultyStore, faultyStore, turns } from './faulty-store.ts'
import { act, answering, anyTalk, countedTools, type Talk } from './talks.ts'

const quiet = { warn: () => {}, error: () => {} }

/** Timers are short, so that a retry follows soon. They run on the event loop's time, like the delays of the store. */
const soon = {
  setTimeout: (run: () => void, ms: number) => {
    const timer = { isOver: false }
    const wait = async () => {
      await turns(Math.min(Math.ceil(ms / 100), 40))
      if (!timer.isOver) run()
    }
    void wait()
    return timer
  },
  clearTimeout: (timer: unknown) => {
    if (typeof timer === 'object' && timer !== null) Object.assign(timer, { isOver: true })
  },
}

interface Told {
  readonly turnId: string
  readonly status: string
}

interface Stage {
  readonly faulty: FaultyStore
  readonly told: Told[]
  readonly faults: unknown[]
  readonly requests: string[]
  readonly refused: string[]
  readonly toolRuns: ReadonlyMap<string, number>
  readonly open: () => Promise<Conversation>
}

function stageFor({ answers, fates }: Talk): Stage {
  let writes = 0
  const faulty = faultyStore(async () => {
    const [fate, delay] = fates[writes++ % fates.length] ?? ['stores', 0]
    await turns(delay)
    return fate
  })
  const { source, requests, refused } = answering(answers)
  const { tools, runs: toolRuns } = countedTools()
  const told: Told[] = []
  const faults: unknown[] = []
  // A listener that throws stops nobody, so what is found is kept for the end.
  const check = (look: () => void) => {
    try {
      look()
    } catch (fault) {
      faults.push(fault)
    }
  }
  const open = async () => {
    const chat = await openConversation({
      source,
      model: 'm0',
      maxTokens: 10,
      id: 'c1',
      store: faulty.store,
      tools,
      whenBusy: 'queue',
      onTruncated: 'continue',
      clock: soon,
      logger: quiet,
    })
    let last = 0
    chat.on('*', (notice) => {
      check(() => checkRevision(notice, faulty, last))
      if ('revision' in notice) last = notice.revision
      check(() => checkShown(chat, faulty))
      if ('outcome' in notice && notice.outcome && !notice.outcome.error?.code.startsWith('conversation-'))
        told.push({ turnId: notice.outcome.turnId, status: notice.outcome.status })
    })
    chat.subscribe(() => check(() => checkShown(chat, faulty)))
    return chat
  }
  return { faulty, told, faults, requests, refused, toolRuns, open }
}

/** @param last the revision of the event before */
function checkRevision(notice: ConversationNotice, { facts }: FaultyStore, last: number): void {
  if (!('revision' in notice)) return
  expect(notice.revision).toBeLessThanOrEqual(facts.length)
  expect(notice.revision).toBeGreaterThanOrEqual(last)
}

/** What can be read is what the stored facts say, but for what is marked as being under way. */
function checkShown(chat: Conversation, { facts }: FaultyStore): void {
  expect(chat.revision).toBeLessThanOrEqual(facts.length)
  const stored: View = fold(facts.slice(0, chat.revision))
  const settled = chat.messages.filter(({ status }) => status !== 'streaming')
  const known = new Map(transcript(stored).map((item) => [item.id, item]))
  for (const item of settled) expect(item).toEqual(known.get(item.id))
  expect(chat.queue).toEqual(stored.queue)
  expect(chat.usage).toEqual(stored.usage)
  expect(chat.model).toBe(stored.goesBackTo ?? stored.model)
  expect(chat.pendingCalls.map(({ callId }) => callId).toSorted()).toEqual(
    [...stored.awaitingApproval, ...stored.awaitingAnswer].toSorted(),
  )
  if (chat.status === 'awaiting-approval') expect(stored.awaitingApproval.length).toBeGreaterThan(0)
  if (chat.status === 'refused') expect(stored.undecided).not.toBeNull()
}

/** What the journal says about an outcome that was told. */
const statusIn = (view: View, turnId: string): string | undefined => {
  const status = findTurn(view, turnId)?.status
  return status === 'interrupted' ? 'failed' : status
}

async function play(stage: Stage, { deeds }: Talk): Promise<void> {
  const chat = await stage.open()
  for (const [nth, [deed, pause]] of deeds.entries()) {
    act(chat, deed, nth)
    await turns(pause)
  }
  await stage.faulty.crash()
}

describe('a conversation in a store', () => {
  it('shows and tells only what is stored, and after a crash what it told is there', async () => {
    await fc.assert(
      fc.asyncProperty(anyTalk, async (talk) => {
        const stage = stageFor(talk)
        await play(stage, talk)
        const { faulty, told, faults, toolRuns, requests, refused } = stage
        const beforeCrash = [...told]
        const view = fold(JSON.parse(JSON.stringify(faulty.facts)))
        // A message whose last turn waits for another one has not ended: a compaction or continuation may follow.
        for (const { turnId, status } of beforeCrash)
          if (findTurn(view, turnId)) expect([turnId, statusIn(view, turnId)]).toEqual([turnId, status])
        const waiting = view.queue.map(({ turnId }) => turnId)
        for (const { turnId } of beforeCrash) expect(waiting).not.toContain(turnId)
        // The next process.
        faulty.fate = () => 'stores'
        const chat = await stage.open()
        await turns(60)
        const seen = new Set(beforeCrash.map(({ turnId }) => turnId))
        for (const { turnId } of told.slice(beforeCrash.length)) expect(seen.has(turnId)).toBe(false)
        await chat.close()
        for (const fault of faults) throw fault
        for (const [callId, count] of toolRuns) expect([callId, count]).toEqual([callId, 1])
        for (const words of refused) {
          expect(requests.filter((request) => request.includes(words))).toEqual([])
          expect(JSON.stringify(faulty.facts)).not.toContain(words)
        }
        const after = fold(JSON.parse(JSON.stringify(faulty.facts)))
        // Only what waits for a person is left open.
        if (after.awaitingApproval.length === 0) expect(after.open).toBeNull()
      }),
      { numRuns: runs(60) },
    )
  })
})
