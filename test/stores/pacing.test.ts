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
    let isDone = false
    let turns = 0
    const all = Promise.all(Array.from({ length: 20 }, () => pacing.run(work))).then(() => (isDone = true))
    while (!isDone) {
      await setImmediate()
      turns++
    }
    await all
    expect(turns).toBeGreaterThanOrEqual(20)
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
