// What the settled turns contribute to requests is kept, and grows. Whoever asks for a request gets what all turns together give.
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { buildRequest, emptyView, type Fact, type RequestTarget, step, type View } from '../../src/journal/index.ts'
import {
  answered,
  cached,
  call,
  created,
  opened,
  otherModel,
  replied,
  result,
  search,
  settled,
  steppedThrough,
  target,
  text,
  thinking,
} from './fixtures.ts'
import { program } from './programs.ts'
import { runs } from '../runs.ts'

/** Turns that are not frozen, of which nothing is kept. */
const fresh = (view: View): View => structuredClone(view)

const targets: readonly RequestTarget[] = [
  target,
  { ...target, model: otherModel },
  { ...target, promptHash: 'other' },
  { ...target, cacheBreakpoints: 3 },
  { ...target, systemMessages: false },
]

/** The facts of a conversation, and for each which targets a request is then made for. */
const asked = program.chain((facts) =>
  fc.record({
    facts: fc.constant(facts),
    asking: fc.array(fc.subarray([0, 0, 1, 2, 3, 4]), { minLength: facts.length, maxLength: facts.length }),
    heads: fc.array(fc.nat(), { minLength: facts.length, maxLength: facts.length }),
  }),
)

/** The view between turns; with head on another turn; and with that turn left out in one of three ways. */
function variants(view: View, nth: number): readonly View[] {
  const between = { ...view, open: null }
  const turn = view.turns[nth % Math.max(1, view.turns.length)]
  if (!turn) return [between]
  const { id } = turn
  const others = [
    between,
    { ...between, head: id },
    { ...view, sameWords: [...view.sameWords, id] },
    { ...view, rejections: { ...view.rejections, setAside: [...view.rejections.setAside, `turn:${id}` as const] } },
    { ...view, strippedThinking: { ...view.strippedThinking, [id]: 1 } },
  ]
  return others.flatMap((other) => [other, view])
}

const many = (count: number, turn: (nth: number) => readonly Fact[]) =>
  Array.from({ length: count }, (_, nth) => turn(nth))

function openedNth(nth: number, more?: Parameters<typeof opened>[2]): Fact {
  return opened(`n${nth}`, nth === 0 ? null : `n${nth - 1}`, more)
}

function plainTurn(nth: number): readonly Fact[] {
  return [openedNth(nth), replied(`n${nth}`, [text(`Answer ${nth}`)]), settled(`n${nth}`)]
}

function turnWithCall(nth: number): readonly Fact[] {
  return [openedNth(nth), replied(`n${nth}`, [call(`call_${nth}`)]), settled(`n${nth}`)]
}

function turnWithThinking(nth: number): readonly Fact[] {
  return [openedNth(nth), replied(`n${nth}`, [thinking('So.'), text(`Answer ${nth}`)]), settled(`n${nth}`)]
}

function markedTurn(nth: number): readonly Fact[] {
  const input = [text(`Question ${nth}`, cached)]
  return [openedNth(nth, { input }), replied(`n${nth}`, [text(`Answer ${nth}`)]), settled(`n${nth}`)]
}

/** The use of a server tool never gets its result, and the thinking of the next reply follows it. */
function turnThatLosesATool(nth: number): readonly Fact[] {
  const [id, use] = [`n${nth}`, search('1')]
  return [
    openedNth(nth),
    replied(id, [use, call('look_1')]),
    answered(id, result('look_1')),
    replied(id, [thinking('So.'), text('There.')]),
    settled(id),
  ]
}

describe('the request of a conversation that grows', () => {
  it('equals what all of its turns together give, whoever asked before, for whichever model and branch', () => {
    fc.assert(
      fc.property(asked, ({ facts, asking, heads }) => {
        let view = emptyView
        for (const [at, fact] of facts.entries()) {
          view = step(view, fact)
          for (const which of asking[at] ?? []) {
            const to = targets[which] ?? target
            for (const each of [view, ...variants(view, heads[at] ?? 0)])
              expect(buildRequest(each, to)).toEqual(buildRequest(fresh(each), to))
          }
        }
      }),
      { numRuns: runs(60) },
    )
  })

  it('leaves the requests that were made before as they were', () => {
    fc.assert(
      fc.property(program, (facts) => {
        let view = emptyView
        const made = facts.map((fact) => {
          view = step(view, fact)
          const request = buildRequest(view, target)
          return { request, was: structuredClone(request) }
        })
        for (const { request, was } of made) expect(request).toEqual(was)
      }),
      { numRuns: runs(30) },
    )
  })

  it.each([
    ['has more and more cache breakpoints', many(9, markedTurn)],
    ['has questions without answers', many(5, (nth) => [openedNth(nth), settled(`n${nth}`, 'stopped')])],
    ['has thinking until it loses what its thinking follows', [...many(3, turnWithThinking), turnThatLosesATool(3)]],
  ])('equals what all of its turns together give, and stays as it is, when the conversation %s', (_, turns) => {
    let view = steppedThrough(created)
    const made = turns.flat().flatMap((fact, nth) => {
      view = step(view, fact)
      return (nth % 3 === 2 ? [3, 0] : [0, 0]).map((cacheBreakpoints) => {
        const to = { ...target, cacheBreakpoints }
        const [request, expected] = [buildRequest(view, to), buildRequest(fresh(view), to)]
        expect(request, JSON.stringify(fact)).toEqual(expected)
        return { request, expected }
      })
    })
    for (const { request, expected } of made) expect(request).toEqual(expected)
  })

  it.each([
    ['with nothing special about it', plainTurn],
    ['with calls in each turn', turnWithCall],
    ['with thinking in each turn', turnWithThinking],
  ])('looks at no more turns when it is long: a conversation %s', (_, turn) => {
    const lookups = (turns: number) => {
      const before = steppedThrough(created, ...many(turns, turn).flat())
      buildRequest(before, target)
      const view = [...turn(turns), opened(`n${turns + 1}`, `n${turns}`)].reduce(step, before)
      const looks = vi.spyOn(WeakMap.prototype, 'get')
      try {
        buildRequest(view, target)
        return looks.mock.calls.length
      } finally {
        looks.mockRestore()
      }
    }
    expect(lookups(200)).toBe(lookups(2))
  })
})
