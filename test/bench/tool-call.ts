// Those who hear the input of a call as it comes, and have it parsed at the end.
import type Anthropic from '@anthropic-ai/sdk'
import type { Conversation } from '../../src/index.ts'
import { claude, createConversation } from './built.ts'
import { type Listener, names, readLastPart } from './contestants.ts'
import { floor, type OnEvent, sdkCreate } from './floor.ts'
import type { Contestant } from './measure.ts'
import type { LinesInput } from './replies.ts'
import { clientOf, model, params, prompt, writeLines } from './requests.ts'

const inputJson = "SDK `messages.stream().on('inputJson')`"
const reader = '**turnstate**, `chat.messages` read at each notification too'

const asked = { ...params, tools: [writeLines] }

export function inputListeners(url: string): readonly Contestant[] {
  const client = clientOf(url)
  return [
    { name: names.floor, run: () => callingByHand((onEvent) => floor(url, asked, onEvent)) },
    { name: names.create, run: () => callingByHand((onEvent) => sdkCreate(client, asked, onEvent)) },
    { name: names.stream, run: () => calling((listener) => sdkStream(client, listener)) },
    { name: names.turnstate, run: () => calling((listener) => turnstate(client, listener)) },
    { name: reader, run: () => calling((listener) => turnstate(client, listener, readLastPart)) },
  ]
}

/** Apart from the others: it leaves so much garbage that they would pay for it, and be warming up all the time. */
export function inputParsers(url: string): readonly Contestant[] {
  const client = clientOf(url)
  return [
    { name: names.floor, run: () => callingByHand((onEvent) => floor(url, asked, onEvent)) },
    { name: inputJson, run: () => calling((listener) => sdkInputJson(client, listener)) },
  ]
}

/** What was heard, and the lines of what was parsed. */
async function calling(run: (listener: Listener) => Promise<unknown>): Promise<string> {
  let json = ''
  const input = await run((fragment) => {
    json += fragment
  })
  // The only tool there is.
  return json + (input as LinesInput).lines.join('')
}

/** Appends, and parses once, at the end of the block. */
const callingByHand = (read: (onEvent: OnEvent) => Promise<void>): Promise<string> =>
  calling(async (listener) => {
    let json = ''
    let input: unknown
    await read((event) => {
      if (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta') {
        json += event.delta.partial_json
        listener(event.delta.partial_json)
      } else if (event.type === 'content_block_stop') input = JSON.parse(json)
    })
    return input
  })

async function sdkStream(client: Anthropic, listener: Listener): Promise<unknown> {
  const stream = client.messages.stream(asked).on('streamEvent', (event) => {
    if (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta')
      listener(event.delta.partial_json)
  })
  return inputOf(await stream.finalMessage())
}

async function sdkInputJson(client: Anthropic, listener: Listener): Promise<unknown> {
  return inputOf(await client.messages.stream(asked).on('inputJson', listener).finalMessage())
}

function inputOf({ content: [block] }: Anthropic.Message): unknown {
  return block?.type === 'tool_use' ? block.input : undefined
}

function turnstate(client: Anthropic, listener: Listener, read?: (chat: Conversation) => void): Promise<unknown> {
  const chat = createConversation({
    source: claude(client),
    model,
    maxTokens: params.max_tokens,
    tools: [writeLines],
  })
  chat.on('delta', ({ text }) => listener(text))
  if (read) chat.subscribe(() => read(chat))
  return new Promise((resolve, reject) => {
    chat.on('toolCall.answerRequested', ({ input }) => resolve(input))
    // It is left waiting for the answer; when it ends, something was wrong.
    chat.sendMessage(prompt).then(({ error }) => reject(error ?? new Error('Nothing was called.')), reject)
  })
}
