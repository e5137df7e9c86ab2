// Hostile facts of a store or a file, which refer to each other at will, and very many of them.
import { expect } from 'vitest'
import { fold, TurnstateError } from '../../src/index.ts'
import { nested } from '../nested.ts'
import { attackSurface } from './attack.ts'

const created = { type: 'conversation.created', v: 2, seq: 0, id: 'c1', model: 'm1', at: 0 }
const opened = (turnId: string, more: object) => ({
  type: 'turn.opened',
  v: 2,
  seq: 1,
  turnId,
  parent: null,
  input: 'x',
  at: 0,
  ...more,
})

/** The outcome of folding these facts. */
function folded(facts: readonly unknown[]): string {
  try {
    const { revision, queue } = fold(facts)
    return `${revision} facts are folded, ${queue.length} messages are waiting`
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    expect(error.message.length).toBeLessThan(1_000)
    return `${error.code}, fact ${String(error.details.factIndex)}`
  }
}

const many = <T>(make: (nth: number) => T): readonly T[] => Array.from({ length: 60_000 }, (_, nth) => make(nth))

const attacks: Readonly<Record<string, () => readonly unknown[]>> = {
  'a summary that takes its own place': () => [created, opened('s', { kind: 'compaction', replaces: 's' })],
  'a turn upon itself': () => [created, opened('s', { parent: 's' })],
  'a turn that continues itself': () => [created, opened('s', { continues: 's' })],
  'an input nested 200,000 levels deep': () => [
    created,
    opened('s', { input: [{ type: 'text', deep: nested(200_000) }] }),
  ],
  'an id of 10 MB': () => [created, opened('s', { parent: 'x'.repeat(10_000_000) })],
  '60,000 messages that wait': () => [
    created,
    ...many((nth) => ({ type: 'input.queued', v: 2, seq: nth + 1, turnId: `q${nth}`, input: 'x', at: 0 })),
  ],
  '60,000 messages that wait, and as many that are withdrawn': () => [
    created,
    ...many((nth) => ({ type: 'input.queued', v: 2, seq: nth + 1, turnId: `q${nth}`, input: 'x', at: 0 })),
    ...many((nth) => ({ type: 'input.withdrawn', v: 2, seq: nth + 60_001, turnId: `q${nth}` })),
  ],
}

attackSurface(
  'Seeds, facts and stores',
  Object.entries(attacks).map(([attack, make]) => ({ attack, run: () => Promise.resolve(folded(make())) })),
)
