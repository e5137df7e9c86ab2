import { onTestFinished } from 'vitest'
import { startSimulator, type JsonObject, type Simulator, type SimulatorOptions } from '../../src/testing/index.ts'

/** A simulator that closes when its test ends. */
export const simulate = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const simulator = await startSimulator(options)
  onTestFinished(() => simulator.close())
  return simulator
}

export const bareHeaders = { 'content-type': 'application/json' }
export const headers = { ...bareHeaders, 'x-api-key': 'test', 'anthropic-version': '2023-06-01' }

/** A valid request, to a model of the generation that accepts all fields. */
export const request = (change: JsonObject = {}): JsonObject => ({
  model: 'claude-opus-4-6',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Hello' }],
  ...change,
})

export const send = (
  { url }: Simulator,
  body: unknown,
  more: Readonly<Record<string, string>> = {},
  path = '/v1/messages',
): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

export interface ApiErrorBody {
  readonly type: 'error'
  readonly error: { readonly type: string; readonly message: string; readonly details?: JsonObject }
  readonly request_id: string
}

export const errorOf = async (response: Response): Promise<ApiErrorBody & { readonly status: number }> => {
  const body: ApiErrorBody = await response.json()
  return { status: response.status, ...body }
}

export interface WireMessage {
  readonly id: string
  readonly model: string
  readonly content: readonly JsonObject[]
  readonly stop_reason: string | null
  readonly stop_sequence: string | null
  readonly stop_details: JsonObject | null
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } & JsonObject
}

/** The message in the answer to a request without a stream. */
export const ask = async (simulator: Simulator, body: JsonObject, more = {}): Promise<WireMessage> =>
  (await send(simulator, body, more)).json()

export interface WireEvent {
  readonly type: string
  readonly index?: number
  readonly message?: JsonObject
  readonly content_block?: JsonObject
  readonly delta?: JsonObject
  readonly usage?: JsonObject
  readonly error?: JsonObject
}

/** The events of a whole SSE body with `\n` line endings; checks that the name of each is the type in its data. */
export const eventsOf = (body: string): readonly WireEvent[] =>
  body
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [event = '', data = ''] = block.split('\n')
      const parsed: WireEvent = JSON.parse(data.replace('data: ', ''))
      if (event !== `event: ${parsed.type}`) throw new Error(`${event} carries ${parsed.type}`)
      return parsed
    })

export const streamText = async (simulator: Simulator, body: JsonObject = request(), more = {}): Promise<string> =>
  (await send(simulator, { ...body, stream: true }, more)).text()

export const stream = async (
  simulator: Simulator,
  body: JsonObject = request(),
  more = {},
): Promise<readonly WireEvent[]> => eventsOf(await streamText(simulator, body, more))

export const typesOf = (events: readonly WireEvent[]): readonly string[] => events.map(({ type }) => type)

export const the = (events: readonly WireEvent[], type: string): WireEvent => {
  const found = events.find((event) => event.type === type)
  if (!found) throw new Error(`No ${type} among ${typesOf(events).join(', ')}`)
  return found
}

export const deltasOf = (events: readonly WireEvent[]): readonly JsonObject[] =>
  events.flatMap(({ type, delta }) => (type === 'content_block_delta' && delta ? [delta] : []))

export const textOf = (events: readonly WireEvent[]): string =>
  deltasOf(events)
    .map((delta) => (typeof delta['text'] === 'string' ? delta['text'] : ''))
    .join('')
