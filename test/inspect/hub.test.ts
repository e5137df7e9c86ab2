import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { abc, created, refusedTurn } from '../journal/fixtures.ts'
import type { Fact } from '../../src/index.ts'
import { asRecords, chart } from './fixtures.ts'
import { app, secret, stopOffer, observed, ended, world, conversation, records } from './hub-world.ts'
import { runs } from '../runs.ts'

describe('a hub', () => {
  it('HUB1: keeps the conversations of several processes apart, each with its own summary', () => {
    const { hub, process } = world()
    const [one, two] = [process(), process({ origin: { ...app, pid: 13 }, resume: 'a secret of another' })]
    for (const connection of [one, two]) connection.receive(conversation('1'))
    one.receive(records('1', [observed('c1'), ...asRecords([...abc, ...refusedTurn('x', 'c')])], 'refused.deciding'))
    two.receive(records('1', [observed('c2')]))
    expect(hub.summaries()).toMatchObject([
      {
        id: 'c1',
        origin: { pid: 12 },
        machine: 'conversation',
        state: 'refused.deciding',
        status: 'live',
        turns: 4,
        refusals: 1,
        inputTokens: 30,
        outputTokens: 15,
      },
      { id: 'c2', origin: { pid: 13 }, model: 'm1', state: 'idle', turns: 0 },
    ])
  })

  it('marks conversations of a disconnected process as gone, and keeps their records', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    connection.close()
    expect(hub.summaries()).toMatchObject([{ status: 'gone', turns: 3 }])
  })

  it('distinguishes a conversation that ended from one whose process disconnected', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1'), ended]))
    connection.close()
    expect(hub.summaries()).toMatchObject([{ status: 'ended' }])
  })

  it('marks a conversation as gone when its process detaches it', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive({ type: 'gone', key: '1' })
    expect(hub.summaries()).toMatchObject([{ status: 'gone' }])
  })

  it('HUB1: continues a conversation of a reconnected process under the same key, once the old connection is closed', () => {
    const { hub, process } = world()
    const old = process()
    old.receive(conversation('1'))
    old.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    const [{ key } = { key: '' }] = hub.summaries()
    old.close()
    const back = process()
    back.receive(conversation('1'))
    back.receive(records('1', [observed('c1'), ...asRecords([created])]))
    expect(hub.summaries()).toMatchObject([{ key, status: 'live', turns: 3 }])
  })

  it.each([
    ['another secret', 'a secret of another', true],
    ['no secret', undefined, true],
    ['the same secret while the other is connected', secret, false],
  ])('HUB1: starts a new conversation for a connection with %s', (_, resume, isClosed) => {
    const { hub, process } = world()
    const first = process()
    first.receive(conversation('1'))
    first.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    if (isClosed) first.close()
    const second = process({ resume })
    second.receive(conversation('1'))
    second.receive(records('1', [observed('c1')]))
    const [one, other, ...more] = hub.summaries()
    expect(more).toEqual([])
    expect([one?.turns, other?.turns]).toEqual([3, 0])
    expect(one?.key).not.toBe(other?.key)
  })

  it('HUB1: makes keys without data of the process, and sends pages only its name and pid', () => {
    const { process, hub, page } = world()
    process().receive(conversation('its own key'))
    const { last } = page()
    expect(hub.summaries()).toMatchObject([{ key: 'process-1' }])
    expect(last('list')?.conversations[0]?.origin).toEqual({ kind: 'process', name: 'app.js', pid: 12 })
    expect(JSON.stringify(last('list'))).not.toContain(secret)
  })

  it('ignores messages about unknown conversations', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(records('7', [observed('c1')]))
    connection.receive({ type: 'gone', key: '7' })
    connection.receive({ type: 'offers', key: '7', offers: [stopOffer] })
    connection.receive({ type: 'done', id: '7', error: null })
    expect(hub.conversations).toEqual([])
  })

  it('shows conversations of files, which can only be read', async () => {
    const { hub, page } = world()
    const keys = await hub.addFile('yesterday.jsonl', [
      { chart, records: [observed('c1'), ...asRecords(abc)], state: '', dropped: 0 },
    ])
    expect(hub.summaries()).toMatchObject([
      { key: keys[0], status: 'file', turns: 3, allowsControl: false, origin: { name: 'yesterday.jsonl', pid: null } },
    ])
    const { receive, last } = page(true)
    receive({ type: 'control', id: 'a', key: keys[0] ?? '', command: { command: 'stop' } })
    expect(last('done')).toMatchObject({ id: 'a', error: expect.stringContaining('only be read') })
  })

  it('lists a file that is opened again once, and files of other names or with other conversations besides', async () => {
    const { hub } = world()
    const filed = (id: string) => [{ chart, records: [observed(id)], state: '', dropped: 0 }]
    const [first] = await hub.addFile('a', filed('c1'))
    const [again] = await hub.addFile('a', filed('c1'))
    expect(again).not.toBe(first)
    expect(hub.summaries().map(({ key }) => key)).toEqual([again])
    await hub.addFile('b', filed('c1'))
    await hub.addFile('a', filed('c2'))
    expect(hub.summaries()).toHaveLength(3)
  })

  it('titles a conversation by its first message, but not where texts are redacted', async () => {
    const { hub } = world()
    const talk = (includesText: boolean) => [{ ...observed('c1'), includesText }, ...asRecords(abc)]
    await hub.addFile('told', [{ chart, records: talk(true), state: '', dropped: 0 }])
    await hub.addFile('redacted', [{ chart, records: talk(false), state: '', dropped: 0 }])
    expect(hub.summaries().map(({ title }) => title)).toEqual([expect.stringMatching(/./), null])
  })

  it('HUB4: forgets the oldest conversations that are over when there are too many, and never a live one', async () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(conversation('alive'))
    connection.receive(records('alive', [observed('alive')]))
    await hub.addFile(
      'a',
      Array.from({ length: 600 }, (_, index) => ({ chart, records: [observed(`f${index}`)], state: '', dropped: 0 })),
    )
    const ids = hub.summaries().map(({ id }) => id)
    expect(ids).toHaveLength(500)
    expect(ids[0]).toBe('alive')
    expect(ids.at(-1)).toBe('f599')
  })
})

describe('the limits of a hub', () => {
  it('HUB5: remove only the conversation that exceeds one, if it is of the inspector’s own process, and notify pages', () => {
    const { clock, hub, process, page } = world({ limits: { conversationsOfProcess: 1 } })
    const connection = process()
    const { last } = page()
    for (const key of ['1', '2']) {
      connection.receive(conversation(key))
      connection.receive(records(key, [observed(`c${key}`)]))
    }
    clock.increment(100)
    expect(hub.summaries()).toMatchObject([{ id: 'c1', status: 'live' }])
    expect(last('list')?.limitViolations).toEqual({
      count: 1,
      last: 'A conversation is not shown: a process may show 1 conversations at once.',
    })
  })

  it('reject a file for which there is not enough room, and keep nothing of it', async () => {
    const { hub, process } = world({ limits: { bytesOfConversation: 300_000 } })
    process().receive(conversation('1'))
    const text = 'x'.repeat(200_000)
    const large = asRecords([created, ...abc.slice(1, 2).map((fact) => ({ ...fact, input: text }) as Fact)])
    const filed = [[observed('f1')], large].map((list) => ({ chart, records: list, state: '', dropped: 0 }))
    await expect(hub.addFile('a', filed)).rejects.toMatchObject({ code: 'file-too-large' })
    expect(hub.conversations).toHaveLength(1)
  })

  it('HUB5: hold whatever processes send, and the total of bytes is the sum of all conversations', () => {
    const key = fc.constantFrom('1', '2', '3', '4')
    const step = fc.oneof(
      fc.record({ type: fc.constant('conversation'), process: fc.nat(2), key }),
      fc.record({ type: fc.constant('records'), process: fc.nat(2), key, length: fc.nat(60_000) }),
      fc.record({ type: fc.constant('offers'), process: fc.nat(2), key, length: fc.nat(60_000) }),
      fc.record({ type: fc.constant('gone'), process: fc.nat(2), key }),
      fc.record({ type: fc.constant('close'), process: fc.nat(2) }),
    )
    const limits = { conversations: 5, conversationsOfProcess: 3, bytes: 1_500_000, bytesOfConversation: 400_000 }
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { hub, process } = world({ limits })
        const cut: string[] = []
        const connect = (n: number) =>
          process({ resume: `the secret of ${n}`, disconnect: (why) => void cut.push(why) })
        const processes = [connect(0), connect(1), connect(2)]
        for (const one of steps) {
          const connection = processes[one.process]
          const text = 'length' in one ? 'x'.repeat(one.length) : ''
          if (one.type === 'close') {
            connection?.close()
            processes[one.process] = connect(one.process)
          } else if ('key' in one && one.type === 'conversation') connection?.receive(conversation(one.key))
          else if ('key' in one && one.type === 'records')
            connection?.receive(records(one.key, [{ ...ended, type: 'lost', count: 1, conversation: text }]))
          else if ('key' in one && one.type === 'offers')
            connection?.receive({ type: 'offers', key: one.key, offers: [{ ...stopOffer, label: text }] })
          else if ('key' in one) connection?.receive({ type: 'gone', key: one.key })
          const kept = hub.conversations
          expect(hub.bytes).toBe(kept.reduce((sum, { bytes }) => sum + bytes, 0))
          expect(hub.bytes).toBeLessThanOrEqual(limits.bytes + 200_000)
          expect(kept.length).toBeLessThanOrEqual(limits.conversations)
          expect(new Set(kept.map((each) => each.key)).size).toBe(kept.length)
        }
        expect(hub.limitViolations?.count ?? 0).toBe(cut.length)
      }),
      { numRuns: runs(20) },
    )
  })
})

describe('a hub that is closed', () => {
  it('sends nothing more', () => {
    const { clock, hub, process, page } = world()
    const { got } = page()
    let heard = 0
    hub.subscribe(() => void heard++)
    const connection = process()
    connection.receive(conversation('1'))
    hub.close()
    const before = heard
    connection.receive(records('1', [observed('c1')]))
    clock.increment(1_000)
    expect([got.length, heard]).toEqual([1, before])
  })
})
