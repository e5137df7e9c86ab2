// What a usual turn stores.
import { numbered, type StoredFact } from '../../../src/journal/index.ts'

export const question = 'How does it work? '.repeat(5)
export const answer = 'It works like this. '.repeat(40)
export const usage = { inputTokens: 10, outputTokens: 200, cacheReadTokens: 0, cacheWriteTokens: 0 }

/** The facts of a turn: asked, answered, settled. */
export const turnFacts = (nth: number, from: number): readonly StoredFact[] => {
  const turnId = `t${nth}`
  return numbered(
    [
      { type: 'turn.opened', turnId, parent: nth === 0 ? null : `t${nth - 1}`, input: question, at: nth },
      {
        type: 'reply.recorded',
        turnId,
        attempt: 1,
        model: 'some-model',
        promptHash: 'sha256:0',
        content: [{ type: 'text', text: answer }],
        stopReason: 'end_turn',
        usage,
      },
      { type: 'turn.settled', turnId, status: 'completed', kept: true },
    ],
    from,
  )
}
