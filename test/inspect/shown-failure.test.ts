import { describe, expect, it } from 'vitest'
import { errorConsequences, type Failure, sentenceFor, type TurnstateErrorCode } from '../../src/errors.ts'
import { shownFailure } from '../../src/shown-failure.ts'

const failure: Failure = {
  code: 'request-invalid',
  message: 'The API answered 400: secret',
  status: 400,
  requestId: 'req_011',
  retryAfter: 1_500,
  shouldRetry: false,
  pointer: 'messages.3.content.1',
  quote: 'secret words',
  causedBy: 'overloaded',
  turnId: 't1',
}

describe('a redacted failure', () => {
  it('has its code, the library’s message, the numbers of the response and the length of third-party text', () => {
    expect(shownFailure(failure, false)).toEqual({
      ...failure,
      message: sentenceFor(failure),
      quote: '‹12 characters›',
    })
    expect(sentenceFor(failure)).toBe(
      'The API answered 400. The API will not accept this request: change what it says is wrong. It asks to come back in 2 s.',
    )
  })

  it('has only listed fields and no third-party message, whatever its code', () => {
    for (const code of Object.keys(errorConsequences) as TurnstateErrorCode[]) {
      const given = {
        code,
        message: 'secret',
        notes: 'secret',
        quote: 'secret',
        requestId: 'my secret',
        pointer: 'secret',
      }
      const shown = shownFailure(given, false)
      expect(JSON.stringify(shown)).not.toContain('secret')
      expect(shown.message).toBe(sentenceFor({ code }))
    }
  })

  it.each([
    ['a place in the request', 'messages.3.content.1', 'messages.3.content.1'],
    ['a field of requests', 'metadata', 'metadata'],
    ['a word of unknown origin', 'tulip', '‹5 characters›'],
    ['an id', 'file_0tulip', '‹11 characters›'],
  ])('has as its pointer %s', (_, pointer, shown) => {
    expect(shownFailure({ ...failure, pointer }, false).pointer).toBe(shown)
  })

  it('has all its text with includeText, except keys that an old journal contains', () => {
    const held = { ...failure, message: 'wrong: sk-ant-abc', quote: 'Bearer abcdefgh' }
    expect(shownFailure(held, true)).toEqual({ ...held, message: 'wrong: sk-ant-…', quote: 'Bearer …' })
  })
})
