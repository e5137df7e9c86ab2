import { once } from 'node:events'
import { SimulatedClock } from 'xstate'
import { describe, expect, it } from 'vitest'
import { Hub } from '../../src/inspect/hub/hub.ts'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { serve } from '../../src/inspect/web/server.ts'
import { type PageMessage, processPath } from '../../src/inspect/wire/messages.ts'
import { abc, completed, created } from '../journal/fixtures.ts'
import { until } from '../conversation/start.ts'
import { asRecords, chart } from './fixtures.ts'
import { ask, connect, inspecting, running, socketAddress, socketStatus } from './serving.ts'

const hello = { type: 'hello', origin: { kind: 'process', name: 'app.js', pid: 99 } } as const
const conversation = { type: 'conversation', key: '1', chart, allowsControl: false }

describe('the socket of a process', () => {
  it.each([
    ['text that is not JSON', 'hello'],
    ['an unknown message', '{"type":"dance"}'],
    ['an incomplete message', '{"type":"records","key":"1"}'],
    ['an invalid chart', '{"type":"conversation","key":"1","chart":{},"allowsControl":true}'],
    [
      'a fact record without a fact',
      JSON.stringify({
        type: 'records',
        key: '1',
        state: 'idle',
        records: [{ v: 1, type: 'fact', seq: 0, at: 0, conversation: 'c1', index: 0, state: null }],
      }),
    ],
    [
      'an unknown fact',
      JSON.stringify({
        type: 'records',
        key: '1',
        state: 'idle',
        records: asRecords([created]).map((record) => ({ ...record, fact: { type: 'of_tomorrow' } })),
      }),
    ],
  ])('may send %s, which is ignored, and the next message is processed', async (_, wrong) => {
    const { url, hub } = await inspecting()
    const { socket, say } = await connect(url, 'process')
    socket.send(wrong)
    say(hello)
    socket.send(wrong)
    say(conversation)
    socket.send(wrong)
    say({ type: 'records', key: '1', records: asRecords(abc), state: 'idle' })
    await until(hub, () => hub.summaries()[0]?.turns === 3)
    expect((await ask(`${url}export.jsonl`)).status).toBe(200)
  })

  it('is ignored before its introduction', async () => {
    const { url, hub } = await inspecting()
    const { say } = await connect(url, 'process')
    say(conversation)
    say(hello)
    say({ ...conversation, key: '2' })
    await until(hub, () => hub.conversations.length > 0)
    expect(hub.conversations).toMatchObject([{ appKey: '2' }])
  })

  it('is rejected when it has another version', async () => {
    const { url } = await inspecting()
    for (const other of ['process/', 'process/2', `${processPath}/`])
      expect(await socketStatus(socketAddress(url, other))).toBe(403)
  })

  it('is closed when a message is too large, and the inspector continues', async () => {
    const { url } = await inspecting()
    const { socket } = await connect(url, 'process')
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    socket.send(Buffer.alloc(64 * 1024 * 1024 + 1))
    await closed
    expect((await ask(url)).status).toBe(200)
  })

  it('leaves its records when it disconnects', async () => {
    const { url, hub } = await inspecting()
    const { socket, say } = await connect(url, 'process')
    say(hello)
    say(conversation)
    say({ type: 'records', key: '1', records: asRecords(abc), state: 'idle' })
    await until(hub, () => hub.summaries()[0]?.turns === 3)
    socket.terminate()
    await until(hub, () => hub.summaries()[0]?.status === 'gone')
    expect(hub.summaries()).toMatchObject([{ turns: 3 }])
  })
})

/** The state of a page after the messages that it received. */
function pageLog(messages: readonly PageMessage[]): ConversationLog {
  let log = new ConversationLog()
  for (const message of messages) {
    if (message.type === 'log') log = new ConversationLog()
    if (message.type === 'log' || message.type === 'records') for (const record of message.records) log.add(record)
  }
  return log
}

describe('the socket of a page', () => {
  const setUp = async () => {
    const clock = new SimulatedClock()
    const hub = new Hub({ clock })
    const server = await serve(hub, 0)
    running.push(server)
    const process = hub.addProcess({ origin: hello.origin, ask: () => true })
    process.receive({ type: 'conversation', key: '1', chart, allowsControl: false })
    const sendRecords = (records: readonly InspectionRecord[]) => {
      process.receive({ type: 'records', key: '1', records, state: 'idle' })
      clock.increment(100)
    }
    const page = await connect(server.url, 'page')
    await page.until(({ length }) => length > 0)
    const key = hub.summaries()[0]?.key ?? ''
    return { clock, hub, server, sendRecords, page, key }
  }

  it('receives the list, the conversation that it opens, and new records', async () => {
    const { sendRecords, page, key } = await setUp()
    page.say({ type: 'open', key })
    await page.until((all) => all.some(({ type }) => type === 'log'))
    sendRecords(asRecords(abc))
    await page.until((all) => pageLog(all).view.turns.length === 3)
    expect(page.all[0]).toMatchObject({ type: 'list', conversations: [{ key }] })
  })

  it('may send an invalid message, which is ignored', async () => {
    const { page, key } = await setUp()
    for (const wrong of [
      'hello',
      '{}',
      '{"type":"open"}',
      '{"type":"open","key":5}',
      '{"type":"open","key":"1","x":1}',
    ])
      page.socket.send(wrong)
    page.say({ type: 'control', id: 'a', key, command: { command: 'dance' } })
    page.say({ type: 'control', id: 'b', key, command: { command: 'stop', extra: 1 } })
    page.say({ type: 'open', key })
    await page.until((all) => all.some(({ type }) => type === 'log'))
    expect(page.all.filter(({ type }) => type === 'done')).toEqual([])
  })

  it('may disconnect at any time without an effect on others', async () => {
    const { sendRecords, page, key, server } = await setUp()
    const other = await connect(server.url, 'page')
    for (const one of [page, other]) one.say({ type: 'open', key })
    await Promise.all([page, other].map((one) => one.until((all) => all.some(({ type }) => type === 'log'))))
    page.socket.terminate()
    sendRecords(asRecords(abc))
    sendRecords([{ v: 1, seq: 100, at: 0, conversation: 'c1', type: 'ended', status: 'done' }])
    await other.until((all) => pageLog(all).hasEnded)
    expect(pageLog(other.all).view.turns).toHaveLength(3)
  })

  it('gets each record once after it fell behind and caught up', async () => {
    const { hub, sendRecords, page, key } = await setUp()
    page.say({ type: 'open', key })
    await page.until((all) => all.some(({ type }) => type === 'log'))
    page.socket.pause()
    const [opened, ...rest] = completed('a', null)
    const long = { ...opened, input: 'x'.repeat(40 * 1024 * 1024) } as typeof opened
    sendRecords(asRecords([created, long]))
    // More than the limit for a page waits now, so this record is dropped, and nothing follows it.
    const later = asRecords([created, long, ...rest]).slice(2)
    sendRecords([...later, { v: 1, seq: 100, at: 0, conversation: 'c1', type: 'ended', status: 'done' }])
    page.socket.resume()
    await page.until((all) => pageLog(all).hasEnded)
    const log = pageLog(page.all)
    expect(log.facts).toHaveLength(2 + rest.length)
    const got = log.others.map(({ seq }) => seq)
    expect(got).toEqual([...new Set(got)])
    await page.until((all) => {
      const list = all.findLast((message) => message.type === 'list')
      return list?.conversations[0]?.status === 'ended'
    })
    expect(hub.conversations[0]?.log.facts).toHaveLength(log.facts.length)
  })
})
