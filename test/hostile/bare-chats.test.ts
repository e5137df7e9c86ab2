// Tests of the property itself: a chat can satisfy it, and it finds what most chats do wrong.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  cameBackAfter,
  hostileProblems,
  type HostileProgram,
  type HostileReport,
  hostilePrograms,
  playHostileProgram,
} from '../../src/testing/index.ts'
import { hostileLimits } from '../../src/testing/hostile/problems/limits.ts'
import { isPlain } from '../../src/testing/hostile/program/own-content.ts'
import { bareChat } from './bare-chat.ts'
import { runs } from '../runs.ts'

const programs = hostilePrograms<fc.Arbitrary<HostileProgram>>(fc)
const often = { numRuns: runs(35), includeErrorInReport: true }

it('a rule rejects the first request that it applies to, or the first one to its model', async () => {
  const play = fc.asyncProperty(programs, async (program) => {
    const { rejection } = program
    const { messages } = await playHostileProgram(program, (given) => bareChat(given))
    const requests = messages[rejection?.from ?? 0]?.requests ?? []
    const first = requests.find(({ ended }) => ended !== 'refused')
    expect(first?.ended).toBe('rejected')
    expect(
      messages.slice(0, rejection?.from).flatMap((message) => message.requests.map(({ ended }) => ended)),
    ).not.toContain('rejected')
  })
  await fc.assert(play, often)
}, 60_000)

/** Whether enough messages follow the first failure to blame a chat: ones that the rule does not reject for what they bring themselves. */
const isLongEnough = ({ program, messages }: HostileReport): boolean => {
  const first = messages.findIndex(({ status }) => status !== 'completed')
  return messages.filter((_, at) => at > first && isPlain(program, at)).length >= hostileLimits.messages
}

it('a chat that always sends everything again never recovers', async () => {
  const play = fc.asyncProperty(programs, async (program) => {
    const report = await playHostileProgram(program, (given) => bareChat(given))
    fc.pre(isLongEnough(report))
    expect(cameBackAfter(report)).toBe('never')
    expect(hostileProblems(report)).not.toEqual([])
  })
  await fc.assert(play, often)
}, 60_000)

it('a chat that knows the rule has no problems', async () => {
  const play = fc.asyncProperty(programs, async (program) => {
    const rule = program.rejection?.rule ?? null
    const report = await playHostileProgram(program, (given) => bareChat(given, { knows: rule }))
    expect(hostileProblems(report)).toEqual([])
    expect(cameBackAfter(report)).toBe(0)
  })
  await fc.assert(play, often)
}, 60_000)
