import { describe, expect, it } from 'vitest'
import { observe, TurnstateError } from '../../src/index.ts'
import { fileLines, readFile } from '../../src/inspect/file/inspection-file.ts'
import { Hub } from '../../src/inspect/hub/hub.ts'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { chart, refusedOnce, withoutTexts } from './fixtures.ts'

/** The approximate number of records other than facts that a log keeps. */
const keptRecords = 5_000

const recordsOf = async () => observe((await refusedOnce()).chat).records

const written = (...conversations: (readonly InspectionRecord[])[]) =>
  [...fileLines(conversations.map((records) => ({ chart, records, state: 'idle', dropped: 0 })))].join('')

const heading = '{"turnstate":"inspection","v":1}\n'
const chartLine = `${JSON.stringify({ conversation: 'c1', chart })}\n`
const record = { v: 1, type: 'lost', seq: 0, at: 0, conversation: 'c1', count: 1 }

const readText = (text: string) => readFile([Buffer.from(text)])

/** The code and the message with which a file is rejected. */
const refusalOf = async (text: string): Promise<string> => {
  const error: unknown = await readText(text).catch((thrown: unknown) => thrown)
  return TurnstateError.is(error) ? `${error.code}: ${error.message}` : 'it was read'
}

describe('a file of an inspector', () => {
  it('reads as it was written: records, chart and order', async () => {
    const records = await recordsOf()
    expect(await readText(written(records))).toEqual([
      { chart, records: JSON.parse(JSON.stringify(records)), state: 'idle', dropped: 0 },
    ])
  })

  it('may contain several separate conversations', async () => {
    const [one, two] = [await recordsOf(), (await recordsOf()).slice(0, 3)]
    expect((await readText(written(one, two))).map(({ records }) => records.length)).toEqual([one.length, 3])
  })

  it('is JSON lines with a heading', async () => {
    const lines = written(await recordsOf()).split('\n')
    expect(JSON.parse(lines[0] ?? '')).toEqual({ turnstate: 'inspection', v: 1 })
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ conversation: 'c1', chart: { id: 'conversation' } })
    expect(lines.at(-1)).toBe('')
  })

  it('gives a log equal to the original', async () => {
    const from = new ConversationLog()
    for (const one of await recordsOf()) from.add(one)
    const to = new ConversationLog()
    for (const one of (await readText(written(from.all())))[0]?.records ?? []) to.add(one)
    expect(to.all()).toEqual(from.all())
    expect(withoutTexts(to.view)).toEqual(withoutTexts(from.view))
    expect([to.state, to.changedAt, to.observed]).toEqual([from.state, from.changedAt, from.observed])
  })

  it('keeps the conversation and the content of requests after a flood of dropped records', async () => {
    const log = new ConversationLog()
    for (const one of await recordsOf()) log.add(one)
    const { observed, prompt } = log
    for (let seq = 1_000; seq < 1_000 + 3 * keptRecords; seq++)
      log.add({ ...base(seq), type: 'ignored', actor: 'conversation', session: 'x', event: 'user.stop', state: 'idle' })
    expect(log.others.length).toBeLessThanOrEqual(keptRecords * 1.25)
    expect(log.dropped).toBeGreaterThan(keptRecords)
    const again = new ConversationLog()
    for (const one of (await readText(written(log.all())))[0]?.records ?? []) again.add(one)
    expect(observed).not.toBeNull()
    expect([again.observed, again.prompt]).toEqual([observed, prompt])
    expect(again.facts).toHaveLength(log.facts.length)
  })

  it('is readable without a final newline', async () => {
    expect(await readText(written(await recordsOf()).trimEnd())).toHaveLength(1)
  })

  it('may contain no conversation', async () => {
    expect(await readText(heading)).toEqual([])
  })

  it('may contain unknown types of records', async () => {
    const unknown = { ...record, type: 'of_tomorrow' }
    expect((await readText(`${heading}${chartLine}${JSON.stringify(unknown)}`))[0]?.records).toEqual([unknown])
  })
})

const base = (seq: number) => ({ v: 1, seq, at: 0, conversation: 'c1', turnId: null, attempt: null }) as const

describe('a file is rejected', () => {
  it.each([
    ['that is empty', '', 1],
    ['that is not JSON', 'Dear diary', 1],
    ['that is other JSON', '[1, 2]', 1],
    ['that begins with a number', '5\n', 1],
    ['with a wrong heading', '{"turnstate":"journal","v":1}\n', 1],
    ['without a heading', `${chartLine}${JSON.stringify(record)}\n`, 1],
    ['with a truncated last line', `${heading}${chartLine}${JSON.stringify(record).slice(0, -5)}`, 3],
    ['with a record of no conversation', `${heading}${JSON.stringify(record)}\n`, 2],
    ['with an invalid chart', `${heading}{"conversation":"c1","chart":{"id":5}}\n`, 2],
    ['with a line that is not a record', `${heading}${chartLine}{"hello":1}\n`, 3],
    ['with a record without a number', `${heading}${chartLine}${JSON.stringify({ ...record, seq: 'x' })}\n`, 3],
    ['with an empty line in the middle', `${heading}\n${chartLine}`, 2],
  ])('%s', async (_, text, line) => {
    expect(await refusalOf(text)).toMatch(new RegExp(`^inspection-file-invalid: .*line ${line}: .*Nothing was read`))
  })

  it.each<readonly [string, object]>([
    ['a fact record without a fact', { type: 'fact', index: 0, state: null }],
    ['a fact of unknown type', { type: 'fact', index: 0, state: null, fact: { type: 'of_tomorrow' } }],
    ['a fact without a required field', { type: 'fact', index: 0, state: null, fact: { type: 'turn.opened' } }],
    [
      'a transition without a source',
      { type: 'transition', actor: 'conversation', to: 'idle', event: 'x', guard: null },
    ],
    ['a refusal without suspects', { type: 'refusal', turnId: 'a', category: null }],
    ['a prompt without tools', { type: 'prompt', promptHash: '', cacheBreakpoints: 0 }],
  ])('with %s, which cannot be interpreted', async (_, wrong) => {
    const { count: _count, ...rest } = record
    expect(await refusalOf(`${heading}${chartLine}${JSON.stringify({ ...rest, ...wrong })}\n`)).toMatch(
      /^inspection-file-invalid: .*line 3/,
    )
  })

  it('of a later version, with advice to upgrade', async () => {
    expect(await refusalOf('{"turnstate":"inspection","v":2}\n')).toMatch(
      /^inspection-file-version-unsupported: .*version 2.*upgrade/,
    )
  })

  it('with a record of a later version, whatever its form', async () => {
    const later = { v: 2, type: 'fact', words: 'of tomorrow' }
    expect(await refusalOf(`${heading}${chartLine}${JSON.stringify(later)}\n`)).toMatch(
      /^inspection-file-version-unsupported: .*line 3 is a record of version 2/,
    )
  })

  it('as a whole: content before the error is not added', async () => {
    const hub = new Hub()
    const text = `${written(await recordsOf())}{"v":2}\n`
    await expect(readText(text).then((read) => hub.addFile('cut.jsonl', read))).rejects.toThrow(/later release/)
    expect(hub.conversations).toEqual([])
  })
})
