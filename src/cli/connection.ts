import type { MessageSource } from '../source/message-source.ts'
import { anthropicClient } from '../claude/anthropic-client.ts'
import { claude } from '../claude/claude.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../testing/index.ts'
import { transport } from './transport.ts'

/** Where replies come from. */
export interface Connection {
  readonly source: MessageSource
  readonly kind: 'api' | 'simulator' | 'address'
  /** For people. */
  readonly name: string
  close(): Promise<void>
}

/** A connection to a simulator that was started here. */
export interface Simulation extends Connection {
  readonly simulator: Simulator
}

/** Words that are streamed before a simulated refusal, so that some text is retracted. */
const shownBeforeRefusal = 5

/** Milliseconds between simulated words, so that streaming can be seen. */
const simulatedPace = 25

export interface ConnectOptions {
  readonly baseUrl?: string | undefined
  readonly apiKey?: string | undefined
  /** Whether to stream simulated words slowly, for people. */
  readonly isPaced: boolean
}

/** An address without credentials, query and fragment, which may hold secrets. */
function shownAddress(address: string): string {
  if (!URL.canParse(address)) return 'an address that can not be parsed'
  const url = new URL(address)
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return isPlain ? address : `${url.protocol}//${url.host}${url.pathname}`
}

/** Connects to the given address, else to the API if there is a key, else to a new simulator. */
export async function connect({ baseUrl, apiKey, isPaced }: ConnectOptions): Promise<Connection> {
  if (baseUrl === undefined && apiKey === undefined)
    return simulate({ refusal: { afterDeltas: shownBeforeRefusal }, deltaDelay: isPaced ? simulatedPace : 0 })
  const fetch = await transport()
  const client = anthropicClient({
    apiKey: apiKey ?? 'no-key',
    ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
    ...(fetch ? { fetch } : {}),
  })
  const to =
    baseUrl === undefined
      ? ({ kind: 'api', name: 'the Claude API' } as const)
      : ({ kind: 'address', name: shownAddress(baseUrl) } as const)
  // Connections that nobody uses keep no process alive.
  return { source: claude(client), ...to, close: () => Promise.resolve() }
}

export async function simulate(options: SimulatorOptions): Promise<Simulation> {
  const simulator = await startSimulator(options)
  return {
    simulator,
    source: claude(anthropicClient({ apiKey: 'simulated', baseURL: simulator.url })),
    kind: 'simulator',
    name: 'the built-in simulator',
    close: () => simulator.close(),
  }
}
