// Those who hear a reply's words, said or thought.
import type Anthropic from '@anthropic-ai/sdk'
import type { Conversation } from '../../src/index.ts'
import { claude, createConversation } from './built.ts'
import { floor, type OnEvent, sdkCreate } from './floor.ts'
import type { Contestant } from './measure.ts'
import { apiTools, clientOf, model, params, prompt, tools } from './requests.ts'

/** What an app does with a delta, as little as can be. */
export type Listener = (delta: string) => void

/** Each with a listener to every delta. */
export const names = {
  floor: 'floor',
  create: 'SDK `create({ stream: true })`',
  stream: 'SDK `messages.stream()`',
  turnstate: "**turnstate** `chat.on('delta')`",
} as const

/** The contestants with one listener each, and what the listener heard. */
export function wordListeners(url: string, withTools: boolean): readonly Contestant[] {
  const client = clientOf(url)
  const asked = withTools ? { ...params, tools: [...apiTools] } : params
  return [
    { name: names.floor, run: () => listening((listener) => floor(url, asked, onWords(listener))) },
    { name: names.create, run: () => listening((listener) => sdkCreate(client, asked, onWords(listener))) },
    { name: names.stream, run: () => listening((listener) => sdkStream(client, asked, listener)) },
    { name: names.turnstate, run: () => listening((listener) => turnstate(client, withTools, listener)) },
  ]
}

/** Those whose subscriber reads the whole running text at each notification, as a page does. */
export function pageReaders(url: string): readonly Contestant[] {
  const client = clientOf(url)
  return [
    { name: names.floor, run: () => floorPage(url) },
    { name: names.turnstate, run: () => turnstatePage(client) },
  ]
}

async function listening(run: (listener: Listener) => Promise<void>): Promise<string> {
  let text = ''
  await run((delta) => {
    text += delta
  })
  return text
}

const onWords =
  (listener: Listener): OnEvent =>
  (event) => {
    if (event.type !== 'content_block_delta') return
    if (event.delta.type === 'text_delta') listener(event.delta.text)
    else if (event.delta.type === 'thinking_delta') listener(event.delta.thinking)
  }

async function sdkStream(client: Anthropic, asked: typeof params, listener: Listener): Promise<void> {
  await client.messages.stream(asked).on('text', listener).on('thinking', listener).done()
}

async function turnstate(client: Anthropic, withTools: boolean, listener: Listener): Promise<void> {
  const chat = createConversation({
    source: claude(client),
    model,
    maxTokens: params.max_tokens,
    ...(withTools ? { tools } : {}),
  })
  chat.on('delta', ({ text }) => listener(text))
  await chat.sendMessage(prompt)
}

async function floorPage(url: string): Promise<string> {
  let text = ''
  await floor(
    url,
    params,
    onWords((delta) => {
      text += delta
      readCharacters(text)
    }),
  )
  return text
}

async function turnstatePage(client: Anthropic): Promise<string> {
  const chat = createConversation({ source: claude(client), model, maxTokens: params.max_tokens })
  chat.subscribe(() => readLastPart(chat))
  const { text } = await chat.sendMessage(prompt)
  return text
}

/** What a page shows of a reply in progress; the input of a call is a text until it is whole. */
export function readLastPart(chat: Conversation): void {
  const part = chat.messages.at(-1)?.parts.at(-1)
  if (part?.type === 'text') readCharacters(part.text)
  if (part?.type === 'tool-call' && typeof part.input === 'string') readCharacters(part.input)
}

/** Reads all characters of a text, as whoever renders it must. */
function readCharacters(text: string): number {
  let sum = 0
  for (let index = 0; index < text.length; index++) sum = (sum + text.charCodeAt(index)) | 0
  return sum
}
