// Work that takes the processor is spread over turns of the event loop.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inPortions, Pacing } from '../../src/stores/sql/pacing.ts'

/** Keeps the processor busy for longer than one turn of the event loop may take. */
function work(): void {
  const until = performance.now() + 5
  while (performance.now() < until);
}

/** How much is done in each turn of the event loop, until all of it is. */
async function donePerTurn(all: number, done: () => number): Promise<readonly number[]> {
  const perTurn: number[] = []
  for (let before = 0; before < all;) {
    await setImmediate()
    perTurn.push(done() - before)
    before = done()
  }
  return perTurn
}

describe('pieces of work that are paced', () => {
  it('let the event loop turn after each long one', async () => {
    const pacing = new Pacing()
    let done = 0
    for (let nth = 0; nth < 20; nth++)
      pacing.add(() => {
        work()
        done++
      })
    expect(Math.max(...(await donePerTurn(20, () => done)))).toBeLessThanOrEqual(2)
  })

  it('let it turn when what each sets off in microtasks takes long', async () => {
    const pacing = new Pacing()
    let done = 0
    for (let nth = 0; nth < 20; nth++)
      pacing.add(() =>
        queueMicrotask(() => {
          work()
          done++
        }),
      )
    expect(Math.max(...(await donePerTurn(20, () => done)))).toBeLessThanOrEqual(2)
  })

  it('are done in the order in which they were added, the first one at once', async () => {
    const pacing = new Pacing()
    const done: number[] = []
    for (let nth = 0; nth < 100; nth++) pacing.add(() => done.push(nth))
    expect(done).toEqual([0])
    await donePerTurn(100, () => done.length)
    pacing.add(() => done.push(100))
    await donePerTurn(101, () => done.length)
    expect(done).toEqual(Array.from({ length: 101 }, (_, nth) => nth))
  })
})

describe('a list that is mapped in portions', () => {
  it('keeps its order, whatever its length', async () => {
    for (const length of [0, 1, 16, 17, 1_000]) {
      const items = Array.from({ length }, (_, nth) => nth)
      expect(await inPortions(items, (item) => item * 2)).toEqual(items.map((item) => item * 2))
    }
  })

  it('lets the event loop turn when mapping it takes long', async () => {
    let done = 0
    const mapped = inPortions(Array.from({ length: 64 }), () => {
      if (done % 16 === 0) work()
      done++
    })
    expect(Math.max(...(await donePerTurn(64, () => done)))).toBeLessThanOrEqual(32)
    await mapped
  })

  it('rejects with what the mapping throws', async () => {
    const mapped = inPortions([1], () => {
      throw new Error('no key')
    })
    await expect(mapped).rejects.toThrow('no key')
  })
})
