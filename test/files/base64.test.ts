// What counts as base64.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBase64 } from '../../src/files/base64.ts'

describe('isBase64', () => {
  it('accepts what encoders make, of every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        expect(isBase64(Buffer.from(bytes).toString('base64'))).toBe(true)
      }),
    )
  })

  it.each(['', '=', '==', '====', 'A===', 'AAA', 'AA=A', 'AA\nA', 'AA-_', 'AA A', 'AAA=AAAA'])('rejects %j', (text) => {
    expect(isBase64(text)).toBe(false)
  })

  it('reads 30 MB, with a fault at its very end or without one', () => {
    const large = 'ABCD'.repeat(7_500_000)
    expect([isBase64(large), isBase64(`${large}AB-=`), isBase64(`${large}AB==`)]).toEqual([true, false, true])
  })
})
