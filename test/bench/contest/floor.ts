// What one writes by hand, and no less: every line that it lacks is a feature. Over `fetch`, and the same over `node:http`.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import type Anthropic from '@anthropic-ai/sdk'

export type Params = Anthropic.MessageCreateParams
export type OnEvent = (event: Anthropic.RawMessageStreamEvent) => void

const headers = { 'content-type': 'application/json', 'x-api-key': 'bench', 'anthropic-version': '2023-06-01' }

/** The floor that all are measured by. */
export async function floor(url: string, params: Params, onEvent: OnEvent): Promise<void> {
  const body = JSON.stringify({ ...params, stream: true })
  const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body })
  if (!response.body) throw new Error('The answer has no body.')
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) onEvent(JSON.parse(line.slice(6)))
  }
}

const agent = new Agent({ keepAlive: true })

export async function floorOverHttp(url: string, params: Params, onEvent: OnEvent): Promise<void> {
  const body = JSON.stringify({ ...params, stream: true })
  const length = { 'content-length': Buffer.byteLength(body) }
  const sent = request(`${url}/v1/messages`, { agent, method: 'POST', headers: { ...headers, ...length } }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const decoder = new TextDecoder()
  let rest = ''
  response.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) onEvent(JSON.parse(line.slice(6)))
  })
  await once(response, 'end')
}
