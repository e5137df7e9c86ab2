// Each check is tested with a chat that breaks just what it checks.
import { expect, it } from 'vitest'
import {
  hostileProblems,
  type HostileMessage,
  type HostileProgram,
  type HostileRule,
  playHostileProgram,
  tellingNotices,
} from '../../src/testing/index.ts'
import { bareChat, type Habit } from './bare-chat.ts'

const plain = (count: number): readonly HostileMessage[] => Array.from({ length: count }, () => ({}))

const programOf = (before: readonly HostileMessage[], rule: HostileRule): HostileProgram => ({
  messages: [...before, ...plain(9)],
  rejection: { rule, from: before.length, says: 'plain', status: 400 },
  fields: [],
})

const play = async (program: HostileProgram, habit?: Habit, knows = true) => {
  const rule = knows ? (program.rejection?.rule ?? null) : null
  const report = await playHostileProgram(program, (given) =>
    bareChat(given, { knows: rule, ...(habit ? { habit } : {}) }),
  )
  return { report, problems: hostileProblems(report) }
}

const image = programOf([{ brings: 'image' }, {}, {}, { calls: ['note'] }], { on: 'block', type: 'image' })
const input = programOf([{ calls: ['note'] }, {}, {}, {}], { on: 'marker', where: 'input', of: 0 })

it('finds nothing wrong with a chat that recovers as it should', async () => {
  expect((await play(image)).problems).toEqual([])
  expect((await play(input)).problems).toEqual([])
})

it('finds a conversation that does not recover', async () => {
  const { problems } = await play(image, undefined, false)
  expect(problems[0]).toBe('the conversation did not recover: message 4 was rejected, and 5, 6, 7 were not completed')
  expect(problems).toContain('message 8 ended as failed (400), 4 messages after the first failure')
})

it('finds a message that takes too many requests', async () => {
  const { problems } = await play(image, 'insists')
  expect(problems).toEqual([expect.stringMatching(/^message 4 took 8 requests: rejected, .*answered$/)])
})

it('finds a context that loses more than what is to blame', async () => {
  const { problems } = await play(image, 'forgets everything')
  expect(problems).toContain(
    'after 6 messages, message 10 leaves out 1, 2, 3, which are not to blame: at most 2 of those may be missing',
  )
})

it('finds a context that is far below a limit of bytes', async () => {
  const long = programOf(
    Array.from({ length: 7 }, () => ({ length: 4_000 })),
    { on: 'bytes', most: 20_000 },
  )
  expect((await play(long)).problems).toEqual([])
  expect((await play(long, 'forgets everything')).problems).toContainEqual(
    expect.stringMatching(/leaves out 0, 1, 2, 3, 4, 5, 6 and has \d+ of 20000 bytes: 3 of them would fit$/),
  )
})

it('finds a tool that runs again because its result was lost', async () => {
  const { problems } = await play(image, 'loses receipts')
  expect(problems).toContain('note ran 3 times for arg-3-0')
})

it('finds a missing turn whose tool call no request mentions', async () => {
  const { problems } = await play(input, 'leaves no trace')
  expect(problems).toEqual(['a request of message 4 does not say that note ran in message 0'])
})

it('finds a refused reply that is sent', async () => {
  const program = programOf([{ refuses: 'in mid-text' }, { brings: 'image' }], { on: 'block', type: 'image' })
  const { problems } = await play(program, 'keeps what was refused')
  expect(problems).toContain('a request of message 1 contains the refused reply to message 0')
  expect(problems).toContain('a request of message 1 contains message 0, which was refused')
})

it('finds a turn that leaves the context without an event', async () => {
  const { problems, report } = await play(input, 'says nothing')
  expect(problems).toEqual(['message 0 left the context at message 4, and no event announced it'])
  expect(report.messages.flatMap(({ told }) => told)).toEqual([])
  expect(tellingNotices).toContain('context.setAside')
})

it('finds a request that breaks the rules of the API', async () => {
  const { problems } = await play({ ...image, rejection: null, fields: ['thinking'] }, undefined)
  expect(problems).toEqual([])
  const broken = await playHostileProgram({ ...image, rejection: null }, (given) => {
    const chat = bareChat(given)
    return { ...chat, sendMessage: () => chat.sendMessage([{ type: 'text', text: '' }]) }
  })
  expect(hostileProblems(broken)).toContain(
    'the API rejects a request of message 0: messages: text content blocks must be non-empty',
  )
})
