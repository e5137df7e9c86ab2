// The JSON of settled turns' messages is made once. What is sent is what JSON.stringify() makes of the whole list, byte for byte.
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { buildRequest, emptyView, type Fact, step, writtenMessages } from '../../src/journal/index.ts'
import type { Message } from '../../src/journal/content.ts'
import { created, opened, replied, settled, steppedThrough, target, text } from './fixtures.ts'
import { program } from './programs.ts'
import { runs } from '../runs.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The JSON of a list, put together from its two parts; `null` where there are none. */
function joined(messages: readonly Message[]): string | null {
  const parts = writtenMessages(messages)
  return parts && `[${parts.map((bytes) => decoder.decode(bytes)).join('')}]`
}

function expectJson(messages: readonly Message[]): void {
  const json = JSON.stringify(messages)
  expect(joined(messages) ?? json).toBe(json)
}

type Facts = readonly [Fact, ...Fact[]]

const asked = (nth: number): Fact => opened(`n${nth}`, nth === 0 ? null : `n${nth - 1}`)

const turn = (nth: number, said: string): Facts => [asked(nth), replied(`n${nth}`, [text(said)]), settled(`n${nth}`)]

/** The next question is joined to this one. */
const unanswered = (nth: number): Facts => [asked(nth), settled(`n${nth}`, 'stopped')]

describe('the messages of a request, as bytes', () => {
  it('are the JSON of the list, whenever they are asked for and whatever was asked for before', () => {
    const said = fc.constantFrom('Yes.', '\ud83d\ude00', '\ud83d', 'é"\\\n\u2028', 'x'.repeat(5_000), 'é'.repeat(3_000))
    const talk = fc.array(fc.record({ said: fc.option(said), asks: fc.boolean() }), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(talk, (turns) => {
        let view = steppedThrough(created)
        const made = turns.map((each, nth) => {
          const [first, ...rest] = each.said === null ? unanswered(nth) : turn(nth, each.said)
          view = step(view, first)
          const { messages } = buildRequest(view, target)
          if (each.asks) expectJson(messages)
          for (const fact of rest) view = step(view, fact)
          return messages
        })
        for (const messages of made) expectJson(messages)
        // With an answer there is more than one message, so that something does not change any more.
        const isKnown = turns.slice(0, -1).some((each) => each.said !== null)
        expect(made.some((messages) => writtenMessages(messages) !== null)).toBe(isKnown)
      }),
      { numRuns: runs(60) },
    )
  })

  it('are the JSON of the list in any conversation', () => {
    fc.assert(
      fc.property(program, (facts) => {
        let view = emptyView
        for (const fact of facts) {
          view = step(view, fact)
          expectJson(buildRequest(view, target).messages)
        }
      }),
      { numRuns: runs(40) },
    )
  })

  it('are made for the new messages only, however many there are', () => {
    const written = (turns: number) => {
      const facts = Array.from({ length: turns }, (_, nth) => turn(nth, `Answer ${nth}`)).flat()
      const before = [created, ...facts, opened('next', `n${turns - 1}`)].reduce(step, emptyView)
      joined(buildRequest(before, target).messages)
      const view = [replied('next', [text('Yes.')]), settled('next'), opened('last', 'next')].reduce(step, before)
      const { messages } = buildRequest(view, target)
      const stringify = vi.spyOn(JSON, 'stringify')
      try {
        joined(messages)
        return stringify.mock.calls.length
      } finally {
        stringify.mockRestore()
      }
    }
    expect(written(200)).toBe(written(2))
  })

  it('are not known of a list that others made, nor of one without settled turns', () => {
    expect(writtenMessages([{ role: 'user', content: 'Hello.' }])).toBeNull()
    expect(writtenMessages(buildRequest(steppedThrough(created, opened('a', null)), target).messages)).toBeNull()
  })
})
