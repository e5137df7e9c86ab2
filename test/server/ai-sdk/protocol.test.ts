import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { shownParts } from '../../../src/server/ai-sdk/index.ts'
import { reply } from '../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { endAll, served, servedByHand } from './served.ts'

afterEach(endAll)

const body = (...texts: readonly string[]) =>
  JSON.stringify({
    id: 'c1',
    trigger: 'submit-message',
    messages: texts.map((said, index) => ({ id: `m${index}`, role: 'user', parts: [{ type: 'text', text: said }] })),
  })

const post = (url: string, sent: string): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: sent })

/** The chunks of a stream. */
const chunksOf = (stream: string): readonly { readonly type: string }[] =>
  stream
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)) as { type: string })

describe('the stream', () => {
  it('has the headers and the end of the protocol', async () => {
    const { api } = await served([reply('Hello.')])
    const response = await post(api, body('Hello'))
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    const stream = await response.text()
    expect(stream.endsWith('data: [DONE]\n\n')).toBe(true)
    const types = chunksOf(stream).map(({ type }) => type)
    expect(types.filter((type) => type !== 'text-delta')).toEqual([
      'start',
      'start-step',
      'text-start',
      'text-end',
      'finish-step',
      'finish',
    ])
  })

  it.each([
    ['?resetStep=1', {}],
    ['', { resetStep: true }],
  ])('resets the step of a refusal for clients that know how (%s)', async (query, routes) => {
    const { api, asked } = await servedByHand({
      routes,
      conversation: { onRefusal: { fallback: [{ model: 'claude-opus-5' }] } },
    })
    const response = await post(`${api}${query}`, body('Bad'))
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let read = ''
    const refused = await asked(1)
    refused.say('Secret story')
    while (!read.includes('Secret story')) read += (await reader.read()).value ?? ''
    refused.refuseAs('cyber')
    const answer = await asked(2)
    answer.answer('Fine.')
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) read += piece.value
    expect(
      chunksOf(read)
        .map(({ type }) => type)
        .join(' '),
    ).toBe(
      'start start-step text-start text-delta reset-step finish-step data-refusal start-step text-start text-delta text-end finish-step finish',
    )
  })

  it('gets a comment while nothing happens', async () => {
    const { api, asked } = await servedByHand({ routes: { heartbeat: 5 } })
    const response = await post(api, body('Hello'))
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let read = ''
    while (!read.includes(': keep-alive\n\n')) read += (await reader.read()).value ?? ''
    const answer = await asked(1)
    answer.answer('Hello.')
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) read += piece.value
    expect(chunksOf(read).at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
  })

  it.each([
    ['no JSON', '{'],
    ['no id', '{"messages":[]}'],
    ['no messages', '{"id":"c1"}'],
    ['an unknown trigger', '{"id":"c1","messages":[],"trigger":"x"}'],
    ['a system message', '{"id":"c1","messages":[{"role":"system","parts":[]}]}'],
    [
      'a file from elsewhere',
      '{"id":"c1","messages":[{"role":"user","parts":[{"type":"file","url":"file:///etc/passwd","mediaType":"text/plain"}]}]}',
    ],
    [
      'a damaged file',
      '{"id":"c1","messages":[{"role":"user","parts":[{"type":"file","url":"data:text/plain;base64,%%","mediaType":"text/plain"}]}]}',
    ],
  ])('is not begun for a body with %s', async (_, sent) => {
    const { api, rooms } = await served([])
    const response = await post(api, sent)
    expect(await response.json()).toMatchObject({ code: 'request-malformed' })
    expect(rooms.guests()).toBe(0)
  })
})

describe('whatever clients send', () => {
  const part = fc.oneof(
    fc.record({
      type: fc.constantFrom('text', 'file', 'data-x', 'step-start'),
      text: fc.jsonValue(),
      url: fc.jsonValue(),
    }),
    fc.record({
      type: fc.constant('tool-look'),
      toolCallId: fc.jsonValue(),
      state: fc.constantFrom('approval-responded', 'output-available', 'output-error', 'x'),
      approval: fc.jsonValue(),
    }),
    fc.jsonValue(),
  )
  const message = fc.record({
    id: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'm0', 'm0:assistant', 'x~1')),
    role: fc.constantFrom('user', 'assistant', 'system'),
    parts: fc.array(part, { maxLength: 3 }),
    metadata: fc.jsonValue(),
  })
  const request = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        id: fc.constantFrom('c1', 'c2', ''),
        messages: fc.array(message, { maxLength: 4 }),
        message,
        trigger: fc.constantFrom('submit-message', 'regenerate-message', 'x'),
        messageId: fc.constantFrom('m0', 'm0:assistant', 'x', ''),
      },
      { requiredKeys: ['id'] },
    ),
  )

  it('is answered, or is an error with a code', async () => {
    const { api, rooms } = await served([], { simulator: { script: () => reply('Hello.') } })
    await (await post(api, body('Hello'))).text()
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const response = await post(api, JSON.stringify(sent))
        const text = await response.text()
        if (response.status !== 200) expect(JSON.parse(text)).toMatchObject({ code: expect.any(String) })
        else expect(text).toMatch(/data: \[DONE\]\n\n$/)
      }),
      { numRuns: runs(150) },
    )
    expect(rooms.guests()).toBe(0)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('shownParts', () => {
  it('returns the same array where nothing was retracted', () => {
    const message = { parts: [{ type: 'step-start' }, { type: 'text', text: 'Hello' }] }
    expect(shownParts(message)).toBe(message.parts)
  })

  it('leaves out the steps before each retraction', () => {
    const step = (name: string) => [{ type: 'step-start' }, { type: 'text', text: name }]
    const retracted = (steps: number) => ({ type: 'data-retracted', data: { steps } })
    expect(shownParts({ parts: [...step('a'), ...step('b'), retracted(1), ...step('c')] })).toEqual([
      ...step('a'),
      ...step('c'),
    ])
    expect(shownParts({ parts: [...step('a'), ...step('b'), retracted(2), ...step('c')] })).toEqual(step('c'))
    expect(shownParts({ parts: [...step('a'), retracted(9)] })).toEqual([])
    const all = { type: 'data-retracted', data: { steps: 'all' } }
    expect(shownParts({ parts: [...step('a'), { type: 'data-refusal' }, all, ...step('b')] })).toEqual(step('b'))
  })
})
