// Sealing never uses a nonce twice: with AES-GCM that would give the key away.
import { expect, it } from 'vitest'
import { Keys } from '../../src/stores/sql/sealing.ts'

it('each seal has a nonce of its own, however many there are and whatever their key', () => {
  const keys = new Keys({ keys: [{ id: 'k', key: new Uint8Array(32).fill(7) }] })
  const seals = ['a', 'b'].map((id) => keys.sealOf(id, keys.create(id)))
  const nonces = new Set<string>()
  for (let nth = 0; nth < 2_000; nth++)
    for (const seal of seals)
      nonces.add(Buffer.from(seal.seal('fact 1', 'the same words').subarray(0, 12)).toString('hex'))
  expect(nonces.size).toBe(4_000)
})
