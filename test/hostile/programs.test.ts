import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type HostileProgram, hostilePrograms, hostileProblems, playHostileProgram } from '../../src/testing/index.ts'
import { bareChat } from './bare-chat.ts'

const programs = hostilePrograms<fc.Arbitrary<HostileProgram>>(fc)
const drawn = fc.sample(programs, { numRuns: 1_000, seed: 20_261_122 })

it('a program is plain JSON', () => {
  expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn)
})

it('all kinds of rules are drawn, with all statuses and both kinds of messages', () => {
  const rules = drawn.flatMap(({ rejection }) => (rejection ? [rejection] : []))
  const kinds = new Set(rules.map(({ rule }) => rule.on))
  expect([...kinds].toSorted()).toEqual(
    ['block', 'bytes', 'container', 'field', 'file', 'id', 'marker', 'modelAndField', 'thinking'].toSorted(),
  )
  expect(new Set(rules.map(({ status }) => status))).toEqual(new Set([400, 404, 413, 500]))
  expect(new Set(rules.map(({ says }) => says))).toEqual(new Set(['plain', 'pointing']))
  expect(rules.filter(({ status, rule }) => status === 500 && rule.on !== 'container')).toEqual([])
})

it('enough messages follow the first rejection to see whether the conversation fails again', () => {
  for (const { messages, rejection } of drawn) {
    expect(rejection?.from).toBeGreaterThan(0)
    expect(messages.length - (rejection?.from ?? 0)).toBeGreaterThanOrEqual(8)
  }
})

it('a counterexample shrinks to few simple messages', async () => {
  const never = fc.asyncProperty(programs, async (program) => {
    const report = await playHostileProgram(program, (given) => bareChat(given))
    if (program.rejection?.rule.on === 'thinking') expect(hostileProblems(report)).toEqual([])
  })
  const { counterexample } = await fc.check(never, { seed: 20_261_122, numRuns: 200 })
  expect(counterexample?.[0]).toEqual({
    messages: [{ thinks: true }, ...Array.from({ length: 8 }, () => ({}))],
    rejection: { rule: { on: 'thinking' }, from: 1, says: 'plain', status: 400 },
    fields: [],
  })
}, 60_000)
