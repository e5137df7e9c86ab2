import { SimulatedClock } from 'xstate'
import { expect, it, vi } from 'vitest'
import { framesOf } from '../src/frames.ts'

const gatherer = (over: () => void) => ({ frameOver: over })

it('All that gathers for frames of one length shares one timer, which is set by the first of them', () => {
  const clock = new SimulatedClock()
  const set = vi.spyOn(clock, 'setTimeout')
  const over: string[] = []
  for (let nth = 0; nth < 1000; nth++) framesOf(33, clock).join(gatherer(() => void over.push('first')))
  clock.increment(20)
  framesOf(33, clock).join(gatherer(() => void over.push('last')))
  expect(set).toHaveBeenCalledTimes(1)
  clock.increment(12)
  expect(over).toEqual([])
  clock.increment(1)
  expect(over).toHaveLength(1001)
  expect(over.at(-1)).toBe('last')
})

it('Whoever joins when a frame ends waits for the end of the next one', () => {
  const clock = new SimulatedClock()
  let count = 0
  const again = gatherer(() => {
    count++
    if (count < 3) framesOf(33, clock).join(again)
  })
  framesOf(33, clock).join(again)
  clock.increment(33)
  expect(count).toBe(1)
  clock.increment(32)
  expect(count).toBe(1)
  clock.increment(1)
  expect(count).toBe(2)
  clock.increment(33)
  expect(count).toBe(3)
})

it('One that fails takes the frame from none of the others, and its error is not swallowed', async () => {
  const clock = new SimulatedClock()
  const fault = new Error('broken')
  const others = vi.fn()
  const uncaught = new Promise((resolve) => {
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => {
      for (const listener of before) process.on('uncaughtException', listener)
      resolve(error)
    })
  })
  framesOf(33, clock).join(
    gatherer(() => {
      throw fault
    }),
  )
  framesOf(33, clock).join(gatherer(others))
  clock.increment(33)
  expect(others).toHaveBeenCalledTimes(1)
  expect(await uncaught).toBe(fault)
})
