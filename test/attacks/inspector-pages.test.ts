// Attacks by pages of an inspector on it, on the conversations that it shows, and on other pages.
import { expect } from 'vitest'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import { startWithHub } from '../../src/inspect/web/start-inspector.ts'
import type { PageMessage } from '../../src/inspect/wire/messages.ts'
import { start, until } from '../conversation/start.ts'
import { asRecords, chart } from '../inspect/fixtures.ts'
import { socketStatus } from '../inspect/serving.ts'
import { turn } from '../tools/fixtures.ts'
import { abc, created, queued } from '../journal/fixtures.ts'
import { attackSurface } from './attack.ts'
import {
  attackable,
  conversation,
  endsWithTest,
  eventRecord,
  peerOf,
  processOf,
  records,
  type Socketed,
} from './inspector.ts'

/** An inspector, and the process of a conversation. */
async function shown({ allowsControl = true, options = {} }: Shown = {}) {
  const inspector = await attackable(options)
  const { hub, url } = inspector
  const app = await processOf(url)
  app.say(conversation('1', allowsControl))
  app.say(records('1', asRecords(abc)))
  app.say({ type: 'offers', key: '1', offers: [{ command: { command: 'stop' }, label: 'Stop', event: 'user.stop' }] })
  await until(hub, () => hub.summaries()[0]?.turns === 3)
  const key = hub.summaries()[0]?.key ?? ''
  return { ...inspector, app, key, stop: (id: string) => ({ type: 'control', id, key, command: { command: 'stop' } }) }
}

interface Shown {
  readonly allowsControl?: boolean
  readonly options?: Parameters<typeof attackable>[0]
}

const isDone = ({ type }: PageMessage) => type === 'done'
const answerTo = async ({ until: wait, all }: Socketed, id: string): Promise<string> => {
  const find = () => all.find((message) => message.type === 'done' && message.id === id)
  await wait(() => find() !== undefined)
  const found = find()
  return found?.type === 'done' && found.error !== null ? found.error : 'done'
}

const logOf = (all: readonly PageMessage[]): ConversationLog => {
  let log = new ConversationLog()
  for (const message of all) {
    if (message.type === 'log') log = new ConversationLog()
    if ('records' in message) for (const record of message.records) log.add(record)
  }
  return log
}
const isWhole = (all: readonly PageMessage[]) => all.some((message) => 'isWhole' in message && message.isWhole)

attackSurface('Inspector: pages and control', [
  {
    attack: 'sends a command with the read-only address',
    run: async () => {
      const { app, url, key, stop } = await shown()
      const page = await peerOf(url, 'page')
      page.say({ type: 'open', key })
      page.say(stop('a'))
      const answer = await answerTo(page, 'a')
      expect(app.all).toEqual([])
      for (const message of page.all) if ('offers' in message) expect(message.offers).toEqual([])
      return `no offers, and the answer is: ${answer}`
    },
  },
  {
    attack: 'sends a command to a conversation whose process does not allow it',
    run: async () => {
      const { app, controlUrl, stop } = await shown({ allowsControl: false })
      const page = await peerOf(controlUrl, 'page')
      page.say(stop('a'))
      const answer = await answerTo(page, 'a')
      expect(app.all).toEqual([])
      return answer
    },
  },
  {
    attack: 'sends unknown commands, and commands to unknown conversations',
    run: async () => {
      const { app, controlUrl, key } = await shown()
      const page = await peerOf(controlUrl, 'page')
      const commands = [{ command: 'dance' }, { command: 'stop', extra: 1 }, { command: 'send' }, 'stop', null]
      for (const command of commands) page.say({ type: 'control', id: 'a', key, command })
      for (const name of ['1', '__proto__', 'constructor', ''])
        page.say({ type: 'control', id: `to ${name}`, key: name, command: { command: 'stop' } })
      expect(await answerTo(page, 'to ')).toContain('can only be read')
      expect(app.all).toEqual([])
      expect(page.all.filter(isDone)).toHaveLength(4)
      return 'ignored; none reaches a process'
    },
  },
  {
    attack: 'waits for the answers to another page’s commands',
    run: async () => {
      const { app, controlUrl, stop } = await shown()
      const [page, other] = [await peerOf(controlUrl, 'page'), await peerOf(controlUrl, 'page')]
      page.say(stop('mine'))
      await app.until(({ length }) => length === 1)
      app.say({ type: 'done', id: (app.all[0] as unknown as { id: string }).id, error: null })
      expect(await answerTo(page, 'mine')).toBe('done')
      expect(other.all.filter(isDone)).toEqual([])
      return 'only the page that asked gets them'
    },
  },
  {
    attack: 'looks for data of a process with which to impersonate it',
    run: async () => {
      const { hub, url } = await attackable()
      const secret = 'the-secret-of-a-process'
      const app = await processOf(url, secret)
      app.say(conversation('the-key-of-the-process'))
      await until(hub, () => hub.conversations.length === 1)
      const page = await peerOf(url, 'page')
      page.say({ type: 'open', key: hub.conversations[0]?.key })
      await page.until(isWhole)
      const everything = JSON.stringify(page.all)
      for (const hidden of [secret, 'the-key-of-the-process']) expect(everything).not.toContain(hidden)
      return 'a page gets only its name, its pid, and a key of the inspector'
    },
  },
  {
    attack: 'sends 100,000 messages, and does not read the answers',
    run: async () => {
      const { hub, controlUrl, app } = await shown()
      const page = await peerOf(controlUrl, 'page')
      page.socket.pause()
      const asked = JSON.stringify({
        type: 'control',
        id: 'x'.repeat(900),
        key: 'nothing',
        command: { command: 'stop' },
      })
      for (let n = 0; n < 100_000; n++) page.socket.send(asked)
      // The inspector stops reading: only what the network and one buffer hold has left the page.
      let before = -1
      while (before !== page.socket.bufferedAmount) {
        before = page.socket.bufferedAmount
        for (let n = 0; n < 50; n++) await turn()
      }
      const read = 100_000 * asked.length - before
      expect(read).toBeLessThan(20 * 1024 * 1024)
      app.say(records('1', [eventRecord(1_000)]))
      await until(hub, () => hub.conversations[0]?.log.others.length === 1)
      return 'the inspector stops reading its messages, and the conversation continues'
    },
  },
  {
    attack: 'opens conversations again and again',
    run: async () => {
      const { url, key } = await shown()
      const page = await peerOf(url, 'page')
      for (let n = 0; n < 2_000; n++) page.say({ type: 'open', key })
      page.say({ type: 'control', id: 'last', key, command: { command: 'stop' } })
      await answerTo(page, 'last')
      await page.until(isWhole)
      const logs = page.all.filter(({ type }) => type === 'log').length
      expect(logs).toBeLessThan(20)
      return 'it gets a conversation at most ten times a second'
    },
  },
  {
    attack: 'opens a conversation with 17 files of 24 MB, of the process of the inspector itself',
    run: async () => {
      const { inspector, hub } = await startWithHub({ includeText: true })
      endsWithTest(() => inspector.close())
      const { exchange } = start({ inspect: inspector })
      await exchange('alpha', 'one')
      const process = hub.addProcess({ origin: { kind: 'process', name: 'files', pid: 1 }, ask: () => true })
      process.receive({ type: 'conversation', key: '1', chart, allowsControl: false })
      const input = 'x'.repeat(24 * 1024 * 1024)
      const facts = [
        created,
        ...Array.from({ length: 17 }, (_, n) => queued(`q${n}`)).map((fact) => ({ ...fact, input })),
      ]
      process.receive({ type: 'records', key: '1', records: asRecords(facts), state: 'idle' })
      expect(hub.bytes).toBeLessThan(1024 * 1024)
      const page = await peerOf(inspector.url, 'page')
      page.say({ type: 'open', key: hub.conversations[1]?.key })
      await page.until((all) => logOf(all).view.queue.length === 17)
      expect(JSON.stringify(page.all)).toContain('25165824 characters')
      expect((await exchange('bravo', 'two')).status).toBe('completed')
      return 'it gets the messages with the length of each file, and the other conversation continues'
    },
  },
  {
    attack: 'opens a long conversation, and reads it slowly',
    run: async () => {
      const { app, hub, url, key } = await shown()
      const total = 5_000
      for (let n = 0; n < total; n += 100)
        app.say(
          records(
            '1',
            Array.from({ length: 100 }, (_, at) => eventRecord(1_000 + n + at, 'x'.repeat(400))),
          ),
        )
      await until(hub, () => hub.conversations[0]?.log.others.length === total)
      const page = await peerOf(url, 'page')
      page.say({ type: 'open', key })
      await page.until(isWhole)
      const sizes = page.all.map((message) => JSON.stringify(message).length)
      expect(logOf(page.all).others).toHaveLength(total)
      expect(Math.max(...sizes)).toBeLessThan(512 * 1024)
      return 'it is sent in pieces of at most half a megabyte'
    },
  },
  {
    attack: 'watches a conversation whose records can not be JSON',
    run: async () => {
      const { inspector, hub } = await startWithHub({ includeText: true })
      endsWithTest(() => inspector.close())
      const { exchange } = start({ inspect: inspector })
      await exchange('alpha', 'one')
      const process = hub.addProcess({ origin: { kind: 'process', name: 'odd', pid: 1 }, ask: () => true })
      process.receive({
        type: 'conversation',
        key: '1',
        chart,
        allowsControl: false,
      })
      const itself: Record<string, unknown> = {}
      itself['itself'] = itself
      const odd = [
        10n,
        itself,
        {
          toJSON: () => {
            throw new Error('no')
          },
        },
      ].map((value, seq) => ({ ...eventRecord(seq), value }))
      process.receive({ type: 'records', key: '1', records: odd, state: 'idle' })
      const page = await peerOf(inspector.url, 'page')
      page.say({ type: 'open', key: hub.conversations[1]?.key })
      await page.until((all) => logOf(all).lost === 3)
      expect((await exchange('bravo', 'two')).status).toBe('completed')
      return 'it gets the number of lost records, and the conversation continues'
    },
  },
  {
    attack: 'sends a hundred invalid messages, and one that is too long',
    run: async () => {
      const { url } = await attackable()
      const page = await peerOf(url, 'page')
      for (let n = 0; n < 100; n++) page.socket.send('hello')
      const long = await peerOf(url, 'page')
      long.socket.send('x'.repeat(2 * 1024 * 1024 + 1))
      return `closed: ${await page.closed}, and ${await long.closed}`
    },
  },
  {
    attack: 'opens connection after connection',
    run: async () => {
      const { url } = await attackable({ connections: { page: 4 } })
      const pages = []
      for (let n = 0; n < 4; n++) pages.push(await peerOf(url, 'page'))
      const at = `${url.replace('http:', 'ws:')}page`
      const status = await socketStatus(at)
      expect(status).toBe(503)
      pages[0]?.socket.terminate()
      await expect.poll(() => socketStatus(at)).toBe('open')
      return 'rejected beyond the limit: 503, until another one is closed'
    },
  },
])
