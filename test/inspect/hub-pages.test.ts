import { describe, expect, it } from 'vitest'
import { type HubOptions } from '../../src/inspect/hub/hub.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import type { PageMessage } from '../../src/inspect/wire/messages.ts'
import { abc } from '../journal/fixtures.ts'
import { asRecords } from './fixtures.ts'
import { stopOffer, observed, ended, world, conversation, records } from './hub-world.ts'

describe('a page', () => {
  it('HUB2: is sent the list at once, and after changes at most every 100 ms', () => {
    const { clock, process, page } = world()
    const { got, last } = page()
    expect(got).toEqual([{ type: 'list', conversations: [], allowsControl: false, limitViolations: null }])
    const connection = process()
    connection.receive(conversation('1'))
    for (let n = 0; n < 100; n++) connection.receive(records('1', [observed('c1')]))
    expect(got).toHaveLength(1)
    clock.increment(100)
    expect(got).toHaveLength(2)
    expect(last('list')?.conversations).toMatchObject([{ id: 'c1' }])
    clock.increment(1_000)
    expect(got).toHaveLength(2)
  })

  it('HUB2: is sent all of the conversation that it opens, and then each new record once', () => {
    const { clock, hub, process, page } = world()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    const { got, receive, last } = page()
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
    expect(got.filter(({ type }) => type === 'records')).toHaveLength(1)
  })

  it('HUB2: is sent no records of other conversations', () => {
    const { clock, process, page } = world()
    const { got } = page()
    const connection = process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1')]))
    clock.increment(100)
    expect(got.map(({ type }) => type)).toEqual(['list', 'list'])
  })

  it('HUB2: is sent the open conversation anew when a reconnected process continues it', () => {
    const { clock, hub, process, page } = world()
    const old = process()
    old.receive(conversation('1'))
    old.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    const { receive, got } = page()
    const [{ key } = { key: '' }] = hub.summaries()
    receive({ type: 'open', key })
    old.close()
    const back = process()
    back.receive(conversation('1'))
    back.receive(records('1', [observed('c1')], 'completed.saved'))
    clock.increment(100)
    const logs = got.filter(({ type }) => type === 'log')
    expect(logs).toHaveLength(2)
    const kept = logs[1]?.type === 'log' ? logs[1].records : []
    expect(kept.filter(({ type }) => type === 'fact')).toHaveLength(abc.length)
    expect(kept.at(-1)).toEqual({ ...observed('c1'), seq: abc.length + 1 })
  })

  it('HUB2: that opens a continued conversation is sent the records in the order of the hub', () => {
    const { clock, hub, process, page } = world()
    const old = process()
    old.receive(conversation('1'))
    old.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    old.close()
    const back = process()
    back.receive(conversation('1'))
    back.receive(records('1', [observed('c1'), ...asRecords(abc)]))
    const { receive, got, last } = page()
    const [{ key } = { key: '' }] = hub.summaries()
    receive({ type: 'open', key })
    const known = (last('log')?.records ?? []).map(({ seq }) => seq)
    got.length = 0
    back.receive(records('1', [ended]))
    clock.increment(100)
    const [heard] = last('records')?.records ?? []
    expect(heard).toEqual(hub.conversations[0]?.log.all().at(-1))
    expect(heard?.seq).toBeGreaterThan(Math.max(...known))
  })

  it('is sent nothing after it disconnected', () => {
    const { clock, process, page } = world()
    const { got, close } = page()
    close()
    process().receive(conversation('1'))
    clock.increment(1_000)
    expect(got).toHaveLength(1)
  })

  it('may open an unknown conversation, which does nothing', () => {
    const { page } = world()
    const { got, receive } = page()
    receive({ type: 'open', key: 'nothing' })
    expect(got).toHaveLength(1)
  })
})

describe('a page that is behind', () => {
  const behind = (limits: HubOptions['limits'] = {}) => {
    const made = world({ limits })
    const connection = made.process()
    connection.receive(conversation('1'))
    connection.receive(records('1', [observed('c1')]))
    const got: PageMessage[] = []
    const reads = { isReady: true }
    const page = made.hub.addPage({
      mayControl: false,
      isReady: () => reads.isReady,
      send: (message) => got.push(message),
    })
    page.receive({ type: 'open', key: made.hub.summaries()[0]?.key ?? '' })
    let seq = 10
    const sendRecords = (count: number) =>
      connection.receive(
        records(
          '1',
          Array.from({ length: count }, (): InspectionRecord => ({ ...ended, type: 'lost', count: 1, seq: seq++ })),
        ),
      )
    const heard = () => got.flatMap((message) => ('records' in message ? message.records : []))
    return { ...made, got, reads, page, sendRecords, heard }
  }

  it('HUB3: is sent nothing until it has caught up, and then each record once', () => {
    const { clock, got, reads, sendRecords, heard } = behind()
    reads.isReady = false
    const before = got.length
    for (let n = 0; n < 5; n++) {
      sendRecords(100)
      clock.increment(100)
    }
    expect(got).toHaveLength(before)
    reads.isReady = true
    clock.increment(100)
    expect(heard().map(({ type }) => type)).toEqual(['observed', ...Array.from({ length: 500 }, () => 'lost')])
    expect(got.filter(({ type }) => type === 'list')).toHaveLength(2)
  })

  it('HUB3: is sent its conversation anew if too many records waited for it', () => {
    const { clock, got, reads, sendRecords, heard } = behind({ news: 150 })
    reads.isReady = false
    for (let n = 0; n < 4; n++) sendRecords(100)
    clock.increment(100)
    got.length = 0
    reads.isReady = true
    clock.increment(100)
    expect(got.map(({ type }) => type)).toEqual(['log', 'list'])
    expect(heard()).toHaveLength(401)
    sendRecords(1)
    clock.increment(100)
    expect(heard()).toHaveLength(402)
  })

  it('HUB2: is sent a long conversation in pieces, each after it received the last, and new records after them', () => {
    const { clock, got, reads, page, sendRecords, hub } = behind()
    for (let n = 0; n < 4; n++) sendRecords(400)
    got.length = 0
    reads.isReady = true
    clock.increment(100)
    got.length = 0
    page.receive({ type: 'open', key: hub.summaries()[0]?.key ?? '' })
    clock.increment(100)
    sendRecords(1)
    for (let n = 0; n < 5; n++) page.continueLog()
    clock.increment(100)
    const pieces = got.filter(({ type }) => type !== 'list')
    expect(pieces.map(({ type }) => type)).toEqual(['log', 'past', 'past', 'past', 'records'])
    expect(pieces.map((piece) => 'isWhole' in piece && piece.isWhole)).toEqual([false, false, false, true, false])
    const numbers = pieces.flatMap((piece) => ('records' in piece ? piece.records.map(({ seq }) => seq) : []))
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
    expect(numbers).toHaveLength(1_602)
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

  it('HUB6: is refused to a page without control, which gets no offers and an error that names the address with control', () => {
    const { asked, shown, stop } = controlled({ mayControl: false })
    stop()
    expect(shown.last('done')).toMatchObject({ id: 'a', error: expect.stringContaining('--allow-control') })
    expect(shown.last('log')?.offers).toEqual([])
    expect(shown.last('list')).toMatchObject({ allowsControl: false, conversations: [{ allowsControl: false }] })
    expect(asked).toEqual([])
  })

  it('HUB6: is decided for each page separately', () => {
    const { asked, page, key, stop } = controlled()
    const looking = page(false)
    looking.receive({ type: 'control', id: 'b', key, command: { command: 'stop' } })
    expect(asked).toEqual([])
    stop()
    expect(asked).toHaveLength(1)
  })

  it('HUB6: is refused, without offers, if the process does not allow it', () => {
    const { asked, shown, stop } = controlled({ allowsControl: false })
    stop()
    expect(shown.last('done')).toMatchObject({ id: 'a', error: expect.stringContaining('allowControl') })
    expect(shown.last('log')?.offers).toEqual([])
    expect(asked).toEqual([])
  })

  it('HUB6: sends the command with the key of the process, and the answer to the page that asked', () => {
    const { asked, connection, shown, page, stop } = controlled()
    const other = page(true)
    stop('mine')
    expect(asked).toMatchObject([{ type: 'control', key: '1', command: { command: 'stop' } }])
    connection.receive({ type: 'done', id: asked[0]?.id ?? '', error: 'not now' })
    expect(shown.last('done')).toEqual({ type: 'done', id: 'mine', error: 'not now' })
    expect(other.last('done')).toBeUndefined()
  })

  it('HUB6: accepts an answer only from the process that was asked', () => {
    const { asked, connection, process, shown, stop } = controlled()
    stop('mine')
    const other = process({ resume: 'a secret of another' })
    other.receive(conversation('1', true))
    other.receive({ type: 'done', id: asked[0]?.id ?? '', error: 'forged' })
    expect(shown.last('done')).toBeUndefined()
    connection.receive({ type: 'done', id: asked[0]?.id ?? '', error: null })
    expect(shown.last('done')).toEqual({ type: 'done', id: 'mine', error: null })
  })

  it('sends the offers of the present state, again after each change', () => {
    const { clock, connection, shown, key } = controlled()
    expect(shown.last('log')?.offers).toEqual([stopOffer])
    connection.receive({ type: 'offers', key: '1', offers: [] })
    clock.increment(100)
    expect(shown.last('offers')).toEqual({ type: 'offers', key, offers: [] })
  })

  it('HUB6: ends with the process: there are no more offers, and waiting commands are answered', () => {
    const { clock, connection, shown, key, stop } = controlled()
    stop('waits')
    connection.close()
    clock.increment(100)
    expect(shown.last('offers')).toEqual({ type: 'offers', key, offers: [] })
    expect(shown.last('done')).toMatchObject({ id: 'waits', error: expect.stringContaining('gone') })
    stop('late')
    expect(shown.last('done')).toMatchObject({ id: 'late', error: expect.stringContaining('only be read') })
  })

  it('limits the waiting commands of a page; each answer makes room for another', () => {
    const { asked, connection, shown, stop } = controlled({ limits: { commands: 3 } })
    for (const id of ['a', 'b', 'c', 'd']) stop(id)
    expect(asked).toHaveLength(3)
    expect(shown.last('done')).toMatchObject({ id: 'd', error: expect.stringContaining('Too many') })
    connection.receive({ type: 'done', id: asked[0]?.id ?? '', error: null })
    stop('e')
    expect(asked).toHaveLength(4)
  })

  it('limits the commands of all pages that wait for one process', () => {
    const { asked, page, key, stop } = controlled({ limits: { commands: 3 } })
    for (const id of ['a', 'b', 'c']) stop(id)
    const other = page(true)
    other.receive({ type: 'control', id: 'd', key, command: { command: 'stop' } })
    expect(asked).toHaveLength(3)
    expect(other.last('done')).toMatchObject({ id: 'd', error: expect.stringContaining('Too many') })
  })

  it('answers with an error if the process does not read', () => {
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
