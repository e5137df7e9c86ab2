import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepestNesting, objectionToInput, parsedToolInput, toolInputOf } from '../../src/journal/index.ts'
import { mayBeRounded } from '../../src/journal/exact-numbers.ts'
import { nested, nestedJson } from '../nested.ts'

const ours = { exact: true }

describe('the input of a call', () => {
  it('is the parsed text of the model when it is an object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (input) => {
        fc.pre(!mayBeRounded(input))
        const read = toolInputOf(JSON.stringify(input), ours)
        expect(read).toEqual(JSON.parse(JSON.stringify(input)))
        expect(parsedToolInput(read, ours)).toBe(read)
      }),
    )
  })

  it.each([
    ['cut', '{"a":', /not valid JSON/],
    ['an array', '[1]', /not an object/],
    ['nested too deeply', nestedJson(deepestNesting + 1), /deeper than 128 levels.*flatter/],
    ['nested extremely deeply', nestedJson(40_000), /deeper than 128 levels/],
    ['an integer that is too large', '{"id":2512292042121000001}', /rounded.*2512292042121000001.*string/],
    ['many large integers', `{"ids":[${Array(7).fill('9007199254740993').join()}]}`, /and 2 more/],
    ['a long decimal', '{"rate":0.12345678901234567891}', /0\.12345678901234567891/],
  ])('is kept as text, with an error for the model, when it is %s', (_, json, words) => {
    const input = toolInputOf(json, ours)
    expect(input).toEqual({ INVALID_JSON: json })
    expect(objectionToInput(input)).toMatch(words)
  })

  it.each([
    ['nested too deeply', nested(deepestNesting + 1), /deeper than 128 levels/],
    ['nested too deeply to be written as JSON', nested(200_000), /deeper than 128 levels/],
    ['possibly rounded', { id: 2 ** 53 }, /may have been rounded.*string/],
  ])('is kept as text when it arrives parsed and is %s', (_, given, words) => {
    const input = parsedToolInput(given, ours)
    expect(input).toEqual({ INVALID_JSON: expect.any(String) })
    expect(objectionToInput(input)).toMatch(words)
    expect(() => JSON.stringify(input)).not.toThrow()
  })

  it('keeps its numbers unchanged for a server tool', () => {
    const input = { id: 2 ** 60 }
    expect(toolInputOf('{"id":1152921504606846975}', { exact: false })).toEqual(input)
    expect(parsedToolInput(input, { exact: false })).toBe(input)
    expect(toolInputOf(nestedJson(500), { exact: false })).toEqual({ INVALID_JSON: nestedJson(500) })
  })

  it.each([
    [{}],
    [{ INVALID_JSON: 1 }],
    [{ INVALID_JSON: 'x', more: 1 }],
    ['INVALID_JSON'],
    [null],
    [nested(deepestNesting)],
  ])('is valid: %j', (input) => {
    expect(objectionToInput(input)).toBeNull()
  })

  it('is invalid when a model wraps it in INVALID_JSON itself', () => {
    expect(objectionToInput({ INVALID_JSON: '{"a":1}' })).toMatch(/not valid JSON/)
  })
})
