// The outcome that a handle gave is the one that anybody computes from the facts, whenever they do.
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { outcomeOf, type TurnOutcome, type View } from '../../src/index.ts'
import { toTurnOutcome } from '../../src/conversation/turns/outcome.ts'
import { messageForUser, messagesForUsers } from '../../src/refusals/messages-for-users.ts'
import type { Talk } from './talk.ts'

const readers = {
  messageForUser: (category: string | null) => messageForUser(category, messagesForUsers),
  parse: (text: string): unknown => JSON.parse(text),
}

/** @param view made from facts that went through JSON */
export function checkOutcomesFromFacts({ followed }: Talk, view: View): void {
  for (const { turn, outcomes } of followed) {
    const [told] = outcomes
    if (!told) continue
    const computed = outcomeOf(view, turn.id)
    // A message that never became a turn is in no fact.
    if (computed === null) {
      expect([told.status, told.attempts]).toEqual([told.status === 'stopped' ? 'stopped' : 'failed', []])
      continue
    }
    const [expected, given] = [plain(toTurnOutcome(computed, readers)), plain(told)]
    if (!isDeepStrictEqual(given, expected)) expect(given).toEqual(expected)
  }
}

/** As data. That nobody decides any more because the conversation closed is in no fact: it waits for a person. */
const plain = ({ error, ...outcome }: TurnOutcome): unknown =>
  JSON.parse(
    JSON.stringify({ ...outcome, error: error && { code: error.code, message: error.message, ...error.details } }),
    (key, value: unknown) => (key === 'policy' && value === null ? 'manual' : value),
  )
