import { describe, expect, it } from 'vitest'
import { Audience, type Show } from '../../../src/inspect/xstate-inspect/audience.ts'
import type { Viewer } from '../../../src/inspect/xstate-inspect/viewer.ts'
import { keeper } from '../fixtures.ts'

const wire = { joinsBy: 'join', goodbye: 'bye' }

/** Takes a millisecond or more. */
function work(): void {
  const end = performance.now() + 1
  while (performance.now() < end);
}

/** An audience of one conversation whose replay takes this many steps of a millisecond. */
function audienceOf(steps: number, at: (step: number) => void = () => {}) {
  const audience = new Audience(wire, { encode: (message) => message })
  const show: Show = {
    *joined(send) {
      for (let step = 0; step < steps; step++) {
        work()
        send({ type: 'old', step })
        at(step)
        yield
      }
    },
  }
  audience.enter(show)
  return audience
}

function viewerOf() {
  const { all, add, until } = keeper<{ readonly type: string; readonly step?: number }>()
  const viewer: Viewer = { post: (message) => add(message as { type: string }) }
  return { viewer, all, until }
}

describe('the replay for a late viewer', () => {
  it('is in order, followed by new events, and the process continues between its steps', async () => {
    let turns = 0
    const counting = setInterval(() => turns++, 1)
    const audience = audienceOf(60, (step) => {
      if (step === 20) audience.sendToAll({ type: 'new' })
    })
    const { viewer, all, until } = viewerOf()
    audience.heard(viewer, { type: 'join' })
    expect(all.length).toBeLessThan(60)
    await until(() => all.length === 61)
    clearInterval(counting)
    expect(all.map(({ type }) => type)).toEqual([...Array.from({ length: 60 }, () => 'old'), 'new'])
    expect(turns).toBeGreaterThan(3)
  })

  it('completes before the inspection ends, because the page may be gone before the next slice', () => {
    const audience = audienceOf(30)
    const { viewer, all } = viewerOf()
    audience.heard(viewer, { type: 'join' })
    audience.sendToAll({ type: 'new' })
    expect(all.length).toBeLessThan(30)
    audience.sayGoodbye()
    expect(all.map(({ type }) => type)).toEqual([...Array.from({ length: 30 }, () => 'old'), 'new', 'bye'])
  })

  it('is sent at once when it is short', () => {
    const audience = audienceOf(2)
    const { viewer, all } = viewerOf()
    audience.heard(viewer, { type: 'join' })
    audience.sendToAll({ type: 'new' })
    expect(all.map(({ type }) => type)).toEqual(['old', 'old', 'new'])
  })

  it('ends when its viewer disconnects, and starts from the beginning for the next one', async () => {
    let steps = 0
    const audience = audienceOf(60, () => steps++)
    const gone = viewerOf()
    audience.heard(gone.viewer, { type: 'join' })
    audience.gone(gone.viewer)
    const before = steps
    const { viewer, all, until } = viewerOf()
    audience.heard(viewer, { type: 'join' })
    await until(() => all.length === 60)
    expect(gone.all.length).toBe(before)
    expect(steps).toBe(before + 60)
  })

  it('continues with the next conversation when one cannot be shown', async () => {
    const audience = audienceOf(3, () => {
      throw new Error('no')
    })
    audience.enter({
      *joined(send) {
        yield send({ type: 'other' })
      },
    })
    const { viewer, all, until } = viewerOf()
    audience.heard(viewer, { type: 'join' })
    await until(() => all.some(({ type }) => type === 'other'))
    expect(all.map(({ type }) => type)).toEqual(['old', 'other'])
  })
})
