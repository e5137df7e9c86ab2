// Deltas that are read without a parser are read as the parsers read them, whatever arrives and however it is cut.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockDelta } from '../../src/source/block-delta.ts'
import { runs } from '../runs.ts'
import { parsed, plain, readCut } from './both-ways.ts'

const piece = fc.constantFrom(
  'a',
  'word ',
  '"',
  '\\',
  '\n',
  '\t',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u2028',
  'é',
  '日本',
  '😀',
  '\ud83d',
  '\udc00',
  '}',
  '"}}',
  '"}}\n\n',
  '{',
  'event: ping\n',
  'data: {}\n\n',
  '\\"',
  '\\\\',
  '/',
  '\u00a0',
  '\ufeff',
)
const words = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))

const kinds = [
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['input_json_delta', 'partial_json'],
  ['signature_delta', 'signature'],
  ['text_delta', 'thinking'],
  ['other_delta', 'text'],
] as const

const index = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('0', '1', '12') },
  fc.constantFrom('01', '00', '-1', '1.5', '1e2', '123456', '1234567', '"0"', 'null', '', '0 '),
)

/** How the JSON of a delta is written. The first is how the API writes it. */
const writings = [
  (at: string, type: string, field: string, text: string) =>
    `{"type":"content_block_delta","index":${at},"delta":{"type":"${type}","${field}":${text}}}`,
  (at: string, type: string, field: string, text: string) =>
    `{"type":"content_block_delta","index":${at},"delta":{"type":"${type}","${field}":${text}}    }`,
  (at: string, type: string, field: string, text: string) =>
    `{"type": "content_block_delta", "index": ${at}, "delta": {"type": "${type}", "${field}": ${text}}}`,
  (at: string, type: string, field: string, text: string) =>
    `{"index":${at},"delta":{"${field}":${text},"type":"${type}"},"type":"content_block_delta"}`,
  (at: string, type: string, field: string, text: string) =>
    `{"type":"content_block_delta","index":${at},"delta":{"type":"${type}","${field}":${text},"more":1}}`,
  (at: string, type: string, field: string, text: string) =>
    `{"type":"content_block_delta","index":${at},"delta":{"type":"${type}","${field}":${text}},"more":1}`,
  (at: string, type: string, field: string, text: string) =>
    `{"type":"content_block_delta","index":${at},"delta":{"type":"${type}","${field}":${text}} x}`,
  (at: string, type: string, field: string, text: string) =>
    `{"type":"content_block_delta","index":${at},"delta":{"type":"${type}","${field}":${text}}`,
]

/** How a text is written: as JSON, with more escapes than it needs, and as it may not be. */
const quotings = [
  (text: string) => JSON.stringify(text),
  (text: string) =>
    JSON.stringify(text)
      .replaceAll('a', String.raw`\u0061`)
      .replaceAll('/', String.raw`\/`),
  (text: string) => `"${text}"`,
  (text: string) => `"${text.replaceAll(/[\n"\\]/g, '')}"`,
  () => String.raw`"\x"`,
  () => '"not closed',
  () => '"ends with a backslash\\"',
  () => 'null',
  () => '12',
]

const delta = fc
  .tuple(
    index,
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...kinds.slice(0, 3)) }, fc.constantFrom(...kinds)),
    words,
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...writings.slice(0, 2)) }, fc.constantFrom(...writings)),
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...quotings.slice(0, 2)) }, fc.constantFrom(...quotings)),
  )
  .map(([at, [type, field], text, write, quote]) => write(at, type, field, quote(text)))

const other = fc.constantFrom(
  '{"type":"ping"}',
  '{"type": "ping"}',
  '[DONE]',
  '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
  '{"type":"content_block_stop","index":0}',
  '{"type":"message_stop"}',
  '',
  'no JSON',
)

/** How an event is written as lines. The first is how the API does it. */
const framings = [
  (json: string) => `event: content_block_delta\ndata: ${json}\n\n`,
  (json: string) => `data: ${json}\n\n`,
  (json: string) => `event:content_block_delta\ndata:${json}\n\n`,
  (json: string) => `event: content_block_delta\r\ndata: ${json}\r\n\r\n`,
  (json: string) => `event: content_block_delta\rdata: ${json}\r\r`,
  (json: string) => `event: content_block_delta\ndata: ${json}\r\n\n`,
  (json: string) => `: comment\nevent: content_block_delta\ndata: ${json}\n\n`,
  (json: string) => `id: 7\nevent: content_block_delta\nretry: 10\ndata: ${json}\n\n`,
  (json: string) => `event: ping\ndata: ${json}\n\n`,
  (json: string) => `event: content_block_delta\ndata: ${json}\ndata: ${json}\n\n`,
  (json: string) => `event: content_block_delta\ndata: ${json}\n`,
  (json: string) => `event: content_block_delta\ndata: ${json}`,
  (json: string) => `\n\nevent: content_block_delta\ndata: ${json}\n\n\n\n`,
  (json: string) => `data: held back\nevent: content_block_delta\ndata: ${json}\n\n`,
]

const event = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: delta }, other),
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...framings.slice(0, 1)) }, fc.constantFrom(...framings)),
  )
  .map(([json, frame]) => frame(json))

const stream = fc
  .tuple(fc.constantFrom('', '\ufeff'), fc.array(event, { maxLength: 12 }), fc.nat(3))
  .map(([mark, events, left]) =>
    new TextEncoder().encode(`${mark}${events.join('')}`.slice(0, left === 0 ? -9 : undefined)),
  )

describe('deltas that are read without a parser', () => {
  it('are what the parsers read, in any stream, however it is written and wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(stream, fc.array(fc.nat(), { maxLength: 12 }), async (bytes, cuts) => {
        expect(plain(await readCut(bytes, cuts))).toEqual(plain(parsed(bytes)))
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('are what the parsers read when the stream is cut at every byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 3 }), async (events) => {
        const bytes = new TextEncoder().encode(events.join(''))
        const expected = plain(parsed(bytes))
        for (let at = 0; at <= bytes.length; at++) expect(plain(await readCut(bytes, [at]))).toEqual(expected)
      }),
      { numRuns: runs(10) },
    )
  })

  it.each(kinds.slice(0, 3))('are those that the API writes: %s', async (type, field) => {
    const texts = ['a word', 'a text that is longer', 'said: "so"\n', 'é 日本 😀', '']
    const written = texts.map(
      (text) => framings[0]?.(writings[0]?.('3', type, field, JSON.stringify(text)) ?? '') ?? '',
    )
    const events = await readCut(new TextEncoder().encode(written.join('')), [])
    expect(events.map((each) => each instanceof BlockDelta && [each.index, each.text])).toEqual(
      texts.map((text) => [3, text]),
    )
  })
})
