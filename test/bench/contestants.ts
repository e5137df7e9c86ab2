import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from './built.ts'
import type { Contestant } from './measure.ts'

const model = 'claude-opus-4-6'
const params = { model, max_tokens: 1024, messages: [{ role: 'user' as const, content: 'Go on.' }] }

/** What an app does with a delta, as little as can be. */
type Listener = (delta: string) => void

/** Reads all characters of a text, as whoever renders it must. */
function readCharacters(text: string): number {
  let sum = 0
  for (let index = 0; index < text.length; index++) sum = (sum + text.charCodeAt(index)) | 0
  return sum
}

/** The contestants with one text listener each, and what the listener heard. */
export function textListeners(url: string): readonly Contestant[] {
  const client = new Anthropic({ apiKey: 'bench', baseURL: url, maxRetries: 0 })
  return [
    { name: names.floor, run: () => listening((listener) => floor(url, listener)) },
    { name: names.create, run: () => listening((listener) => sdkCreate(client, listener)) },
    { name: names.stream, run: () => listening((listener) => sdkStream(client, listener)) },
    { name: names.turnstate, run: () => listening((listener) => turnstate(client, listener)) },
  ]
}

/** Those whose subscriber reads the whole running text at each notification, as a page does. */
export function pageReaders(url: string): readonly Contestant[] {
  const client = new Anthropic({ apiKey: 'bench', baseURL: url, maxRetries: 0 })
  return [
    { name: names.floor, run: () => floorPage(url) },
    { name: names.turnstate, run: () => turnstatePage(client) },
  ]
}

export const names = {
  floor: 'floor',
  create: 'SDK `create({ stream: true })`',
  stream: "SDK `messages.stream().on('text')`",
  turnstate: "**turnstate** `chat.on('delta')`",
} as const

async function listening(run: (listener: Listener) => Promise<void>): Promise<string> {
  let text = ''
  await run((delta) => {
    text += delta
  })
  return text
}

interface FloorEvent {
  readonly type: string
  readonly delta?: { readonly type: string; readonly text: string }
}

/** What one writes by hand, and no less: every line that it lacks is a feature. */
async function floor(url: string, listener: Listener): Promise<void> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'bench', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ ...params, stream: true }),
  })
  if (!response.body) throw new Error('The answer has no body.')
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue
      const event: FloorEvent = JSON.parse(line.slice(6))
      if (event.type === 'content_block_delta' && event.delta?.type === 'text_delta') listener(event.delta.text)
    }
  }
}

async function sdkCreate(client: Anthropic, listener: Listener): Promise<void> {
  for await (const event of await client.messages.create({ ...params, stream: true }))
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') listener(event.delta.text)
}

async function sdkStream(client: Anthropic, listener: Listener): Promise<void> {
  await client.messages.stream(params).on('text', listener).done()
}

async function turnstate(client: Anthropic, listener: Listener): Promise<void> {
  const chat = createConversation({ source: claude(client), model, maxTokens: params.max_tokens })
  chat.on('delta', ({ text }) => listener(text))
  await chat.sendMessage('Go on.')
}

async function floorPage(url: string): Promise<string> {
  let text = ''
  await floor(url, (delta) => {
    text += delta
    readCharacters(text)
  })
  return text
}

async function turnstatePage(client: Anthropic): Promise<string> {
  const chat = createConversation({ source: claude(client), model, maxTokens: params.max_tokens })
  chat.subscribe(() => {
    const part = chat.messages.at(-1)?.parts.at(-1)
    if (part?.type === 'text') readCharacters(part.text)
  })
  const { text } = await chat.sendMessage('Go on.')
  return text
}
