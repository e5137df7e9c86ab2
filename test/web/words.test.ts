import { describe, expect, it } from 'vitest'
import { errorConsequences, type Rejection } from '../../src/index.ts'
import { isOutage, isOverflow, rejectionWords, troubleOf } from '../../src/web/notices/words.ts'
import { priceOf, sizeOf, spanOf, usageWords } from '../../src/web/transcript/texts.ts'

describe('what a failure says, for people', () => {
  it.each([
    ['overloaded', 'The service is busy', 'again'],
    ['rate-limited', 'The service is busy', 'again'],
    ['connection-lost', 'The service can’t be reached', 'again'],
    ['api-error', 'The service can’t be reached', 'again'],
    ['prompt-too-long', 'The conversation is too long', 'shorter'],
    ['context-window-exceeded', 'The conversation is too long', 'shorter'],
    ['request-too-large', 'The conversation is too long', 'shorter'],
    ['budget-exceeded', 'The budget is spent', 'nothing'],
    ['interrupted', 'The reply was interrupted', 'again'],
    ['authentication-failed', 'The service turned this account away', 'operator'],
    ['spend-limit-reached', 'The service turned this account away', 'operator'],
    ['model-not-found', 'This model can’t be asked', 'operator'],
    ['max-steps-reached', 'The model did not come to an end', 'again'],
    ['compaction-failed', 'No summary could be made', 'shorter'],
  ])('%s: %s', (code, title, helps) => {
    expect(Object.hasOwn(errorConsequences, code)).toBe(true)
    expect(troubleOf(code, 'raw words')).toMatchObject({ title, helps })
    expect(troubleOf(code, 'raw words').words).not.toContain('raw words')
  })

  it('is the error’s own words, where there are none for it, and can be tried again', () => {
    expect(troubleOf('of-tomorrow', 'It rained.')).toEqual({ title: 'No reply', words: 'It rained.', helps: 'again' })
  })

  it('counts as an outage only what passes by itself', () => {
    for (const code of ['overloaded', 'stream-stalled', 'api-error'])
      expect([code, isOutage(code), errorConsequences[code as 'overloaded']]).toEqual([code, true, 'retry'])
    for (const code of ['prompt-too-long', 'authentication-failed', 'server-unreachable', 'conversation-busy'])
      expect([code, isOutage(code)]).toEqual([code, false])
    expect(isOverflow('overloaded')).toBe(false)
  })
})

describe('what a rejection says, for people', () => {
  const rejection = (rest: Partial<Rejection>): Rejection => ({
    code: 'request-invalid',
    status: 400,
    pointer: null,
    suspects: [],
    ...rest,
  })

  it('says whether the service has named something, and when it is only too much', () => {
    expect(rejectionWords(rejection({}))).toContain('does not say why')
    expect(rejectionWords(rejection({ pointer: 'messages.3' }))).toContain('can’t accept something')
    expect(rejectionWords(rejection({ code: 'prompt-too-long' }))).toContain('more than the model reads at once')
  })
})

describe('numbers for people', () => {
  it('are prices, sizes and spans', () => {
    expect([0, 0.00001, 0.0123, 1.5].map(priceOf)).toEqual(['$0.0000', 'less than $0.0001', '$0.0123', '$1.50'])
    expect([999, 27_000, 3_400_000].map(sizeOf)).toEqual(['999 B', '27 kB', '3.4 MB'])
    expect([20, 12_300, 300_000].map(spanOf)).toEqual(['under a second', '12 s', '5 min'])
  })

  it('say of a reply that was cut that it used at least so much', () => {
    const usage = { inputTokens: 3, outputTokens: 5, cacheReadTokens: 2, cacheWriteTokens: 0 }
    expect(usageWords(usage)).toBe('3 in, 5 out, 2 from the cache')
    expect(usageWords({ ...usage, estimated: true })).toBe('At least 3 in, 5 out, 2 from the cache')
  })
})
