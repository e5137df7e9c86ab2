// The source behind the SDK, over the network, against the simulator.
import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import { expect, onTestFinished } from 'vitest'
import type { MessageRequest, MessageSource, SourceEvent } from '../../src/source/message-source.ts'
import { claude, type MessagesClient } from '../../src/claude/claude.ts'
import { TurnstateError } from '../../src/errors.ts'
import {
  type ScriptFaults,
  type ScriptStep,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../src/testing/index.ts'

export const model = 'claude-opus-5-5'

export const request: MessageRequest = {
  model,
  maxTokens: 1024,
  fields: {},
  messages: [{ role: 'user', content: 'Hello' }],
  betas: [],
  container: null,
}

/** A simulator that is closed after its test. */
export const simulate = async (options: SimulatorOptions): Promise<Simulator> => {
  const simulator = await startSimulator(options)
  onTestFinished(() => simulator.close())
  return simulator
}

/** The SDK client as an app creates it. */
export const clientOf = ({ url }: Simulator, options: ClientOptions = {}): Anthropic =>
  new Anthropic({ apiKey: 'test', baseURL: url, ...options })

/** Requests a reply, as the stream actor does. */
export const open = (
  source: MessageSource,
  change: Partial<MessageRequest> = {},
  signal: AbortSignal = new AbortController().signal,
) => source({ ...request, ...change }, { signal })

export interface Heard {
  /** One entry per item that the source yielded. */
  readonly items: readonly (readonly SourceEvent[])[]
  readonly events: readonly SourceEvent[]
  readonly error: TurnstateError | undefined
}

/** Everything that a source yields for one request, and its end. */
export async function listen(source: MessageSource, change: Partial<MessageRequest> = {}): Promise<Heard> {
  const items: SourceEvent[][] = []
  let error: TurnstateError | undefined
  try {
    for await (const item of open(source, change)) {
      // Events before an error in the same item were yielded too.
      const taken: SourceEvent[] = []
      items.push(taken)
      for (const event of 'type' in item ? [item] : item) {
        if (event.type === 'failed') throw event.error
        taken.push(event)
      }
    }
  } catch (thrown) {
    if (!TurnstateError.is(thrown)) throw thrown
    error = thrown
  }
  return { items, events: items.flat(), error }
}

/** The events that the source yields for this step. */
export async function heard(step: ScriptStep, change: Partial<MessageRequest> = {}): Promise<Heard> {
  return listen(claude(clientOf(await simulate({ script: [step] }))), change)
}

/** The error that this step or this client causes. */
export async function errorOf(from: ScriptStep | MessagesClient): Promise<TurnstateError> {
  const { error } = await ('messages' in from ? listen(claude(from)) : heard(from))
  if (!error) throw new Error('Nothing was thrown')
  return error
}

export const textOf = (events: readonly SourceEvent[]): string =>
  events.map((event) => (event.type === 'block.delta' && event.kind === 'text' ? event.text : '')).join('')

/** The types of the events, without pings. */
export const typesOf = (events: readonly SourceEvent[]): readonly string[] =>
  events.map(({ type }) => type).filter((type) => type !== 'ping')

export const expectWhole = ({ events, error }: Heard): void => {
  expect(error).toBeUndefined()
  expect(events[0]).toMatchObject({ type: 'opened' })
  expect(events.at(-1)).toEqual({ type: 'message.stopped' })
}

/** The ways in which the same reply can arrive. */
export const deliveries: readonly (readonly [string, ScriptFaults])[] = [
  ['with LF', { lineEnding: '\n' }],
  ['with CR', { lineEnding: '\r' }],
  ['with CRLF', { lineEnding: '\r\n' }],
  ['byte by byte', { splitEveryByte: true }],
  ['byte by byte with CR', { splitEveryByte: true, lineEnding: '\r' }],
  ['byte by byte with CRLF', { splitEveryByte: true, lineEnding: '\r\n' }],
  ['in pieces of 7 bytes', { chunkBytes: 7 }],
  ['with comments', { comments: true }],
  ['with pings', { pingEvery: 1 }],
]
