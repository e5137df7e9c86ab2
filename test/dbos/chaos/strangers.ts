// Clients that nobody here wrote: chats of the AI SDK, and curl. Each has a conversation of its own.
import { execFile } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual, promisify } from 'node:util'
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, generateId } from 'ai'
import type { Store } from '../../../src/index.ts'
import { shownParts } from '../../../src/server/ai-sdk/index.ts'
import type { Message } from '../../server/ai-sdk/served.ts'
import { firstDifference, outcomesIn, viewOf } from '../../server/kills/compared.ts'
import { received, within } from '../../server/kills/follower.ts'
import type { TalkOptions } from '../../server/kills/talks.ts'

const run = promisify(execFile)

/** Kinds of messages that need no person. */
const kinds = ['short', 'long', 'midway', 'tool', 'cut', 'overloaded']

/** A client as it lives until it is told to leave. */
interface Stranger {
  /** The message that it has no outcome of. */
  readonly pending: string | null
  live(): Promise<void>
  compare(store: Pick<Store, 'facts'>): Promise<void>
}

export class Strangers {
  readonly all: readonly Stranger[]

  private constructor(all: readonly Stranger[]) {
    this.all = all
  }

  /** Curl is among them where the machine has it. */
  static async of(options: TalkOptions): Promise<Strangers> {
    const hasCurl = await run('curl', ['--version']).then(
      () => true,
      () => false,
    )
    const chats = [new SdkChat('x0', options), new SdkChat('x1', options)]
    return new Strangers(hasCurl ? [...chats, new Curl('u0', options)] : chats)
  }

  live(): readonly Promise<void>[] {
    return this.all.map((each) => each.live())
  }

  async compare(store: Pick<Store, 'facts'>): Promise<void> {
    for (const each of this.all) await each.compare(store)
  }
}

/** Messages that are begun one after another. */
async function talk({ draw, leaving, pause = 200 }: TalkOptions, id: string, say: (text: string) => Promise<void>) {
  for (let nth = 0; !leaving.aborted; nth++) {
    await within(leaving, (signal) => wait(draw() * pause, undefined, { signal })).catch(() => {})
    if (leaving.aborted) return
    await say(`${kinds[Math.floor(draw() * kinds.length)] ?? 'short'} message ${id}a-${nth}`)
  }
}

/** So often a page is loaded for an answer that may not come: a message that failed has none. */
const mostLooks = 50

/**
 * `useChat` without React. Whoever uses it loads the page again when something went wrong, and sends the message again, with its id, if it
 * is not there: it may be on its way still. The answer may have ended between the messages that were loaded and the stream that was not
 * there any more, so the page is loaded until the answer is whole.
 */
class SdkChat implements Stranger {
  pending: string | null = null
  readonly #id: string
  readonly #options: TalkOptions
  #chat: Chat<Message>

  constructor(id: string, options: TalkOptions) {
    this.#id = id
    this.#options = options
    this.#chat = this.#open([])
  }

  async live(): Promise<void> {
    const { ending } = this.#options
    ending.addEventListener('abort', () => void this.#chat.stop())
    await talk(this.#options, this.#id, async (text) => {
      this.pending = text
      const message: Message = { id: generateId(), role: 'user', parts: [{ type: 'text', text }] }
      await this.#chat.sendMessage(message)
      if (this.#chat.status === 'error')
        for (let looks = 0; looks < mostLooks && !this.#isAnswered && !ending.aborted; looks++) {
          await wait(100)
          await this.#reload().catch(() => looks--)
          const loaded = this.#chat
          const isThere = loaded.messages.some(({ id }) => id === message.id)
          if (loaded.status === 'ready' && !isThere) await loaded.sendMessage(message)
        }
      this.pending = null
    })
  }

  async compare(): Promise<void> {
    const { world } = this.#options
    const stored = await this.#messages().catch((error: unknown) => {
      world.fault(`the chat ${this.#id} could not be loaded: ${String(error)}`)
      return []
    })
    const [seen, should] = [outline(this.#chat.messages), outline(stored)]
    if (!isDeepStrictEqual(seen, should))
      world.fault(`the chat ${this.#id} shows something else: ${firstDifference(seen, should)}`)
    const ids = stored.map(({ id }) => id)
    if (new Set(ids).size < ids.length) world.fault(`the chat ${this.#id} has a message twice`)
  }

  /** Whether it shows a whole answer to the last message. */
  get #isAnswered(): boolean {
    const { status, messages } = this.#chat
    const last = messages.at(-1)
    return status === 'ready' && last?.role === 'assistant' && last.metadata?.status !== 'streaming'
  }

  #open(messages: Message[]): Chat<Message> {
    const transport = new DefaultChatTransport<Message>({ api: `${this.#options.origin}/ai/chat` })
    return new Chat<Message>({ id: this.#id, messages, transport })
  }

  async #reload(): Promise<void> {
    this.#chat = this.#open(await this.#messages())
    await this.#chat.resumeStream()
  }

  async #messages(): Promise<Message[]> {
    const response = await fetch(`${this.#options.origin}/ai/chat/${this.#id}/messages`)
    if (response.status === 404) return []
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Message[]
  }
}

/** What stays the same when a page loads a chat again. */
const outline = (messages: readonly Message[]): readonly unknown[] =>
  JSON.parse(
    JSON.stringify(messages.map((message) => ({ id: message.id, role: message.role, parts: shownParts(message) }))),
  ) as readonly unknown[]

/** Sends a message with a key, and sends it again until it is told the outcome. */
class Curl implements Stranger {
  pending: string | null = null
  readonly #id: string
  readonly #options: TalkOptions
  /** The status of each message, by the id of its turn. */
  readonly #told = new Map<string, string>()

  constructor(id: string, options: TalkOptions) {
    this.#id = id
    this.#options = options
  }

  async live(): Promise<void> {
    const { origin, ending } = this.#options
    const create = async () => (await this.#post(`${origin}/v1/conversations`, { id: this.#id })).status
    while (!ending.aborted && ![201, 409].includes(await create())) await wait(100)
    await talk(this.#options, this.#id, async (text) => {
      this.pending = text
      while (!ending.aborted && !(await this.#isAnswered(text))) await wait(100)
      this.pending = null
    })
  }

  async compare(store: Pick<Store, 'facts'>): Promise<void> {
    const ended = outcomesIn(await viewOf(store, this.#id))
    for (const [message, status] of this.#told)
      if (ended.get(message) !== status)
        this.#options.world.fault(`curl was told that ${message} is ${status}, and it is ${ended.get(message)}`)
    for (const message of ended.keys())
      if (!this.#told.has(message)) this.#options.world.fault(`curl did not send ${message}, which is stored`)
  }

  async #isAnswered(text: string): Promise<boolean> {
    const url = `${this.#options.origin}/v1/conversations/${this.#id}/messages`
    const { body } = await this.#post(url, { input: text }, ['-H', `idempotency-key: ${text}`])
    for await (const { data } of received(new Response(body))) {
      const { message, outcome } = JSON.parse(data) as { message?: string; outcome?: { status: string } }
      if (message === undefined || !outcome) continue
      this.#told.set(message, outcome.status)
      return true
    }
    return false
  }

  /** What it prints, also if it ends with an error. */
  async #post(url: string, body: object, more: readonly string[] = []) {
    const given = ['-siN', '-X', 'POST', '-H', 'content-type: application/json', '-d', JSON.stringify(body), ...more]
    const printed = await within(this.#options.ending, (signal) => run('curl', [...given, url], { signal })).then(
      ({ stdout }) => stdout,
      (error: { readonly stdout?: string }) => error.stdout ?? '',
    )
    const [head = '', ...rest] = printed.split('\r\n\r\n')
    return { status: Number(head.split(' ')[1]), body: rest.join('\r\n\r\n') }
  }
}
