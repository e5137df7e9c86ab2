import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/testing/index.ts'
import { errorOf, request, send, simulate } from './http.ts'
import { runs } from '../runs.ts'

const user = (content: unknown): JsonObject => ({ role: 'user', content })
const assistant = (content: unknown): JsonObject => ({ role: 'assistant', content })
const words = (said: string, more = {}): JsonObject => ({ type: 'text', text: said, ...more })
const base64 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64')

const gif = base64('GIF89a')
const png = base64('\x89PNG\r\n\x1a\n')
const image = (media_type: string, data: string): JsonObject => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
})
const pdf = (data: string, media_type = 'application/pdf'): JsonObject => ({
  type: 'document',
  source: { type: 'base64', media_type, data },
})

/** A call and its result, each with the changes of a test. */
const loop = (use: JsonObject = {}, result: JsonObject = {}): readonly JsonObject[] => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {}, ...use }
  return [
    user('Look'),
    assistant([call]),
    user([{ type: 'tool_result', tool_use_id: call.id, content: 'ok', ...result }]),
  ]
}

const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }
const searched = (use: JsonObject = {}, result: JsonObject = {}): readonly JsonObject[] => [
  user('Search'),
  assistant([{ ...search, ...use }, { ...found, ...result }, words('Found.')]),
  user('Thanks'),
]

const marked = { cache_control: { type: 'ephemeral' } }
const five = (make: (at: number) => JsonObject): readonly JsonObject[] => Array.from({ length: 5 }, (_, at) => make(at))

const answerTo = async (change: JsonObject) => errorOf(await send(await simulate(), request(change)))

describe('half of a surrogate pair is invalid JSON', () => {
  it.each<[string, string, string, number]>([
    ['a high one at the end', '\\ud83d', 'no low surrogate in string', 6],
    ['a high one before text', '\\uD83Dx', 'no low surrogate in string', 6],
    ['a high one before another escape', '\\ud83d\\n', 'no low surrogate in string', 6],
    ['a high one before no surrogate', '\\ud83d\\u0041', 'invalid low surrogate in string', 6],
    ['a low one', '\\ude00', 'invalid high surrogate in string', 0],
    ['a high one after a backslash', '\\\\\\ud83d', 'no low surrogate in string', 8],
  ])('%s', async (_, escaped, what, offset) => {
    const body = JSON.stringify(request({ metadata: { user_id: 'HERE' } })).replace('HERE', escaped)
    const at = body.indexOf(escaped) + offset
    expect(await errorOf(await send(await simulate(), body))).toMatchObject({
      status: 400,
      error: {
        type: 'invalid_request_error',
        message: `The request body is not valid JSON: ${what}: line 1 column ${at + 1} (char ${at})`,
      },
    })
  })

  it('and the error names the line', async () => {
    const body = JSON.stringify(request({ system: '\ud83d' }), null, 1)
    const error = await errorOf(await send(await simulate(), body))
    const line = body.slice(0, body.indexOf('\\ud83d')).split('\n').length
    expect(error.error.message).toContain(`line ${line} column `)
  })

  const places: readonly ((text: string) => JsonObject)[] = [
    (text) => ({ messages: [user(`x${text}`)] }),
    (text) => ({ system: text }),
    (text) => ({ metadata: { user_id: text } }),
    (text) => ({ stop_sequences: [text] }),
    (text) => ({ messages: loop({ input: { deep: [{ [text]: 1 }] } }) }),
    (text) => ({ messages: loop({}, { content: [words(`x${text}`)] }) }),
    (text) => ({ tools: [{ name: 'look', description: text, input_schema: { type: 'object' } }] }),
  ]

  it('anywhere in the body; whole pairs, control characters and NUL are accepted', async () => {
    const simulator = await simulate()
    const unit = fc.constantFrom('\ud83d', '\ude00', 'a', '\\', '"', '\u0000', '\u0007', '\n', 'é')
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { maxLength: 6 }), fc.constantFrom(...places), async (units, place) => {
        const text = units.join('')
        const isWhole = Buffer.from(text).toString() === text
        expect((await send(simulator, request(place(text)))).status).toBe(isWhole ? 200 : 400)
      }),
      { numRuns: runs(35) },
    )
  })
})

describe('nesting', () => {
  const nested = (levels: number): string => {
    const empty = JSON.stringify(request({ messages: loop({ input: { a: 0 } }) }))
    // The input is five levels deep: body, messages, message, content, block.
    return empty.replace('{"a":0}', `${'{"a":'.repeat(levels - 5)}"]["${'}'.repeat(levels - 5)}`)
  }

  it('of 1024 levels is accepted', async () => {
    expect((await send(await simulate(), nested(1024))).status).toBe(200)
  })

  it.each([1025, 20_000])('of %i levels is a 400', async (levels) => {
    const error = await errorOf(await send(await simulate(), nested(levels)))
    expect(error).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } })
    expect(error.error.message).toContain('more than 1024 levels of nesting')
  })
})

const pattern = (place: string, source: string): string => `${place}: String should match pattern '${source}'`
const nameOf = (place: string): string => pattern(`${place}.name`, '^[a-zA-Z0-9_-]{1,128}$')
const idOf = (place: string): string => pattern(place, '^[a-zA-Z0-9_-]+$')
const serverIdOf = (place: string): string => pattern(place, '^srvtoolu_[a-zA-Z0-9_]+$')

describe('names and ids of calls', () => {
  it.each<[string, readonly JsonObject[], string]>([
    ['a name with a dot', loop({ name: 'files.read' }), nameOf('messages.1.content.0.tool_use')],
    ['a name with a space', loop({ name: 'read file' }), nameOf('messages.1.content.0.tool_use')],
    ['an empty name', loop({ name: '' }), nameOf('messages.1.content.0.tool_use')],
    ['a name of 129 characters', loop({ name: 'a'.repeat(129) }), nameOf('messages.1.content.0.tool_use')],
    ['an id with a pipe', loop({ id: 'call_1|fc_2' }), idOf('messages.1.content.0.tool_use.id')],
    ['an empty id', loop({ id: '' }), idOf('messages.1.content.0.tool_use.id')],
    [
      "a result's id with a colon",
      loop({}, { tool_use_id: 'call:1' }),
      idOf('messages.2.content.0.tool_result.tool_use_id'),
    ],
    [
      'a toolset with an invalid name',
      loop({ toolset_name: 'a b' }, { toolset_name: 'a b' }),
      pattern('messages.1.content.0.tool_use.toolset_name', '^[a-zA-Z0-9_-]{1,64}$'),
    ],
    [
      'a server call of another provider',
      searched({ id: 'call_1' }, { tool_use_id: 'call_1' }),
      serverIdOf('messages.1.content.0.server_tool_use.id'),
    ],
    [
      'a server id with a dash',
      searched({ id: 'srvtoolu_a-b' }, { tool_use_id: 'srvtoolu_a-b' }),
      serverIdOf('messages.1.content.0.server_tool_use.id'),
    ],
    [
      "a server result's id of another kind",
      searched({}, { tool_use_id: 'toolu_1' }),
      serverIdOf('messages.1.content.1.web_search_tool_result.tool_use_id'),
    ],
    [
      'a server tool that does not exist',
      searched({ name: 'web_browse' }),
      "messages.1.content.0.server_tool_use.name: Input should be 'advisor', 'web_search',",
    ],
    [
      'a caller of another kind of id',
      loop({ caller: { type: 'code_execution_20260120', tool_id: 'toolu_9' } }),
      serverIdOf('messages.1.content.0.tool_use.caller'),
    ],
  ])('%s is a 400', async (_, messages, message) => {
    const error = await answerTo({ messages })
    expect(error).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } })
    expect(error.error.message).toContain(message)
  })

  it('are accepted from other providers if their characters are valid', async () => {
    const messages = loop({ id: 'call-1_X', name: 'a'.repeat(128), caller: { type: 'direct' } })
    expect((await send(await simulate(), request({ messages }))).status).toBe(200)
  })
})

describe('pictures and documents', () => {
  const at = 'messages.0.content.0'
  const types = "Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"

  it.each<[string, JsonObject, string]>([
    ['an empty image', image('image/png', ''), `${at}.image.source.base64: image cannot be empty`],
    ['an image with invalid base64', image('image/png', '<gone>'), `${at}.image.source.base64: invalid base64 data`],
    ['an image without padding', image('image/png', 'aGk'), `${at}.image.source.base64: invalid base64 data`],
    ['bytes that are not an image', image('image/png', base64('hello')), 'Could not process image'],
    [
      'a PNG as JPEG',
      image('image/jpeg', png),
      `${at}.image.source.base64: The image was specified using the image/jpeg media type, but the image appears to be a image/png image`,
    ],
    ['an SVG', image('image/svg+xml', base64('<svg/>')), `${at}.image.source.base64.media_type: ${types}`],
    ['a JPG', image('image/jpg', png), `${at}.image.source.base64.media_type: ${types}`],
    [
      'an image without a media type',
      { type: 'image', source: { type: 'base64', data: png } },
      `${at}.image.source.base64.media_type: Field required`,
    ],
    [
      'an image from an unknown source',
      { type: 'image', source: { type: 'path', path: '/x' } },
      `${at}.image.source: Input tag 'path' found using 'type' does not match any of the expected tags: 'base64', 'file', 'url'`,
    ],
    ['an empty PDF', pdf(''), `${at}.document.source.base64: PDF cannot be empty`],
    ['a web page as PDF', pdf(base64('<html>')), `${at}.pdf.source.base64.data: The PDF specified was not valid.`],
    [
      'a document of another type',
      pdf(base64('PK'), 'application/zip'),
      `${at}.document.source.base64.media_type: Input should be 'application/pdf'`,
    ],
    [
      'a text with the media type of Markdown',
      { type: 'document', source: { type: 'text', media_type: 'text/markdown', data: '# x' } },
      `${at}.document.source.text.media_type: Input should be 'text/plain'`,
    ],
    [
      'an image inside a document',
      { type: 'document', source: { type: 'content', content: [image('image/png', gif)] } },
      `${at}.document.source.content.0.image.source.base64: The image was specified using the image/png media type`,
    ],
    [
      'a document inside a document',
      { type: 'document', source: { type: 'content', content: [pdf(base64('%PDF-1.7'))] } },
      `${at}.document.source.content.0: Input tag 'document' found using 'type'`,
    ],
  ])('%s is a 400', async (_, block, message) => {
    const error = await answerTo({ messages: [user([block, words('See?')])] })
    expect(error).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } })
    expect(error.error.message).toContain(message)
  })

  it.each<[string, readonly JsonObject[]]>([
    ['PNG', [image('image/png', png)]],
    ['GIF', [image('image/gif', gif)]],
    ['JPEG', [image('image/jpeg', base64('\xff\xd8\xff\xe0'))]],
    ['WebP', [image('image/webp', base64('RIFF\x10\0\0\0WEBPVP8 '))]],
    ['PDF', [pdf(base64('%PDF-1.7'))]],
    ['text', [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }]],
    ['content', [{ type: 'document', source: { type: 'content', content: 'x' } }]],
    ['files', ['image', 'document'].map((type) => ({ type, source: { type: 'file', file_id: 'file_1' } }))],
    ['URLs', ['image', 'document'].map((type) => ({ type, source: { type: 'url', url: 'https://x.invalid/' } }))],
  ])('are accepted: %s', async (_, blocks) => {
    expect((await send(await simulate(), request({ messages: [user(blocks)] }))).status).toBe(200)
  })

  it('are a 400 in the result of a failed call; texts are accepted', async () => {
    const failed = (...content: readonly JsonObject[]) => ({ messages: loop({}, { is_error: true, content }) })
    expect((await answerTo(failed(words('Gone.'), image('image/png', png)))).error.message).toBe(
      "messages.2.content.0.tool_result: all content must be type 'text' if 'is_error' is true",
    )
    expect((await send(await simulate(), request(failed(words('Gone.'))))).status).toBe(200)
  })
})

describe('a fifth cache breakpoint is a 400', () => {
  const document = (content: readonly JsonObject[], more = {}): JsonObject => ({
    type: 'document',
    source: { type: 'content', content },
    ...more,
  })
  const result = (content: readonly JsonObject[]): JsonObject => ({
    type: 'search_result',
    source: 'https://x.invalid/',
    title: 'x',
    content,
  })
  const tool = (more: JsonObject = {}): JsonObject => ({ name: 'look', input_schema: { type: 'object' }, ...more })

  it.each<[string, JsonObject]>([
    ['on texts', { messages: [user(five(() => words('x', marked)))] }],
    ['inside documents', { messages: [user(five(() => document([words('x', marked)])))] }],
    ['inside search results', { messages: [user(five(() => result([words('x', marked)])))] }],
    ['in results of tools', { messages: loop({}, { content: five(() => document([words('x', marked)])) }) }],
    ['in the system prompt', { system: five(() => words('x', marked)) }],
    ['on tools', { tools: five((at) => tool({ name: `t${at}`, ...marked })) }],
    [
      'in different places',
      {
        ...marked,
        system: [words('x', marked)],
        tools: [tool(marked)],
        messages: [user([document([words('x', marked)], marked)])],
      },
    ],
  ])('%s', async (_, change) => {
    expect((await answerTo(change)).error.message).toBe(
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    )
  })

  it('unless it is only a field of that name in a schema or in the input of a call', async () => {
    const properties = Object.fromEntries(five((at) => ({ at })).map((_, at) => [`p${at}`, marked]))
    const change = {
      tools: [tool({ input_schema: { type: 'object', ...marked, properties: { ...properties, ...marked } } })],
      messages: loop({ input: { ...properties, ...marked } }),
    }
    expect((await send(await simulate(), request(change))).status).toBe(200)
  })

  it('and a breakpoint on empty text is a 400 anywhere', async () => {
    const inside = await answerTo({ messages: [user([document([words('', marked)]), words('x')])] })
    expect(inside.error.message).toBe(
      'messages.0.content.0.document.source.content.0.text: cache_control cannot be set for empty text blocks',
    )
    const prompt = await answerTo({ system: [words('', marked)] })
    expect(prompt.error.message).toBe('system.0.text: cache_control cannot be set for empty text blocks')
  })
})
