import { expect, it } from 'vitest'
import { besiege } from './siege/besiege.ts'

it('an app keeps working while every surface is attacked: its replies arrive, and its event loop is not blocked', async () => {
  const siege = await besiege()
  try {
    const attacks = await siege.attackFor(8)
    const { replies, attacked } = await siege.fared()
    expect(attacks).toBeGreaterThan(4)
    // Each answer of its API is an attack too.
    expect(attacked).toBeGreaterThan(4)
    expect(replies).toBeGreaterThan(0)
    // Afterwards nothing that it received keeps it from the next reply.
    let later = 0
    while (later === 0) later = (await siege.fared()).replies
  } finally {
    siege.end()
  }
}, 60_000)
