import { describe, expect, it } from 'vitest'
import { describeRecord as sentenceOf, logRecords } from '../../src/observe/log-records.ts'
import { observe, TurnstateError } from '../../src/index.ts'
import { kindOf } from '../../src/observe/record-kinds.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { start } from '../conversation/start.ts'
import { ofType, refusedOnce } from './fixtures.ts'

/** A logger that records its calls by level. */
function keepingLogger() {
  const entries: { level: string; given: readonly unknown[] }[] = []
  const at =
    (level: string) =>
    (...given: unknown[]) =>
      void entries.push({ level, given })
  return { entries, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

const levelOf = (record: InspectionRecord): string | undefined => {
  const { entries, logger } = keepingLogger()
  const log = logRecords(logger)
  if (typeof log === 'function') log(record)
  return entries[0]?.level
}

const base = { v: 1, seq: 0, at: 0, conversation: 'c1' } as const
const ended = (status: 'done' | 'error' | 'stopped') => ({ ...base, type: 'ended', status }) as const

describe('logged records', () => {
  it('have a sentence and then the record, as console expects', async () => {
    const { entries, logger } = keepingLogger()
    await refusedOnce({ inspect: logRecords(logger) })
    expect(entries[0]?.given).toEqual([expect.stringContaining('observed in'), expect.objectContaining({ seq: 0 })])
  })

  it('have the record and then a sentence for pino, which is recognized by its bindings', async () => {
    const { entries, logger } = keepingLogger()
    await refusedOnce({ inspect: logRecords(Object.assign(logger, { bindings: () => ({}) })) })
    expect(entries[0]?.given).toEqual([expect.objectContaining({ seq: 0 }), expect.stringContaining('observed in')])
  })

  it('have the order of the option, whatever the logger', () => {
    const { entries, logger } = keepingLogger()
    const log = logRecords(logger, { order: 'record-first' })
    if (typeof log === 'function') log(ended('done'))
    expect(entries[0]?.given).toEqual([ended('done'), 'ended: done'])
  })

  it('have a high level for refusals and failures, and a low level when nothing changed', async () => {
    const { entries, logger } = keepingLogger()
    const world = start({ inspect: logRecords(logger) })
    const { turn: refused, reply } = await world.ask('alpha')
    reply.refuse()
    await refused
    const { turn: failed, reply: second } = await world.ask('bravo')
    second.throw(new TurnstateError('stream-malformed', 'no'))
    await failed
    expect(entries.filter(({ level }) => level === 'warn').map(({ given }) => given[0])).toEqual([
      'refused: cyber; suspects: user-text',
      'fact 5: turn.settled failed',
    ])
    expect(entries.some(({ level }) => level === 'error')).toBe(false)
    for (const { level, given } of entries) if (String(given[0]).includes(' ← ')) expect(level).toBe('debug')
  })

  it('have the level error only when a conversation ended by an error', () => {
    expect([levelOf(ended('error')), levelOf(ended('done'))]).toEqual(['error', 'info'])
  })

  it('warn of lost records', () => {
    expect(levelOf({ ...base, type: 'lost', count: 3 })).toBe('warn')
    expect(sentenceOf({ ...base, type: 'lost', count: 3 })).toBe('3 records were lost')
  })

  it('are sentences with names and numbers, for each type', async () => {
    const { chat } = await refusedOnce()
    const observation = observe(chat)
    chat.stop()
    await chat.close()
    const sentences = observation.records.map(sentenceOf)
    expect(sentences).toEqual(
      expect.arrayContaining([
        'observed in idle, with 7 facts',
        'conversation started',
        'fact 0: conversation.created',
        'fact 5: turn.settled refused',
        'conversation ← user.stop',
        'conversation ignored user.stop in idle',
        'conversation: idle → closing (conversation.close)',
        'conversation: closing → closed (conversation.close [isSaved])',
        'ended: done',
      ]),
    )
    for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|\[object/)
  })

  it('describe the content of a request', async () => {
    const world = start()
    const observation = observe(world.chat)
    await world.exchange('alpha', 'one')
    const [request] = ofType(observation.records, 'request')
    expect(request && sentenceOf(request)).toBe(`request to m1: 1 message, ${request?.bytes} bytes`)
  })
})

describe('an ignored event', () => {
  const groupOf = (event: string) => {
    const record = {
      ...base,
      type: 'ignored',
      actor: 'conversation',
      session: 'x',
      turnId: null,
      attempt: null,
      event,
      state: 'idle',
    } as const
    return kindOf(record).group(record)
  }

  it('stands among the refusals, unless it is the look whether everything is stored', () => {
    expect(groupOf('user.stop')).toBe('refusals')
    expect(groupOf('journal.retry')).toBe('events')
  })
})
