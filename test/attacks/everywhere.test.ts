// A source puts a secret into each place for a text, one after the other: observers without includeText must not see it.
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { observe, type SourceEvent, TurnstateError } from '../../src/index.ts'
import { logRecords, xstateInspect } from '../../src/inspect/index.ts'
import { start } from '../conversation/start.ts'

const secret = 'the code is tulip'

const usage = {
  inputTokens: 3,
  outputTokens: 1,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  toolRequests: { web_search: 1 },
}

/** A reply with a value in every field of the port. */
const whole: readonly SourceEvent[] = [
  { type: 'opened', requestId: 'req_1' },
  {
    type: 'message.started',
    id: 'msg_1',
    model: 'm1',
    usage,
    terms: { serviceTier: 'standard', speed: 'fast', inferenceGeo: 'us' },
    container: 'container_1',
    containerExpiresAt: '2026-11-29T00:00:00Z',
    appliedEdits: [{ type: 'clear_tool_uses', cleared: 1, of: 'x' }],
    inputTransformations: [{ type: 'dropped', path: 'messages.1', reason: 'unsigned' }],
  },
  { type: 'block.started', index: 0, block: { type: 'thinking', thinking: 'x', signature: 'sig' } },
  { type: 'block.fields', index: 0, fields: { signature: 'sig', of_tomorrow: 'x' } },
  { type: 'block.stopped', index: 0 },
  { type: 'block.started', index: 1, block: { type: 'text', text: 'x', citations: [] } },
  { type: 'block.delta', index: 1, kind: 'text', text: 'x' },
  { type: 'block.citation', index: 1, citation: { type: 'char_location', cited_text: 'x', document_title: 'x' } },
  { type: 'block.stopped', index: 1 },
  {
    type: 'block.started',
    index: 2,
    block: {
      type: 'server_tool_use',
      id: 'srvtoolu_1',
      name: 'web_search',
      input: { query: 'x' },
      caller: { type: 'code_execution', tool_id: 'srvtoolu_0' },
    },
  },
  { type: 'block.stopped', index: 2 },
  {
    type: 'block.started',
    index: 3,
    block: {
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: [{ type: 'web_search_result', url: 'x', title: 'x', encrypted_content: 'x' }],
    },
  },
  { type: 'block.stopped', index: 3 },
  {
    type: 'block.started',
    index: 4,
    block: {
      type: 'fallback',
      from: { model: 'm1' },
      to: { model: 'm2' },
      trigger: { type: 'refusal', category: 'cyber' },
    },
  },
  { type: 'block.stopped', index: 4 },
  { type: 'block.started', index: 5, block: { type: 'of_tomorrow', words: 'x', list: ['x'], deep: { x: 'x' } } },
  { type: 'block.stopped', index: 5 },
  { type: 'block.started', index: 6, block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: { a: 'x' } } },
  { type: 'block.stopped', index: 6 },
  { type: 'unknown', event: { type: 'of_tomorrow', x: 'x' } },
  { type: 'ping' },
  {
    type: 'message.delta',
    stopReason: 'end_turn',
    stopSequence: 'x',
    iterations: [{ type: 'message', model: 'm1', usage }],
    fallbackCredit: { type: 'none', x: 'x' },
    usage,
  },
  { type: 'message.stopped' },
]

/** The same reply, ended by a refusal and by failures. */
const endings: Readonly<Record<string, SourceEvent>> = {
  'a refusal': {
    type: 'message.delta',
    stopReason: 'refusal',
    category: 'cyber',
    explanation: 'x',
    creditToken: 'x',
    recommendedModel: 'm2',
    usage,
  },
}

/** Copies of a value, each with the secret in place of one text, or of one field name that is not the port's. */
function* planted(value: unknown, place: string): Generator<readonly [place: string, value: unknown]> {
  if (typeof value === 'string') yield [place, secret]
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    for (const [at, changed] of planted(inner, `${place}.${name}`))
      yield [at, Array.isArray(value) ? value.with(Number(name), changed) : { ...value, [name]: changed }]
    if (!Array.isArray(value) && place.includes('.')) yield [`${place}.(a name)`, { ...value, [secret]: inner }]
  }
}

/** Everything that observers without includeText get of a conversation with this reply. */
async function seenOf(events: readonly unknown[]): Promise<string> {
  const logged: unknown[] = []
  const log = (...entry: unknown[]) => void logged.push(...entry)
  const logger = { debug: log, info: log, warn: log, error: log }
  const sent: string[] = []
  const socket = Object.assign(new EventEmitter(), { send: (data: string) => void sent.push(data) })
  const talk = start({ inspect: logRecords(logger), retry: { maxAttempts: 1 } })
  xstateInspect(talk.chat, { server: Object.assign(new EventEmitter(), { clients: [socket] }) })
  socket.emit('message', Buffer.from('{"type":"xstate.inspecting"}'), false)
  const observation = observe(talk.chat)
  const { turn, reply } = await talk.ask('Hello')
  reply.push(...(events as readonly SourceEvent[]))
  reply.end()
  await turn
  await talk.chat.close()
  return JSON.stringify([observation.records, logged, sent])
}

const replies = [
  ['a reply', whole] as const,
  ...Object.entries(endings).map(([name, ending]) => [name, [...whole.slice(0, 5), ending]] as const),
]

describe.each(replies)('a secret of a source in %s', (_, reply) => {
  const all = [...planted(reply, '')]

  it.each(all)('is not shown without text: %s', async (place, events) => {
    expect(place).not.toBe('')
    expect(await seenOf(events as readonly unknown[])).not.toMatch(/tulip/)
  })
})

it('a secret is shown with includeText, so it was there to be hidden', async () => {
  const talk = start()
  const observation = observe(talk.chat, { includeText: true })
  await talk.exchange('Hello', secret)
  expect(JSON.stringify(observation.records)).toContain(secret)
})

describe('a secret in an error of a source', () => {
  const thrown: readonly (readonly [string, unknown])[] = [
    ['an error', new Error(secret)],
    ['a text', secret],
    ['an error whose name is a secret', Object.assign(new Error('x'), { name: secret })],
    ['an error of turnstate', new TurnstateError('overloaded', secret)],
    [
      'one with details',
      new TurnstateError('request-invalid', secret, { requestId: secret, pointer: secret, quote: secret }),
    ],
    ['one of another copy, of another release', Object.assign(new TurnstateError('aborted', secret), { code: secret })],
    [
      'one with details that no release knows',
      Object.assign(new TurnstateError('api-error', 'x'), { details: { notes: secret } }),
    ],
  ]

  it.each(thrown)('is not shown without text: %s', async (_, error) => {
    expect(await seenOf([whole[1], { type: 'failed', error }])).not.toMatch(/tulip/)
  })
})
