import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureFrom, inFull, messageOf, sentenceFor, TurnstateError } from '../../src/errors.ts'
import { requestFailure, streamError } from '../../src/claude/api-failures.ts'
import { inOneLine } from '../../src/claude/one-line.ts'
import { beginning, quoted, withoutSecrets } from '../../src/foreign-text.ts'

const thrown = (status: number, body: unknown, message = 'said') =>
  Object.assign(new Error(message), { status, error: body })

describe('the quoted message of a third party', () => {
  it.each([
    [
      'a 400 from the API',
      requestFailure(thrown(400, { type: 'error', error: { type: 'invalid_request_error', message: 'tulip' } })),
    ],
    [
      'a 422 from a gateway',
      requestFailure(thrown(422, { detail: [{ msg: 'x', input: 'tulip' }] }, '422 {"detail":[{"input":"tulip"}]}')),
    ],
    ['an HTML page', requestFailure(thrown(500, undefined, '500 <html><title>tulip</title></html>'))],
    ['an error in the stream', streamError({ type: 'error', error: { type: 'api_error', message: 'tulip' } })],
    ['a function that returns the key', requestFailure(new Error('tulip has no api key'))],
    ['a client that throws', requestFailure(new Error('tulip'))],
    ['a network', requestFailure(new TypeError('fetch failed', { cause: new Error('tulip') }))],
  ])('is separate from the error message of the library: %s', (_, { message, details }) => {
    expect(message).not.toContain('tulip')
    expect(details.quote).toContain('tulip')
  })

  it('follows the message of the library where both may be shown', () => {
    const failure = failureFrom('source-failed', new Error('tulip'))
    expect(failure).toEqual({ code: 'source-failed', message: sentenceFor({ code: 'source-failed' }), quote: 'tulip' })
    expect(inFull(failure)).toBe('The message source failed. In its own words: tulip')
    expect(inFull(new TurnstateError('aborted', 'Over.', { quote: 'tulip' }))).toBe('Over. In its own words: tulip')
    expect(inFull(new TurnstateError('aborted', 'Over.'))).toBe('Over.')
  })

  it.each([
    ['an API key', 'invalid: sk-ant-api03-abc_DEF-9 given', 'invalid: sk-ant-… given'],
    ['a bearer token', 'Authorization: Bearer eyJh.bGci-9_= is not valid', 'Authorization: … … is not valid'],
    ['a token in the middle', 'the header "Bearer gw_7f3a9b" was refused', 'the header "Bearer …" was refused'],
    ['a key in JSON', '{"x-api-key":"gw-7f3a9b","a":1}', '{"x-api-key":"…","a":1}'],
    ['a gateway key', 'Incorrect API key provided: gw-7f3a9b', 'Incorrect API key provided: gw-7f3a9b'],
    ['the password in a URL', 'no way to https://ada:hunter2@proxy.local/v1', 'no way to https://…@proxy.local/v1'],
  ])('hides %s', (_, said, kept) => {
    expect(withoutSecrets(said)).toBe(kept)
    expect(quoted(said)).toBe(kept)
  })

  it('keeps text that only mentions tokens', () => {
    const said = 'max_tokens: 200000 > 8192, prompt tokens: 12'
    expect(quoted(said)).toBe(said)
  })

  it('is one line of at most 500 characters and splits no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (said) => {
        const quote = quoted(said)
        expect(quote.length).toBeLessThanOrEqual(501)
        expect(quote).not.toMatch(/[\n\r\t]/)
        expect(quote.isWellFormed()).toBe(true)
      }),
    )
    expect(beginning('ab🌷', 3)).toBe('ab')
  })

  it('is cut before any other processing', () => {
    let read = 0
    const said = `${'.'.repeat(3_000_000)}x`
    const error = {
      message: said,
      get type() {
        return void read++
      },
    }
    const { details } = requestFailure(thrown(400, { error }))
    expect(details.quote?.length).toBeLessThan(600)
    expect(messageOf(new Error(said))).toHaveLength(2_000)
    expect(inOneLine(`<html>${'<style>'.repeat(100_000)}`)).toBe('')
  })
})
