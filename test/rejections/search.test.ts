import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fact, View } from '../../src/index.ts'
import { nextLeft, type Part, partsToTakeBack, step } from '../../src/journal/index.ts'
import { called, completed, created, opened, rejected, replied, setAside, turns, viewOf } from './fixtures.ts'

const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } }

describe('the request after a rejected one', () => {
  it('leaves out only the part that the API points at', () => {
    const view = viewOf(turns(4), opened('t5', 't4', 'x'), rejected('t5', { pointed: 'turn:t2' }))
    expect(nextLeft(view, 4)).toEqual(['turn:t2'])
  })

  it('leaves out the calls too if leaving out their results was not enough', () => {
    const view = viewOf(
      created,
      opened('t1', null, 'x'),
      called('t1', 'k1', 'look'),
      rejected('t1', { pointed: 'results:t1/2' }),
      setAside('t1', 'results:t1/2'),
      rejected('t1', { pointed: 'results:t1/2' }),
    )
    expect(nextLeft(view, 4)).toEqual(['results:t1/2', 'calls:t1/2'])
  })

  it('leaves out new parts before parts that were accepted before', () => {
    const view = viewOf(turns(3), opened('t4', 't3', [{ type: 'text', text: 'See?' }, picture]), rejected('t4'))
    expect(nextLeft(view, 4)).toEqual(['media:t4'])
  })

  it('sets the older half of the turns aside if nothing is new', () => {
    const view = viewOf(turns(4), opened('t5', 't4', 'x'), rejected('t5'))
    expect(nextLeft(view, 4)).toEqual(['turn:t1', 'turn:t2'])
  })

  it('carries as little as possible if it is the last one allowed', () => {
    const view = viewOf(turns(4), opened('t5', 't4', 'x'), rejected('t5'))
    expect(nextLeft(view, 1)).toEqual(['turn:t1', 'turn:t2', 'turn:t3', 'turn:t4'])
  })

  it.each(['system', 'tools'])(
    'sets no history aside after a change of %s, but does if the change is still there for the next message',
    (field) => {
      const changed = rejected('t3', { fields: { [field]: 'new' } })
      const accepted: Fact = { type: 'fields.accepted', turnId: 't1', model: 'm1', fields: { [field]: 'old' } }
      const before = [created, opened('t1', null, 'a'), accepted, replied('t1'), completed('t1')]
      const first = viewOf(before, opened('t3', 't1', 'x'), changed)
      expect(nextLeft(first, 4)).toBeNull()
      const failure = { code: 'request-invalid', message: 'no' } as const
      const left: Fact = { type: 'turn.settled', turnId: 't3', status: 'failed', kept: false, failure }
      const again = viewOf(before, opened('t3', 't1', 'x'), changed, left, opened('t4', 't1', 'y'), {
        ...changed,
        turnId: 't4',
      } as Fact)
      expect(nextLeft(again, 4)).toEqual(['turn:t1'])
    },
  )

  it('is not made if the API points at the user’s text', () => {
    expect(nextLeft(viewOf(turns(4), opened('t5', 't4', 'x'), rejected('t5', { pointed: 'input' })), 4)).toBeNull()
  })

  it('is not made if nothing more can be left out', () => {
    expect(nextLeft(viewOf(created, opened('t1', null, 'x'), rejected('t1')), 4)).toBeNull()
  })

  it('leaves out only the id of a container after an outage', () => {
    const lossless: Fact = {
      ...(rejected('t4') as Extract<Fact, { type: 'request.rejected' }>),
      lossless: true,
      container: 'box',
    }
    const view = viewOf(turns(3), opened('t4', 't3', 'x'), lossless)
    expect(nextLeft(view, 4)).toEqual(['container:box'])
    const after = viewOf(turns(3), opened('t4', 't3', 'x'), lossless, setAside('t4', 'container:box'), {
      ...lossless,
      container: undefined,
    } as unknown as Fact)
    expect(nextLeft(after, 3)).toBeNull()
  })
})

describe('a part that is the only suspect', () => {
  const alone = viewOf(
    turns(2),
    opened('t3', 't2', 'x'),
    rejected('t3'),
    setAside('t3', 'turn:t1'),
    replied('t3'),
    completed('t3'),
  )

  it('is carried once more with the next message, and is cleared when that is accepted', () => {
    expect([alone.rejections.groups, partsToTakeBack(alone)]).toEqual([[['turn:t1']], ['turn:t1']])
    const { view } = play(alone, new Set(), 't4')
    expect([view.rejections.setAside, view.rejections.groups]).toEqual([[], []])
  })

  it('stays out when it is rejected again', () => {
    const { view, requests } = play(alone, new Set<Part>(['turn:t1']), 't4')
    expect([requests, view.rejections.setAside, partsToTakeBack(view)]).toEqual([2, ['turn:t1'], []])
  })
})

/** An API that does not take a request that carries one of these parts. */
function play(
  view: View,
  guilty: ReadonlySet<Part>,
  turnId: string,
): { readonly view: View; readonly requests: number } {
  let now = step(view, opened(turnId, view.head, 'x'))
  const back = partsToTakeBack(now)
  if (back.length > 0) now = step(now, { type: 'context.takenBack', turnId, parts: back })
  for (let requests = 1; requests < 6; requests++) {
    const left = new Set(now.rejections.setAside)
    const carries = now.turns.some(({ id }) => guilty.has(`turn:${id}`) && !left.has(`turn:${id}`))
    if (!carries) {
      for (const fact of [replied(turnId), completed(turnId)]) now = step(now, fact)
      return { view: now, requests }
    }
    now = step(now, rejected(turnId))
    const next = nextLeft(now, 5 - requests)
    expect(next).not.toBeNull()
    const parts = next ?? []
    const taken = now.rejections.setAside.filter((part) => !parts.includes(part))
    if (taken.length > 0) now = step(now, { type: 'context.takenBack', turnId, parts: taken })
    now = step(now, { type: 'context.setAside', turnId, parts: parts.filter((part) => !left.has(part)) })
  }
  throw new Error('five requests were rejected')
}

describe('turns that the API no longer accepts', () => {
  it('are found: within six messages all but two of the other turns are back, and no message takes more than five requests', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.nat(), (count, at) => {
        const guilty = new Set<Part>([`turn:t${(at % count) + 1}`])
        let view = viewOf(turns(count))
        for (let message = 1; message <= 6; message++) {
          const played = play(view, guilty, `m${message}`)
          expect(played.requests).toBeLessThanOrEqual(5)
          view = played.view
        }
        const { setAside: left } = view.rejections
        expect(left.filter((part) => guilty.has(part))).toHaveLength(1)
        expect(left.length).toBeLessThanOrEqual(3)
      }),
    )
  })
})
