// What holds in every conversation, whatever was done to it: sections 2, 5 and 6 of the design, and what the façade
// promises. Checked whenever everything that could happen by itself has happened.
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { fold, TurnstateError } from '../../src/index.ts'
import { path } from '../../src/journal/index.ts'
import { checkOutcomesFromFacts } from './invariants-of-outcomes.ts'
import { checkTelling } from './invariants-of-telling.ts'
import { checkTranscript } from './invariants-of-transcript.ts'
import { type Talk, viewOf } from './talk.ts'
import type { World } from './world.ts'

/** Reported because the program made the app do it. */
const appsOwn = ['tool-invalid', 'tool-result-invalid', 'policy-invalid', undefined]

export function checkWorld(world: World): void {
  expect(world.problems.join('\n')).toBe('')
  for (const entry of world.logged) {
    const [, error] = entry as readonly unknown[]
    expect(appsOwn).toContain(TurnstateError.is(error) ? error.code : undefined)
  }
  for (const talk of world.talks) {
    if (!hasNews(talk)) continue
    checkJournal(talk)
    checkPath(talk)
    checkTags(world, talk)
    checkTelling(talk)
    checkTranscript(world, talk)
  }
  checkTools(world)
  checkStops(world)
}

/**
 * A stop at a delta comes too late for a reply whose end is in the same chunk, unless something would follow it; a refusal in
 * that chunk stays one. Everything else is stopped. Nothing of it is still under way when whoever stopped hears nothing more.
 */
function checkStops({ stopsAtDeltas }: World): void {
  for (const { talk, turnId, attempt, becomes } of stopsAtDeltas) {
    if (!becomes) continue
    expect([turnId, viewOf(talk).turns.find(({ id }) => id === turnId)?.status]).toEqual([turnId, becomes.status])
    if (becomes.words === undefined) continue
    const told = talk.notices.map((notice) =>
      notice.type === 'delta' && notice.turnId === turnId && notice.attempt === attempt ? notice.text : '',
    )
    expect(told.join('')).toBe(becomes.words)
  }
}

const seen = new WeakMap<Talk, readonly unknown[]>()

/** Most steps concern one conversation. */
function hasNews(talk: Talk): boolean {
  const { chat, notices, followed } = talk
  const now = [
    chat.actor.getSnapshot(),
    notices.length,
    followed.filter(({ hasEnded }) => hasEnded).length,
    followed.length,
  ]
  const before = seen.get(talk)
  seen.set(talk, now)
  return !before || now.some((value, index) => value !== before[index])
}

/** The state of the conversation follows from its facts; nothing else records it. */
function checkJournal(talk: Talk): void {
  const view = viewOf(talk)
  const { pending, stored, journalFailure } = talk.chat.actor.getSnapshot().context
  // The journal answers at once, so nothing waits for it, and what is shown as stored is everything.
  expect([pending, journalFailure]).toEqual([[], null])
  expect(stored).toBe(view)
  const folded = fold(JSON.parse(JSON.stringify(talk.facts)))
  // The fast comparison finds a difference, the slow one shows it.
  if (!isDeepStrictEqual(folded, JSON.parse(JSON.stringify(view)))) expect(folded).toEqual(view)
  checkOutcomesFromFacts(talk, folded)
  checkRevisions(talk)
}

/** Notices come in the order of the journal, and none before the facts that it is about are. */
function checkRevisions({ notices, facts }: Talk): void {
  const revisions = notices.flatMap((notice) => ('revision' in notice ? [notice.revision] : []))
  for (const [index, revision] of revisions.entries())
    expect(revision).toBeGreaterThanOrEqual(revisions[index - 1] ?? 0)
  expect(revisions.at(-1) ?? 0).toBeLessThanOrEqual(facts.length)
}

function checkPath(talk: Talk): void {
  const view = viewOf(talk)
  for (const turn of path(view, view.open ? view.open.parent : view.head)) {
    expect(view.quarantine).not.toContain(turn.id)
    expect(turn.kept).toBe(true)
  }
}

/** Status, tags and canSend are what the conversation is. */
function checkTags({ given }: World, { chat }: Talk): void {
  const snapshot = chat.actor.getSnapshot()
  const { open, undecided, queue, held } = snapshot.context.view
  const isActive = snapshot.status === 'active'
  expect(snapshot.status).not.toBe('error')
  expect(chat.status === 'closed').toBe(!isActive)
  const isReady = snapshot.hasTag('ready')
  expect(chat.canSend).toBe(isActive && (isReady || (given.whenBusy ?? 'reject') !== 'reject'))
  if (!isActive) return expect(open).toBeNull()
  expect(['ready', 'error'].includes(chat.status)).toBe(isReady)
  expect(isReady).toBe(open === null && undecided === null)
  expect(snapshot.hasTag('busy')).toBe(!isReady && !snapshot.hasTag('awaitingDecision'))
  expect(snapshot.hasTag('awaitingPeople')).toBe(chat.pendingCalls.length > 0)
  expect(chat.status === 'awaiting-approval').toBe(chat.pendingCalls.length > 0)
  expect(chat.status === 'refused').toBe(undecided !== null)
  expect(snapshot.hasTag('unsaved')).toBe(false)
  if (isReady) expect(queue.length === 0 || held).toBe(true)
  if (isReady) expect(Object.keys(snapshot.children).toSorted()).toEqual(['journal', 'start'])
}

/** Each call runs once, after a reply that asked for it, and only with an approval if it needs one; none runs when no turn waits for it. */
function checkTools({ runs, approved, licensed, talks }: World): void {
  const keys = runs.map(({ key }) => key)
  expect(keys.filter((key, index) => keys.indexOf(key) < index)).toEqual([])
  for (const run of runs) {
    expect(licensed).toContain(run.key.split('#')[0])
    if (run.name === 'remove' || run.name === 'unsure') expect(approved).toContain(run.key)
    const isAwaited = talks.some(
      (talk) => viewOf(talk).open?.id === run.turnId && talk.chat.actor.getSnapshot().matches('tools'),
    )
    if (!isAwaited) expect([run.key, run.isOver || run.signal.aborted]).toEqual([run.key, true])
  }
}
