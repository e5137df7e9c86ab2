import Anthropic from '@anthropic-ai/sdk'
import { expect, it } from 'vitest'
import {
  type HostileApi,
  hostileApi,
  hostileProblems,
  type HostileProgram,
  playHostileProgram,
  startHostileServer,
} from '../../src/testing/index.ts'
import { bareChat } from './bare-chat.ts'
import { setUp } from './set-up.ts'

const program: HostileProgram = {
  messages: [
    { brings: 'image', thinks: true },
    { calls: ['picture', 'imagined'], thinks: true },
    { refuses: 'in mid-text' },
    { runsCode: true },
    { brings: 'file' },
    {},
  ],
  rejection: { rule: { on: 'container' }, from: 4, says: 'pointing', status: 404 },
  fields: ['metadata'],
}

const clientOf = ({ url, fetch }: HostileApi) => new Anthropic({ apiKey: 'any', baseURL: url, fetch, maxRetries: 0 })

const message = (content: string) => ({
  model: 'claude-opus-5-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content }],
})

/** The result of a program, without what differs in each run. */
const account = ({ requests }: HostileApi) =>
  requests.map(({ message: number, ended, status, said, place }) => [number, ended, status, said, place])

it('answers as a stream and in one piece, and records each request', async () => {
  const api = hostileApi(program)
  const client = clientOf(api)
  const streamed = await client.messages.stream(message('Hello')).finalMessage()
  const whole = await client.messages.create(message('Hello'))
  expect(streamed.content).toEqual(whole.content)
  expect(whole.content).toMatchObject([{ type: 'thinking' }, { type: 'text', text: 'Answer out-0-.' }])
  expect(account(api)).toEqual([
    [0, 'answered', 200, undefined, undefined],
    [0, 'answered', 200, undefined, undefined],
  ])
})

it('rejects requests from the given message on, in the API’s style', async () => {
  const api = hostileApi(program)
  const client = clientOf(api)
  const ask = () => client.messages.create({ ...message('Hello'), container: 'container_3' })
  api.begin(3)
  expect((await ask()).container?.id).toBe('container_3')
  api.begin(4)
  await expect(ask()).rejects.toMatchObject({
    status: 404,
    error: { error: { type: 'not_found_error', message: 'container: container_3 has expired' } },
  })
  expect(api.requests.at(-1)).toMatchObject({ message: 4, ended: 'rejected', place: 'container' })
})

it('checks the API’s own rules before the program’s rule', async () => {
  const api = hostileApi(program)
  api.begin(4)
  const bad = clientOf(api).messages.create({ ...message(''), container: 'container_3' })
  await expect(bad).rejects.toMatchObject({ status: 400 })
  expect(api.requests).toMatchObject([{ ended: 'objected', said: expect.stringContaining('non-empty content') }])
})

it('refuses in the middle of a text, and only on the first model', async () => {
  const api = hostileApi(program)
  api.begin(2)
  const refused = await clientOf(api).messages.create(message('Hello'))
  expect(refused.stop_reason).toBe('refusal')
  expect(JSON.stringify(refused.content)).toContain('refused-2-')
  const other = await clientOf(api).messages.create({ ...message('Hello'), model: 'claude-opus-5' })
  expect(other.stop_reason).toBe('end_turn')
})

it('repeats a call that the request does not show, unless a text mentions it', async () => {
  const api = hostileApi({ ...program, messages: [{ calls: ['note'] }] })
  const ask = async (...texts: readonly string[]) => {
    const content = texts.map((text) => ({ type: 'text' as const, text }))
    const { content: said } = await clientOf(api).messages.create({
      ...message(''),
      messages: [{ role: 'user', content }],
    })
    return said.map((block) => (block.type === 'tool_use' ? [block.name, block.id, block.input] : block.type))
  }
  const input = { text: 'arg-0-0', picture: false }
  expect(await ask('Message in-0-.')).toEqual([['note', 'toolu_hostile_0_0', input]])
  expect(await ask('Message in-0-.')).toEqual([['note', 'toolu_hostile_0_0_again1', input]])
  expect(await ask('Message in-0-.', 'You used note.')).toEqual(['text'])
})

it('answers 404 and 405 to other paths and methods', async () => {
  const { fetch, url } = hostileApi(program)
  expect((await fetch(`${url}/v1/models`)).status).toBe(404)
  expect((await fetch(`${url}/v1/messages`)).status).toBe(405)
  expect((await fetch(`${url}/v1/messages`, { method: 'POST', body: '[]' })).status).toBe(400)
})

it('honours a signal', async () => {
  const { fetch, url } = hostileApi(program)
  await expect(fetch(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
})

it('a program has the same result over HTTP as in the process', async () => {
  const inProcess = hostileApi(program)
  const server = await startHostileServer(program)
  try {
    const knows = program.rejection?.rule ?? null
    const reports = [
      await playHostileProgram(program, (given) => bareChat(given, { knows }), inProcess),
      await playHostileProgram(program, (given) => bareChat(given, { knows }), server),
    ]
    expect(reports.map((report) => hostileProblems(report))).toEqual([[], []])
    expect(account(server)).toEqual(account(inProcess))
  } finally {
    await server.close()
  }
})

it('turnstate plays a program over HTTP, too', async () => {
  const calm = { ...program, rejection: null }
  const server = await startHostileServer(calm)
  try {
    const report = await playHostileProgram(calm, setUp, server)
    expect(report.messages.map(({ status }) => status)).toEqual([
      'completed',
      'completed',
      'refused',
      'completed',
      'completed',
      'completed',
    ])
    expect(hostileProblems(report)).toEqual([])
    expect([...report.runs]).toEqual([['arg-1-0', 1]])
  } finally {
    await server.close()
  }
})
