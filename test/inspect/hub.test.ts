import * as fc from 'fast-check'
import { SimulatedClock } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { Process } from '../../src/inspect/hub/connected-process.ts'
import { Hub, type HubOptions } from '../../src/inspect/hub/hub.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import type {
  AppMessage,
  ControlMessage,
  FromPage,
  Offer,
  Origin,
  PageMessage,
} from '../../src/inspect/wire/messages.ts'
import { abc, created, refusedTurn } from '../journal/fixtures.ts'
import type { Fact } from '../../src/index.ts'
import { asRecords, chart } from './fixtures.ts'

const app: Origin = { kind: 'process', name: 'app.js', pid: 12 }
const secret = 'a secret of the process'
const stopOffer: Offer = { command: { command: 'stop' }, label: 'Stop', event: 'user.stop' }

/** Before the first fact of `asRecords`; a hub counts from 0, so that all that follow have one more there. */
const observed = (id: string): InspectionRecord => ({
  v: 1,
  seq: -1,
  at: 5,
  conversation: id,
  type: 'observed',
  model: 'm1',
  machine: { id: 'conversation', version: '1' },
  state: 'idle',
  revision: 0,
  includesText: false,
})

const ended: InspectionRecord = { v: 1, seq: 1_000, at: 9, conversation: 'c1', type: 'ended', status: 'done' }

function world(options: HubOptions = {}) {
  const clock = new SimulatedClock()
  const hub = new Hub({ clock, ...options })
  const asked: ControlMessage[] = []
  const process = (given: Partial<Process> = {}) =>
    hub.addProcess({ origin: app, resume: secret, ask: (message) => asked.push(message) > 0, ...given })
  const page = (mayControl = false) => {
    const told: PageMessage[] = []
    const connection = hub.addPage({ mayControl, send: (message) => void told.push(message) })
    return {
      receive: (message: FromPage) => connection.receive(message),
      close: () => connection.close(),
      told,
      last: <Type extends PageMessage['type']>(type: Type) =>
        told.findLast((message): message is Extract<PageMessage, { type: Type }> => message.type === type),
    }
  }
  return { clock, hub, asked, process, page }
}

const conversation = (key: string, allowsControl = false): AppMessage => ({
  type: 'conversation',
  key,
  chart,
  allowsControl,
})
const records = (key: string, list: readonly InspectionRecord[], state = 'idle'): AppMessage => ({
  type: 'records',
  key,
  records: list,
  state,
})

describe('a hub', () => {
  it('keeps the conversations of several processes apart, with how each is doing', () => {
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

  it('says that a process is gone, and keeps what it told', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    connection.close()
    expect(hub.summaries()).toMatchObject([{ status: 'gone', turns: 3 }])
  })

  it('tells one that ended from one that went without a word', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1'), ended]))
    connection.close()
    expect(hub.summaries()).toMatchObject([{ status: 'ended' }])
  })

  it('says so when a process lets go of a conversation', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive({ type: 'gone', key: '1' })
    expect(hub.summaries()).toMatchObject([{ status: 'gone' }])
  })

  it('goes on with a conversation that comes back, under the same key, once the old connection is closed', () => {
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
  ])('begins another conversation for a connection with %s', (_, resume, isClosed) => {
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

  it('gives out keys that say nothing of a process, and tells pages no more of it than its name and number', () => {
    const { process, hub, page } = world()
    process().receive(conversation('its own key'))
    const { last } = page()
    expect(hub.summaries()).toMatchObject([{ key: 'process-1' }])
    expect(last('list')?.conversations[0]?.origin).toEqual({ kind: 'process', name: 'app.js', pid: 12 })
    expect(JSON.stringify(last('list'))).not.toContain(secret)
  })

  it('lets what nobody knows pass', () => {
    const { hub, process } = world()
    const connection = process()
    connection.receive(records('7', [observed('c1')]))
    connection.receive({ type: 'gone', key: '7' })
    connection.receive({ type: 'offers', key: '7', offers: [stopOffer] })
    connection.receive({ type: 'done', id: '7', error: null })
    expect(hub.conversations).toEqual([])
  })

  it('shows files, which can be read and nothing else', async () => {
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

  it('keeps the same file twice, apart', async () => {
    const { hub } = world()
    const filed = [{ chart, records: [observed('c1')], state: '', dropped: 0 }]
    expect(new Set([...(await hub.addFile('a', filed)), ...(await hub.addFile('a', filed))]).size).toBe(2)
  })

  it('forgets the oldest that are over when there are too many, and none that lives', async () => {
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

describe('a page', () => {
  it('is told the list as it comes, and again after changes, at most once a tenth of a second', () => {
    const { clock, process, page } = world()
    const { told, last } = page()
    expect(told).toEqual([{ type: 'list', conversations: [], allowsControl: false, turnedAway: null }])
    const connection = process()
    connection.receive(conversation('1'))
    for (let n = 0; n < 100; n++) connection.receive(records('1', [observed('c1')]))
    expect(told).toHaveLength(1)
    clock.increment(100)
    expect(told).toHaveLength(2)
    expect(last('list')?.conversations).toMatchObject([{ id: 'c1' }])
    clock.increment(1_000)
    expect(told).toHaveLength(2)
  })

  it('is told everything of what it opens, and then what is new, once', () => {
    const { clock, hub, process, page } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    const { told, receive, last } = page()
    const [{ key } = { key: '' }] = hub.summaries()
    receive({ type: 'open', key })
    expect(last('log')).toMatchObject({ key, state: 'idle', dropped: 0 })
    expect(last('log')?.records).toHaveLength(1 + abc.length)
    connection.receive(records('1', [ended], 'closed'))
    clock.increment(100)
    expect(last('records')).toEqual({
      type: 'records',
      key,
      records: [{ ...ended, seq: ended.seq + 1 }],
      state: 'closed',
      dropped: 0,
    })
    expect(told.filter(({ type }) => type === 'records')).toHaveLength(1)
  })

  it('hears nothing of records of a conversation that it has not open', () => {
    const { clock, process, page } = world()
    const { told } = page()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1')]))
    clock.increment(100)
    expect(told.map(({ type }) => type)).toEqual(['list', 'list'])
  })

  it('is told everything again when the conversation that it shows comes back', () => {
    const { clock, hub, process, page } = world()
    const old = process()
    old.receive(conversation('1'))
    old.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    const { receive, told } = page()
    const [{ key } = { key: '' }] = hub.summaries()
    receive({ type: 'open', key })
    old.close()
    const back = process()
    back.receive(conversation('1'))
    back.receive(records('1', [observed('c1')], 'completed.saved'))
    clock.increment(100)
    const logs = told.filter(({ type }) => type === 'log')
    expect(logs).toHaveLength(2)
    const kept = logs[1]?.type === 'log' ? logs[1].records : []
    expect(kept.filter(({ type }) => type === 'fact')).toHaveLength(abc.length)
    expect(kept.at(-1)).toEqual({ ...observed('c1'), seq: abc.length + 1 })
  })

  it('that came after a process came back hears of records in the order in which the hub has them', () => {
    const { clock, hub, process, page } = world()
    const old = process()
    old.receive(conversation('1'))
    old.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    old.close()
    const back = process()
    back.receive(conversation('1'))
    back.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    const { receive, told, last } = page()
    const [{ key } = { key: '' }] = hub.summaries()
    receive({ type: 'open', key })
    const known = (last('log')?.records ?? []).map(({ seq }) => seq)
    told.length = 0
    back.receive(records('1', [ended]))
    clock.increment(100)
    const [heard] = last('records')?.records ?? []
    expect(heard).toEqual(hub.conversations[0]?.log.all().at(-1))
    expect(heard?.seq).toBeGreaterThan(Math.max(...known))
  })

  it('that went away is told nothing more', () => {
    const { clock, process, page } = world()
    const { told, close } = page()
    close()
    process().receive(conversation('1'))
    clock.increment(1_000)
    expect(told).toHaveLength(1)
  })

  it('may ask for what there is not', () => {
    const { page } = world()
    const { told, receive } = page()
    receive({ type: 'open', key: 'nothing' })
    expect(told).toHaveLength(1)
  })
})

describe('a page that is behind', () => {
  const behind = (limits: HubOptions['limits'] = {}) => {
    const made = world({ limits })
    const connection = made.process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1')]))
    const told: PageMessage[] = []
    const reads = { isReady: true }
    const page = made.hub.addPage({
      mayControl: false,
      isReady: () => reads.isReady,
      send: (message) => told.push(message),
    })
    page.receive({ type: 'open', key: made.hub.summaries()[0]?.key ?? '' })
    let seq = 10
    const tell = (count: number) =>
      connection.receive(
        records(
          '1',
          Array.from({ length: count }, (): InspectionRecord => ({ ...ended, type: 'lost', count: 1, seq: seq++ })),
        ),
      )
    const heard = () => told.flatMap((message) => ('records' in message ? message.records : []))
    return { ...made, told, reads, page, tell, heard }
  }

  it('is sent nothing until it has caught up, and then all that came meanwhile, once', () => {
    const { clock, told, reads, tell, heard } = behind()
    reads.isReady = false
    const before = told.length
    for (let n = 0; n < 5; n++) {
      tell(100)
      clock.increment(100)
    }
    expect(told).toHaveLength(before)
    reads.isReady = true
    clock.increment(100)
    expect(heard().map(({ type }) => type)).toEqual(['observed', ...Array.from({ length: 500 }, () => 'lost')])
    expect(told.filter(({ type }) => type === 'list')).toHaveLength(2)
  })

  it('is sent its conversation anew where more came than is kept for it', () => {
    const { clock, told, reads, tell, heard } = behind({ news: 150 })
    reads.isReady = false
    for (let n = 0; n < 4; n++) tell(100)
    clock.increment(100)
    told.length = 0
    reads.isReady = true
    clock.increment(100)
    expect(told.map(({ type }) => type)).toEqual(['log', 'list'])
    expect(heard()).toHaveLength(401)
    tell(1)
    clock.increment(100)
    expect(heard()).toHaveLength(402)
  })

  it('is sent a long conversation in pieces, the next when it has taken the last, and what is new after them', () => {
    const { clock, told, reads, page, tell, hub } = behind()
    for (let n = 0; n < 4; n++) tell(400)
    told.length = 0
    reads.isReady = true
    clock.increment(100)
    told.length = 0
    page.receive({ type: 'open', key: hub.summaries()[0]?.key ?? '' })
    clock.increment(100)
    tell(1)
    for (let n = 0; n < 5; n++) page.goOn()
    clock.increment(100)
    const pieces = told.filter(({ type }) => type !== 'list')
    expect(pieces.map(({ type }) => type)).toEqual(['log', 'past', 'past', 'past', 'records'])
    expect(pieces.map((piece) => 'isWhole' in piece && piece.isWhole)).toEqual([false, false, false, true, false])
    const numbers = pieces.flatMap((piece) => ('records' in piece ? piece.records.map(({ seq }) => seq) : []))
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
    expect(numbers).toHaveLength(1_602)
  })
})

describe('the limits of a hub', () => {
  it('leave out a conversation of its own process that goes over one, and tell the page; the others go on', () => {
    const { clock, hub, process, page } = world({ limits: { conversationsOfProcess: 1 } })
    const connection = process()
    const { last } = page()
    for (const key of ['1', '2']) {
      connection.receive(conversation(key))
      connection.receive(records(key, [observed(`c${key}`)]))
    }
    clock.increment(100)
    expect(hub.summaries()).toMatchObject([{ id: 'c1', status: 'live' }])
    expect(last('list')?.turnedAway).toEqual({
      count: 1,
      last: 'A conversation is not shown: a process may show 1 conversations at once.',
    })
  })

  it('let no file in that there is no room for, and keep nothing of it', async () => {
    const { hub, process } = world({ limits: { bytesOfConversation: 300_000 } })
    process().receive(conversation('1'))
    const text = 'x'.repeat(200_000)
    const large = asRecords([created, ...abc.slice(1, 2).map((fact) => ({ ...fact, input: text }) as Fact)])
    const filed = [[observed('f1')], large].map((list) => ({ chart, records: list, state: '', dropped: 0 }))
    await expect(hub.addFile('a', filed)).rejects.toMatchObject({ code: 'file-too-large' })
    expect(hub.conversations).toHaveLength(1)
  })

  it('hold whatever processes say, and what all costs is the sum of what each does', () => {
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
        const connect = (n: number) => process({ resume: `the secret of ${n}`, cutOff: (why) => void cut.push(why) })
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
        expect(hub.turnedAway?.count ?? 0).toBe(cut.length)
      }),
      { numRuns: 60 },
    )
  })
})

describe('control', () => {
  const controlled = ({ mayControl = true, allowsControl = true, limits = {} }: Controlled = {}) => {
    const made = world({ limits })
    const connection = made.process()
    connection.receive(conversation('1', allowsControl))
    connection.receive(records('1', [observed('c1')]))
    connection.receive({ type: 'offers', key: '1', offers: [stopOffer] })
    const shown = made.page(mayControl)
    const [{ key } = { key: '' }] = made.hub.summaries()
    shown.receive({ type: 'open', key })
    const stop = (id = 'a') => shown.receive({ type: 'control', id, key, command: { command: 'stop' } })
    return { ...made, connection, shown, key, stop }
  }

  it('is refused to a page that only looks, which is offered nothing and told which address does more', () => {
    const { asked, shown, stop } = controlled({ mayControl: false })
    stop()
    expect(shown.last('done')).toMatchObject({ id: 'a', error: expect.stringContaining('--allow-control') })
    expect(shown.last('log')?.offers).toEqual([])
    expect(shown.last('list')).toMatchObject({ allowsControl: false, conversations: [{ allowsControl: false }] })
    expect(asked).toEqual([])
  })

  it('is refused to one page while another has it', () => {
    const { asked, page, key, stop } = controlled()
    const looking = page(false)
    looking.receive({ type: 'control', id: 'b', key, command: { command: 'stop' } })
    expect(asked).toEqual([])
    stop()
    expect(asked).toHaveLength(1)
  })

  it('is refused, and nothing is offered, where the process does not allow it', () => {
    const { asked, shown, stop } = controlled({ allowsControl: false })
    stop()
    expect(shown.last('done')).toMatchObject({ id: 'a', error: expect.stringContaining('allowControl') })
    expect(shown.last('log')?.offers).toEqual([])
    expect(asked).toEqual([])
  })

  it('reaches the process under its own name for the conversation, and the answer comes back to who asked', () => {
    const { asked, connection, shown, page, stop } = controlled()
    const other = page(true)
    stop('mine')
    expect(asked).toMatchObject([{ type: 'control', key: '1', command: { command: 'stop' } }])
    connection.receive({ type: 'done', id: asked[0]?.id ?? '', error: 'not now' })
    expect(shown.last('done')).toEqual({ type: 'done', id: 'mine', error: 'not now' })
    expect(other.last('done')).toBeUndefined()
  })

  it('takes an answer from the process that was asked, and from no other', () => {
    const { asked, connection, process, shown, stop } = controlled()
    stop('mine')
    const other = process({ resume: 'a secret of another' })
    other.receive(conversation('1', true))
    other.receive({ type: 'done', id: asked[0]?.id ?? '', error: 'forged' })
    expect(shown.last('done')).toBeUndefined()
    connection.receive({ type: 'done', id: asked[0]?.id ?? '', error: null })
    expect(shown.last('done')).toEqual({ type: 'done', id: 'mine', error: null })
  })

  it('offers what the state takes, anew with each change', () => {
    const { clock, connection, shown, key } = controlled()
    expect(shown.last('log')?.offers).toEqual([stopOffer])
    connection.receive({ type: 'offers', key: '1', offers: [] })
    clock.increment(100)
    expect(shown.last('offers')).toEqual({ type: 'offers', key, offers: [] })
  })

  it('ends with the process: nothing is offered any more, and what waited is answered', () => {
    const { clock, connection, shown, key, stop } = controlled()
    stop('waits')
    connection.close()
    clock.increment(100)
    expect(shown.last('offers')).toEqual({ type: 'offers', key, offers: [] })
    expect(shown.last('done')).toMatchObject({ id: 'waits', error: expect.stringContaining('gone') })
    stop('late')
    expect(shown.last('done')).toMatchObject({ id: 'late', error: expect.stringContaining('only be read') })
  })

  it('lets only so many commands of a page wait for an answer, and a further one again after each', () => {
    const { asked, connection, shown, stop } = controlled({ limits: { commands: 3 } })
    for (const id of ['a', 'b', 'c', 'd']) stop(id)
    expect(asked).toHaveLength(3)
    expect(shown.last('done')).toMatchObject({ id: 'd', error: expect.stringContaining('Too many') })
    connection.receive({ type: 'done', id: asked[0]?.id ?? '', error: null })
    stop('e')
    expect(asked).toHaveLength(4)
  })

  it('lets only so many commands of all pages wait for one process', () => {
    const { asked, page, key, stop } = controlled({ limits: { commands: 3 } })
    for (const id of ['a', 'b', 'c']) stop(id)
    const other = page(true)
    other.receive({ type: 'control', id: 'd', key, command: { command: 'stop' } })
    expect(asked).toHaveLength(3)
    expect(other.last('done')).toMatchObject({ id: 'd', error: expect.stringContaining('Too many') })
  })

  it('says so where the process does not read what it is sent', () => {
    const { process, hub, page } = world()
    const connection = process({ ask: () => false })
    connection.receive(conversation('1', true))
    const shown = page(true)
    const [{ key } = { key: '' }] = hub.summaries()
    shown.receive({ type: 'control', id: 'a', key, command: { command: 'stop' } })
    expect(shown.last('done')).toMatchObject({ id: 'a', error: expect.stringContaining('does not read') })
  })
})

interface Controlled {
  readonly mayControl?: boolean
  readonly allowsControl?: boolean
  readonly limits?: HubOptions['limits']
}

describe('a hub that is closed', () => {
  it('tells nobody anything more', () => {
    const { clock, hub, process, page } = world()
    const { told } = page()
    let heard = 0
    hub.subscribe(() => void heard++)
    const connection = process()
    connection.receive(conversation('1'))
    hub.close()
    const before = heard
    connection.receive(records('1', [observed('c1')]))
    clock.increment(1_000)
    expect([told.length, heard]).toEqual([1, before])
  })
})
