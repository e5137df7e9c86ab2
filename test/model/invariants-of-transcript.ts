// The transcript holds what people saw, marked as what it is; what was refused or tried again is nowhere.
import { expect } from 'vitest'
import type { JournalTurn, TranscriptItem } from '../../src/index.ts'
import { type Talk, turnsOf, viewOf } from './talk.ts'
import { wordsIn } from './words.ts'
import type { World } from './world.ts'

const statuses: Readonly<Record<JournalTurn['status'], readonly (TranscriptItem['status'] | undefined)[]>> = {
  open: ['streaming', undefined],
  completed: ['complete', undefined],
  refused: ['retracted'],
  stopped: ['partial', undefined],
  failed: ['partial', 'failed'],
  interrupted: ['partial', 'failed'],
}

/** Words of a turn that were shown and not retracted. */
function shownWords(talk: Talk, turnId: string): readonly string[] {
  const retracted = new Set(
    talk.notices.flatMap((notice) => (notice.type === 'retracted' && notice.turnId === turnId ? [notice.attempt] : [])),
  )
  const text = talk.notices.flatMap((notice) =>
    notice.type === 'delta' && notice.turnId === turnId && notice.kind === 'text' && !retracted.has(notice.attempt)
      ? [notice.text]
      : [],
  )
  return wordsIn(text.join(''))
}

const textOf = (item: TranscriptItem | undefined): string =>
  (item?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join(' ')

export function checkTranscript({ said }: World, talk: Talk): void {
  const { messages } = talk.chat
  for (const turn of turnsOf(talk)) {
    const items = messages.filter(({ turnId }) => turnId === turn.id)
    if (turn.kind === 'compaction') {
      expect(items).toEqual([])
      continue
    }
    const isAsked = turn.kind !== 'continuation' && !isAskedAgain(talk, turn)
    const [question, answer] = isAsked ? items : [undefined, items[0]]
    if (isAsked) expect(wordsIn(question)).toEqual(wordsIn(turn.input))
    else expect(items.length).toBeLessThanOrEqual(1)
    // A turn that another one continues at once has not failed yet.
    const isNothing = turn.status === 'failed' && answer === undefined && isReplaced(talk, turn)
    const isMarked = statuses[turn.status].includes(answer?.status) || isNothing
    expect([turn.id, turn.status, isMarked]).toEqual([turn.id, turn.status, true])
    if (talk.inherited.has(turn.id) || turn.status === 'refused') continue
    expect([turn.id, wordsIn(textOf(answer))]).toEqual([turn.id, shownWords(talk, turn.id)])
  }
  const void_ = voidWords(said, talk)
  if (void_.length === 0) return
  const snapshot = talk.chat.actor.getSnapshot().context
  const kept = wordsIn(JSON.stringify([talk.facts, messages, snapshot.view, snapshot.pending]))
  expect(kept.filter((word) => void_.includes(word))).toEqual([])
}

const isReplaced = (talk: Talk, { id }: JournalTurn): boolean => turnsOf(talk).some(({ replaces }) => replaces === id)

/** The words are in the transcript already, with the turn that this one replaces. */
function isAskedAgain(talk: Talk, turn: JournalTurn): boolean {
  let before: JournalTurn | undefined = turn
  do {
    const replaces: string | undefined = before.replaces
    before = replaces === undefined ? undefined : turnsOf(talk).find(({ id }) => id === replaces)
  } while (before?.kind === 'compaction')
  return before !== undefined && JSON.stringify(before.input) === JSON.stringify(turn.input)
}

/** The words of attempts that were refused or repeated. */
function voidWords(said: World['said'], talk: Talk): readonly string[] {
  const { quarantine, turns } = viewOf(talk)
  const failed = new Set(
    talk.facts.flatMap((fact) => (fact.type === 'attempt.failed' ? [`${fact.turnId} ${fact.attempt}`] : [])),
  )
  return said
    .filter(({ talk: whose, turnId, attempt }) => {
      if (whose !== talk) return false
      if (failed.has(`${turnId} ${attempt}`)) return true
      const turn = quarantine.includes(turnId) ? turns.find(({ id }) => id === turnId) : undefined
      return turn ? !turn.steps.some((step) => step.role === 'assistant' && step.attempt === attempt) : false
    })
    .map(({ word }) => word)
}
