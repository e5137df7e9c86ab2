// A server on this machine, and viewers that connect to it.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { ToolInput } from '../../../src/index.ts'
import { drivenTools } from '../../tools/fixtures.ts'
import { keeper } from '../fixtures.ts'
import {
  type AnyState,
  type AnyStateMachine,
  type ParsedReceiverEvent,
  realInspect,
} from '../../xstate-inspect/real.ts'

async function startServer() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 8_000_000 })
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    server,
    address,
    stop: async () => {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A new server for each test of a file; read its parts within tests. */
export function serverForEach() {
  let running: Awaited<ReturnType<typeof startServer>> | null = null
  const now = () => {
    if (!running) throw new Error('A server runs in tests only')
    return running
  }
  beforeEach(async () => {
    running = await startServer()
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    await now().stop()
  })
  return {
    get server() {
      return now().server
    },
    get address() {
      return now().address
    },
  }
}

export interface Seen {
  readonly machine: AnyStateMachine
  readonly id: string
  readonly parent: string | undefined
  /** The last state, resolved by XState 4. */
  state: AnyState
  isStopped: boolean
}

/** The real receiver, and a viewer based on it. */
export function look(address: string) {
  vi.stubGlobal('WebSocket', WebSocket)
  const receiver = realInspect.createWebSocketReceiver({ server: address, serialize: undefined })
  return watch(receiver)
}

type Receiver = ReturnType<typeof realInspect.createWebSocketReceiver>

export function watch(receiver: Receiver) {
  const { all, add, until } = keeper<ParsedReceiverEvent>()
  const services = new Map<string, Seen>()
  receiver.subscribe((event: ParsedReceiverEvent) => {
    const known = services.get(event.sessionId)
    if (event.type === 'service.register')
      services.set(event.sessionId, {
        machine: event.machine,
        id: event.id,
        parent: event.parent,
        state: event.machine.resolveState(event.state),
        isStopped: false,
      })
    else if (event.type === 'service.state' && known) known.state = known.machine.resolveState(event.state)
    else if (event.type === 'service.stop' && known) known.isStopped = true
    add(event)
  })
  const named = (id: string): Seen & { readonly sessionId: string } => {
    const found = [...services].findLast(([, service]) => service.id === id)
    if (!found) throw new Error(`${id} was never registered`)
    return { sessionId: found[0], ...found[1] }
  }
  return {
    receiver,
    all,
    services,
    named,
    until,
    untilValue: (id: string, value: unknown) =>
      until(() => {
        const [, service] = [...services].findLast(([, one]) => one.id === id) ?? []
        return JSON.stringify(service?.state.value) === JSON.stringify(value)
      }),
    untilRegistered: (count: number) => until(() => services.size >= count),
    /** Sends an event as viewers do. */
    control: (sessionId: string, data: { readonly type: string } & Record<string, unknown>) =>
      receiver.send({
        type: 'xstate.event',
        service: sessionId,
        event: JSON.stringify({ name: data.type, data, $$type: 'scxml', type: 'external', origin: sessionId }),
      }),
  }
}

/** Tools whose runs the test ends, as an option. */
export function driven() {
  const { tools, ...rest } = drivenTools()
  return { tools: tools as readonly ToolInput[], ...rest }
}

/** The request of a local viewer outside of a browser, made up without a network. */
export const requestFromHere = { headers: { host: '127.0.0.1:4000' }, socket: { localPort: 4_000 } }

/** A socket without a receiver, which records raw messages. */
export async function connect(address: string) {
  const socket = new WebSocket(`ws://${address}`)
  const { all, add, until } = keeper<{ readonly type: string; readonly [field: string]: unknown }>()
  socket.on('message', (data: Buffer) => add(JSON.parse(data.toString())))
  await once(socket, 'open')
  return { socket, all, until, say: (message: unknown) => socket.send(JSON.stringify(message)) }
}
