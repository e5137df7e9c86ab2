// A serving inspector, and peers that follow no rules.
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { WebSocket } from 'ws'
import { afterEach } from 'vitest'
import { type InspectorOptions, startWithHub } from '../../src/inspect/web/start-inspector.ts'
import { type PageMessage, processPath } from '../../src/inspect/wire/messages.ts'
import { keeper } from './fixtures.ts'

/** Resources that are closed after the test. */
export const running: { close(): Promise<void> }[] = []
const sockets: WebSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await Promise.all(running.splice(0).map((one) => one.close()))
})

export async function inspecting(options?: InspectorOptions) {
  const { inspector, hub } = await startWithHub(options)
  running.push(inspector)
  return { ...inspector, hub }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

interface Asked {
  readonly method?: string
  /** The raw request target, without normalization. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A request that follows no rules. */
export function ask(url: string, { method = 'GET', path, headers = {}, body }: Asked = {}): Promise<Answer> {
  const { port, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { host: '127.0.0.1', port, method, path: path ?? `${pathname}${search}`, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

export const socketAddress = (url: string, what: string) =>
  `${url.replace('http:', 'ws:')}${what === 'process' ? processPath : what}`

/** An open socket that records its messages. */
export async function connect(url: string, what: 'page' | 'process') {
  const socket = new WebSocket(socketAddress(url, what))
  sockets.push(socket)
  const { all, add, until } = keeper<PageMessage>()
  socket.on('message', (data: Buffer) => add(JSON.parse(data.toString('utf8')) as PageMessage))
  await once(socket, 'open')
  return { socket, all, until, say: (message: unknown) => socket.send(JSON.stringify(message)) }
}

/** The status with which a forbidden connection is rejected. */
export const socketStatus = (address: string, options: { origin?: string; headers?: Record<string, string> } = {}) =>
  new Promise<number | 'open'>((resolve) => {
    const socket = new WebSocket(address, options)
    sockets.push(socket)
    socket.on('unexpected-response', (asked, response) => {
      resolve(response.statusCode ?? 0)
      asked.destroy()
    })
    socket.on('open', () => resolve('open'))
    socket.on('error', () => {})
  })
