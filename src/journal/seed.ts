import { type Block, type Content, isThinking, type Message, plainText, toBlocks, toolCallId } from './content.ts'
import type { Fact } from './facts.ts'
import { summaryIn } from './request/lines.ts'
import { type MendMedia, withMendedMedia } from './seed/mend-media.ts'
import { readMessages, reportRole, type SeedMessage } from './seed/read-messages.ts'
import type { Repair } from './seed/repair.ts'
import { noUsage } from './usage.ts'

export type { Repair } from './seed/repair.ts'

export interface SeedOptions {
  /** Messages in the API's form; those of other providers are read as far as turnstate knows their meaning. */
  readonly messages: readonly unknown[]
  /** Milliseconds since 1970. */
  readonly at: number
  readonly nextId: () => string
  /** Checks images and files. Default: they are kept unchanged. */
  readonly mendMedia?: MendMedia
}

/**
 * Facts for a history from outside: one settled turn for each user message and what followed it, and one for a summary. A history that
 * breaks the API's rules is repaired, and each repair is reported. Its thinking is dropped, because the model that produced it
 * is unknown. It never throws.
 */
export function seedFacts(options: SeedOptions): { facts: readonly Fact[]; repairs: readonly Repair[] } {
  const repairs: Repair[] = []
  const messages = withMendedMedia(readMessages(options.messages, repairs), options.mendMedia ?? (() => null), repairs)
  const seed = new Seed(options, repairs)
  for (const at of messages.keys()) seed.add(messages, at)
  const facts = seed.end()
  return { facts, repairs: repairs.toSorted((one, other) => one.message - other.message) }
}

class Seed {
  readonly #options: SeedOptions
  readonly #repairs: Repair[]
  readonly #facts: Fact[] = []
  #turnId: string | null = null
  #parent: string | null = null
  /** Ids of calls without results so far. */
  #calls: readonly string[] = []
  #message = 0

  constructor(options: SeedOptions, repairs: Repair[]) {
    this.#options = options
    this.#repairs = repairs
  }

  add(messages: readonly SeedMessage[], at: number): void {
    const before = messages[at - 1]
    const message = messages[at]
    if (!message) return
    this.#message = message.index
    if (message.role === 'user') return this.#ask(message)
    if (message.role === 'system') return this.#instruct(message, whoSpeaksAfter(messages, at))
    // The API joins neighbouring messages of one role: a reply in several pieces, and the results of its calls.
    const goesOn = before?.role === 'assistant'
    if (!goesOn) this.#reportUnanswered(before?.index ?? message.index)
    this.#answer(toBlocks(message.content), goesOn)
  }

  /**
   * The API accepts a system message after a user's message, before a reply or at the end. There it belongs to the turn of that
   * message. Elsewhere, and if it is not only text, it becomes part of the user's message.
   */
  #instruct(message: SeedMessage, after: Message['role'] | null): void {
    const opening = this.#facts.at(-1)
    const said = toBlocks(message.content).filter((block) => !isEmptyText(block))
    const hasPlace = opening?.type === 'turn.opened' && opening.kind === 'seed' && after !== 'user'
    const isSystem = hasPlace && said.length > 0 && said.every(({ type }) => type === 'text')
    reportRole(message.named, isSystem ? 'system' : 'user', (what) => this.#repair(what))
    if (!isSystem) return this.#ask(message)
    const { system } = opening
    const words = typeof message.content === 'string' ? message.content : said
    this.#facts[this.#facts.length - 1] = {
      ...opening,
      system: system === undefined ? words : [...toBlocks(system), ...said],
    }
  }

  end(): readonly Fact[] {
    this.#reportUnanswered(this.#message)
    this.#settle()
    return this.#facts
  }

  #repair(what: string, message = this.#message): void {
    this.#repairs.push({ message, what })
  }

  #ask({ content }: SeedMessage): void {
    const blocks = toBlocks(content)
    const results = this.#resultsAmong(blocks)
    const rest = blocks.filter((block) => block.type !== 'tool_result' && !isEmptyText(block))
    if (this.#turnId !== null && results.length > 0)
      this.#facts.push({ type: 'toolResults.recorded', turnId: this.#turnId, results })
    if (rest.length === 0) {
      if (results.length === 0) this.#repair('it is empty and was left out')
      return
    }
    this.#reportUnanswered(this.#message)
    const summary = this.#facts.length === 0 ? summaryIn(plainText(rest.slice(0, 1))) : null
    if (summary === null) return void this.#open(typeof content === 'string' ? content : rest)
    this.#summarise([{ type: 'text', text: summary }], 'end_turn')
    if (rest.length > 1) this.#open(rest.slice(1))
  }

  /** The results that answer an open call, each call once. */
  #resultsAmong(blocks: readonly Block[]): readonly Block[] {
    const waiting = [...this.#calls]
    const given = blocks.filter(({ type }) => type === 'tool_result')
    const results = given.filter((block) => {
      const at = waiting.indexOf(String(block['tool_use_id']))
      if (at >= 0) waiting.splice(at, 1)
      return at >= 0
    })
    if (results.length < given.length)
      this.#repair(`${given.length - results.length} tool results without their call were left out`)
    this.#calls = waiting
    return results
  }

  #answer(blocks: readonly Block[], goesOn: boolean): void {
    const at = blocks.findIndex(({ type }) => type === 'compaction')
    if (at < 0) return this.#reply(blocks, goesOn)
    if (at > 0) this.#reply(blocks.slice(0, at), goesOn)
    const block = blocks[at]
    const isWhole = typeof block?.['content'] === 'string' && block['content'] !== ''
    if (block && isWhole) {
      this.#reportUnanswered(this.#message)
      if (this.#facts.length > 0)
        this.#repair('what stands before the summary in it is not sent: the summary stands for it')
      this.#summarise([block], 'compaction')
    } else this.#repair('a compaction in it, which failed, was left out')
    const after = blocks.slice(at + 1)
    if (after.length === 0) return
    if (isWhole) {
      this.#repair('what follows the summary in it stands as an answer to "Go on."')
      this.#open('Go on.')
    }
    this.#answer(after, goesOn && !isWhole)
  }

  #reply(blocks: readonly Block[], goesOn: boolean): void {
    const turnId = this.#turnId
    if (turnId === null) return this.#repair('it answers no message of the user and was left out')
    const content = blocks.filter((block) => !isEmptyText(block) && !isThinking(block))
    if (blocks.some(isThinking)) this.#repair('its thinking was left out: who thought it, and after what, is not known')
    if (content.length === 0) return this.#repair('it is empty and was left out')
    const before = this.#facts.at(-1)
    const said = goesOn && before?.type === 'reply.recorded' && before.turnId === turnId ? before.content : []
    if (said.length > 0) this.#facts.pop()
    this.#calls = [...this.#calls, ...content.flatMap((block) => toolCallId(block) ?? [])]
    this.#record(turnId, [...said, ...content], this.#calls.length > 0 ? 'tool_use' : 'end_turn')
  }

  /** A summary replaces everything before it. */
  #summarise(content: readonly Block[], stopReason: string): void {
    const turnId = this.#open('', 'compaction')
    this.#record(turnId, content, stopReason)
    this.#settle()
  }

  #record(turnId: string, content: readonly Block[], stopReason: string): void {
    this.#facts.push({
      type: 'reply.recorded',
      turnId,
      // No request was made for it.
      attempt: 0,
      model: '',
      promptHash: '',
      content,
      stopReason,
      usage: noUsage,
    })
  }

  #open(input: Content, kind: 'seed' | 'compaction' = 'seed'): string {
    this.#settle()
    const turnId = this.#options.nextId()
    this.#turnId = turnId
    this.#facts.push({ type: 'turn.opened', turnId, parent: this.#parent, input, at: this.#options.at, kind })
    return turnId
  }

  #settle(): void {
    if (this.#turnId === null) return
    this.#facts.push({ type: 'turn.settled', turnId: this.#turnId, status: 'completed', kept: true })
    this.#parent = this.#turnId
    this.#turnId = null
  }

  #reportUnanswered(message: number): void {
    for (const callId of this.#calls)
      this.#repair(`the tool call ${callId} has no result and gets an error result`, message)
    this.#calls = []
  }
}

/** The role of the next message that is not a system message; `null` at the end. */
function whoSpeaksAfter(messages: readonly SeedMessage[], at: number): Message['role'] | null {
  let next = at + 1
  while (messages[next]?.role === 'system') next++
  return messages[next]?.role ?? null
}

const isEmptyText = (block: Block): boolean => block.type === 'text' && plainText([block]).trim() === ''
