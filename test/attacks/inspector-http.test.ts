// Requests to an inspector by any program that reaches its port.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { until } from '../conversation/start.ts'
import { asRecords, chart } from '../inspect/fixtures.ts'
import { ask, socketStatus } from '../inspect/serving.ts'
import { nestedJson } from '../nested.ts'
import { turn } from '../tools/fixtures.ts'
import { created } from '../journal/fixtures.ts'
import { attackSurface } from './attack.ts'
import {
  attackable,
  conversation,
  eventRecord,
  peerOf,
  processOf,
  rawAnswer,
  rawSocket,
  records,
  tokens,
} from './inspector.ts'

const distinct = (values: readonly unknown[]): string => [...new Set(values.map(String))].toSorted().join(', ')
const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'closed'

const forgedHosts = (port: number) => [
  'evil.example',
  `evil.example:${port}`,
  '127.0.0.1',
  `127.0.0.1:${port + 1}`,
  `127.0.0.1.evil.example:${port}`,
  `localhost.evil.example:${port}`,
  `127.0.0.2:${port}`,
  `0.0.0.0:${port}`,
  `2130706433:${port}`,
  `127.1:${port}`,
  `user@127.0.0.1:${port}`,
  `127.0.0.1:${port}/`,
  `LOCALHOST.:${port}`,
]

const forgedOrigins = (port: number) => [
  'http://evil.example',
  `http://evil.example:${port}`,
  `https://127.0.0.1:${port}`,
  'http://127.0.0.1',
  `http://127.0.0.1:${port}.evil.example`,
  `http://127.0.0.1:${port}/`,
  `http://localhost:${port + 1}`,
  'null',
  'file://',
  '',
]

const file = (records_: readonly unknown[]) =>
  [{ turnstate: 'inspection', v: 1 }, { conversation: 'c1', chart }, ...records_]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')

attackSurface('Inspector: HTTP', [
  {
    attack: 'uses another name as host, as with DNS rebinding',
    run: async () => {
      const { url, port } = await attackable()
      const statuses = []
      for (const host of forgedHosts(port)) {
        statuses.push((await ask(url, { headers: { host } })).status)
        for (const kind of ['page', 'process/1'])
          statuses.push(await socketStatus(`${url.replace('http:', 'ws:')}${kind}`, { headers: { host } }))
      }
      for (const line of ['host:\r\n', 'host: \r\n', ''])
        statuses.push(statusOf(await rawAnswer(port, `GET /${tokens.look}/ HTTP/1.0\r\n${line}\r\n`)))
      return `rejected: ${distinct(statuses)}`
    },
  },
  {
    attack: 'sends requests from a page of another site',
    run: async () => {
      const { hub, url, port } = await attackable()
      const statuses = []
      for (const origin of forgedOrigins(port)) {
        const headers = { origin }
        statuses.push((await ask(`${url}export.jsonl`, { headers })).status)
        statuses.push((await ask(`${url}import`, { method: 'POST', headers, body: file([]) })).status)
        statuses.push(await socketStatus(`${url.replace('http:', 'ws:')}page`, { headers }))
      }
      expect(hub.conversations).toEqual([])
      return `rejected: ${distinct(statuses)}`
    },
  },
  {
    attack: 'requests files outside the served ones',
    run: async () => {
      const { url } = await attackable()
      const own = readFileSync('package.json', 'utf8')
      const statuses = []
      for (const path of [
        '../package.json',
        '../../package.json',
        '%2e%2e/%2e%2e/package.json',
        '..%2f..%2fpackage.json',
        '..%5c..%5cpackage.json',
        './/./../../package.json',
        '/etc/passwd',
        '%00',
        'index.html%00.js',
        'constructor',
        '__proto__',
        'file:///etc/passwd',
        `${'a/'.repeat(2_000)}../package.json`,
      ]) {
        const { status, body } = await ask(url, { path: `/${tokens.look}/${path}` })
        statuses.push(status)
        expect(body).not.toContain(own.slice(0, 40))
      }
      return `not found, or rejected: ${distinct(statuses)}`
    },
  },
  {
    attack: 'uses other methods',
    run: async () => {
      const { url } = await attackable()
      const statuses = []
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
        for (const path of ['', 'export.jsonl', 'index.html'])
          statuses.push((await ask(`${url}${path}`, { method })).status)
      statuses.push((await ask(`${url}import`)).status)
      return `rejected: ${distinct(statuses)}`
    },
  },
  {
    attack: 'sends invalid requests, and two in one',
    run: async () => {
      const { port } = await attackable()
      const host = `host: 127.0.0.1:${port}\r\n`
      const target = `/${tokens.look}/import`
      const statuses = []
      for (const request of [
        'hello\r\n\r\n',
        `GET ${target} HTTP/9.9\r\n${host}\r\n`,
        `POST ${target} HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
        `POST ${target} HTTP/1.1\r\n${host}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
        `GET / HTTP/1.1\r\n${host}x: ${'y'.repeat(100_000)}\r\n\r\n`,
        `GET ${target} HTTP/1.1\r\n${host}${host}connection: close\r\n\r\n`,
      ])
        statuses.push(statusOf(await rawAnswer(port, request)))
      return `rejected: ${distinct(statuses)}`
    },
  },
  {
    attack: 'sends a request one byte at a time',
    run: async () => {
      const { port, url } = await attackable({ headWithin: 300 })
      const sockets = Array.from({ length: 20 }, () => rawSocket(port))
      for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nx: ')
      const ends = sockets.map((socket) => once(socket.resume(), 'close'))
      expect((await ask(url)).status).toBe(200)
      await Promise.all(ends)
      return 'disconnected after the time limit (5 seconds for the head of a request); others are answered in the meantime'
    },
  },
  {
    attack: 'opens connections and sends nothing',
    run: async () => {
      const { hub, port, url } = await attackable()
      const sockets = Array.from({ length: 300 }, () => rawSocket(port))
      let left = 0
      for (const socket of sockets) socket.resume().once('close', () => left++)
      await expect.poll(() => left).toBe(300 - 256)
      expect(hub.limitViolations?.last).toContain('256 are open already')
      for (const socket of sockets) socket.destroy()
      await expect.poll(async () => (await ask(url).catch(() => ({ status: 0 }))).status).toBe(200)
      return 'those beyond 256 are closed'
    },
  },
  {
    attack: 'exports everything, and does not read it',
    run: async () => {
      const { hub, url, port } = await attackable()
      const app = await processOf(url)
      for (let n = 0; n < 60; n++) {
        app.say(conversation(`${n}`))
        app.say(records(`${n}`, [eventRecord(0, 'x'.repeat(400_000))]))
      }
      await until(hub, () => hub.conversations.at(59)?.log.others.length === 1)
      let written = 0
      for (const { log } of hub.conversations) {
        const all = log.all.bind(log)
        log.all = () => {
          written++
          return all()
        }
      }
      const socket = rawSocket(port)
      socket.write(`GET /${tokens.look}/export.jsonl HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
      await once(socket, 'readable')
      let before = -1
      while (before !== written) {
        before = written
        for (let n = 0; n < 100; n++) await turn()
      }
      expect(written).toBeLessThan(50)
      socket.resume()
      await expect.poll(() => written).toBe(60)
      return 'only as much is written as the network takes'
    },
  },
  {
    attack: 'imports data that is too large, too deep, cut off, or not a file',
    run: async () => {
      const { hub, url, port } = await attackable()
      const answers = []
      for (const body of [
        'hello',
        file([]).slice(0, 40),
        file([{ ...eventRecord(0), x: 1 }]).replace('"x":1', `"x":${nestedJson(20_000)}`),
        file(asRecords([created]).map((record) => ({ ...record, index: 7 }))),
      ]) {
        const answer = await ask(`${url}import`, { method: 'POST', body })
        answers.push(answer.status)
        expect(answer.body).toContain('inspection-file-invalid')
      }
      const tooLarge = `POST /${tokens.look}/import HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: ${2 ** 40}\r\n\r\n{`
      answers.push(statusOf(await rawAnswer(port, tooLarge)))
      expect(hub.conversations).toEqual([])
      return `rejected: ${distinct(answers)}`
    },
  },
  {
    attack: 'imports two files at once, and abandons one of them',
    run: async () => {
      const { hub, url, port } = await attackable()
      const first = rawSocket(port)
      first.write(`POST /${tokens.look}/import HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 1000\r\n\r\n{`)
      const second = () => ask(`${url}import`, { method: 'POST', body: file([]) })
      await expect.poll(async () => (await second()).status).toBe(503)
      first.destroy()
      await expect.poll(async () => (await second()).status).toBe(200)
      expect(hub.conversations.length).toBeGreaterThan(0)
      return 'the second is rejected while the first is read (503), and accepted once that was abandoned'
    },
  },
  {
    attack: 'disconnects in the middle of every request',
    run: async () => {
      const { url, port } = await attackable()
      const page = await peerOf(url, 'page')
      for (const path of ['', 'export.jsonl', 'page', 'process/1'])
        for (const head of ['', 'upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: x\r\n']) {
          const socket = rawSocket(port)
          socket.write(`GET /${tokens.look}/${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${head}\r\n`)
          await turn()
          socket.resetAndDestroy()
        }
      expect((await ask(url)).status).toBe(200)
      expect(page.socket.readyState).toBe(1)
      return 'others are still answered'
    },
  },
])
