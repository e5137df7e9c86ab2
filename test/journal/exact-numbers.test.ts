import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inexactNumbers, mayBeRounded } from '../../src/journal/exact-numbers.ts'

describe('numbers of a JSON text', () => {
  it('lose nothing when JavaScript wrote them', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), (value, number) => {
        fc.pre(!mayBeRounded([value, number]))
        expect(inexactNumbers(JSON.stringify([value, number]))).toEqual([])
      }),
    )
  })

  it('lose nothing when JavaScript wrote them and the last of 17 digits could differ', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 10 }), (whole, halvings) => {
        expect(inexactNumbers(JSON.stringify(whole / 2 ** halvings))).toEqual([])
      }),
    )
  })

  it('lose precision, if they are integers, exactly when parsing changes their notation', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (number) => {
        const parsed = Number(number)
        const isKept =
          BigInt(parsed) === number && BigInt(parsed.toLocaleString('en', { useGrouping: false })) === number
        expect(inexactNumbers(`{"n":${number}}`)).toEqual(isKept ? [] : [String(number)])
      }),
    )
  })

  it('are read in linear time, however many zeros they have', () => {
    const zeros = '0'.repeat(2_000_000)
    for (const number of [`1.${zeros}1`, `0.${zeros}1`, `1${zeros}1`, `1.${zeros}1e5`])
      expect(inexactNumbers(`[${number}]`)).toEqual([number])
  })

  it('are not searched for in strings, whatever the escapes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const json = JSON.stringify({ [text]: `${text} 9007199254740993 ${text}` })
        expect(inexactNumbers(json)).toEqual([])
        expect(inexactNumbers(`[${json},9007199254740993]`)).toEqual(['9007199254740993'])
      }),
    )
  })

  it.each([
    '0.1',
    '0.30000000000000004',
    '-1.5e300',
    '168891419682377.62',
    '1e23',
    '0.0',
    '-0',
    '100.0',
    '1.50000000000000000000000',
    '9007199254740992',
    '1700000000000000000',
    '5E-324',
  ])('keep their value: %s', (number) => {
    expect(inexactNumbers(number)).toEqual([])
  })

  it.each([
    '3.14159265358979323846',
    '0.1234567890123456789',
    '12345678901234567.5',
    '1e400',
    '-1e400',
    '1e-400',
    '9007199254740993e0',
    '1152921504606846976',
    `1${'0'.repeat(400)}`,
    `0.${'7'.repeat(200)}`,
  ])('lose precision: %s', (number) => {
    expect(inexactNumbers(`[1,"x",${number} , 2]`)).toEqual([number])
  })
})

describe('parsed data', () => {
  it.each([
    [{ a: [2 ** 53] }, true],
    [[-(2 ** 60)], true],
    [{ a: 2 ** 53 - 1, b: -5, c: 1e21, d: 0.1, e: '9007199254740993' }, false],
    [null, false],
  ])('may have been rounded: %j, %s', (value, isRounded) => {
    expect(mayBeRounded(value)).toBe(isRounded)
  })
})
