import { expect, it } from 'vitest'
import { besiege } from './siege/besiege.ts'

it('an app goes on while it is attacked from every side: its replies arrive, and its event loop turns', async () => {
  const siege = await besiege()
  try {
    const attacks = await siege.attackFor(8)
    const { replies, attacked } = await siege.fared()
    expect(attacks).toBeGreaterThan(4)
    // What its API answers is an attack, too, each time.
    expect(attacked).toBeGreaterThan(4)
    expect(replies).toBeGreaterThan(0)
    // And afterwards: nothing that came keeps it from the next reply.
    let later = 0
    while (later === 0) later = (await siege.fared()).replies
  } finally {
    siege.end()
  }
}, 60_000)
