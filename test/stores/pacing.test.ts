// Work that takes the processor is spread over turns of the event loop.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Pacing } from '../../src/stores/sql/pacing.ts'

/** Keeps the processor busy for longer than one turn of the event loop may take. */
function work(): void {
  const until = performance.now() + 5
  while (performance.now() < until);
}

describe('work that is paced', () => {
  it('lets the event loop turn after each long piece', async () => {
    const pacing = new Pacing()
    let left = 20
    const all = Array.from({ length: left }, () => pacing.run(work).finally(() => left--))
    const leftAfterTurns: number[] = []
    for (const each of all) {
      leftAfterTurns.push(left)
      await Promise.race([each, setImmediate()])
    }
    // No turn of the event loop did more than one or two of them.
    for (const [index, after] of leftAfterTurns.entries())
      expect((leftAfterTurns[index - 1] ?? 20) - after).toBeLessThanOrEqual(2)
    await Promise.all(all)
  })

  it('is done in the order in which it came, short pieces together', async () => {
    const pacing = new Pacing()
    const done: number[] = []
    await Promise.all(Array.from({ length: 100 }, (_, nth) => pacing.run(() => done.push(nth))))
    await pacing.run(() => done.push(100))
    expect(done).toEqual(Array.from({ length: 101 }, (_, nth) => nth))
  })

  it('that throws rejects its own promise and holds up nothing behind it', async () => {
    const pacing = new Pacing()
    const failing = pacing.run(() => {
      throw new Error('no key')
    })
    const next = pacing.run(() => 'sealed')
    await expect(failing).rejects.toThrow('no key')
    expect(await next).toBe('sealed')
  })
})
