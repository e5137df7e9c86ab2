import { type Block, type Content, type Message, plainText, toBlocks, toolCallId } from './content.ts'
import type { Fact } from './facts.ts'
import { isThinking } from './request/thinking.ts'
import { noUsage } from './usage.ts'

/** What had to be changed about a seeded history so that it can be sent. */
export interface Repair {
  /** Index in the seeded `messages`. */
  readonly message: number
  readonly what: string
}

export interface SeedOptions {
  readonly messages: readonly Message[]
  readonly at: number
  readonly nextId: () => string
}

/**
 * Facts for a history that comes from elsewhere: one settled turn for each question and what followed it. Where
 * it breaks the rules of `buildRequest` it is repaired, and each repair is reported. Who thought its thinking is
 * not known, so none of it is kept.
 */
export function seedFacts(options: SeedOptions): { facts: readonly Fact[]; repairs: readonly Repair[] } {
  const facts: Fact[] = []
  const repairs: Repair[] = []
  let turnId: string | null = null
  let parent: string | null = null
  let calls: readonly string[] = []

  const settle = () => {
    if (turnId === null) return
    facts.push({ type: 'turn.settled', turnId, status: 'completed', kept: true })
    parent = turnId
    turnId = null
  }
  const open = (input: Content) => {
    settle()
    turnId = options.nextId()
    facts.push({ type: 'turn.opened', turnId, parent, input, at: options.at, kind: 'seed' })
  }

  const reportUnanswered = (message: number) => {
    for (const callId of calls)
      repairs.push({ message, what: `the tool call ${callId} has no result and gets an error result` })
    calls = []
  }

  options.messages.forEach((message, index) => {
    const repair = (what: string) => void repairs.push({ message: index, what })
    if (message.role === 'user') {
      const blocks = toBlocks(message.content)
      const results = blocks.filter(
        (block) => block.type === 'tool_result' && calls.includes(String(block['tool_use_id'])),
      )
      const orphans = blocks.filter((block) => block.type === 'tool_result' && !results.includes(block))
      const rest = blocks.filter((block) => block.type !== 'tool_result' && !isEmptyText(block))
      if (orphans.length > 0) repair(`${orphans.length} tool results without their call were left out`)
      if (turnId !== null && results.length > 0) facts.push({ type: 'toolResults.recorded', turnId, results })
      calls = calls.filter((callId) => !results.some((result) => result['tool_use_id'] === callId))
      if (rest.length > 0) {
        reportUnanswered(index)
        open(typeof message.content === 'string' ? message.content : rest)
      } else if (results.length === 0) repair('it is empty and was left out')
      return
    }
    // Neighbours of one role are one message to the API: a reply in several, and the results of its calls.
    const goesOn = options.messages[index - 1]?.role === 'assistant'
    if (!goesOn) reportUnanswered(index - 1)
    if (turnId === null) return repair('it answers no message of the user and was left out')
    const blocks = toBlocks(message.content)
    const content = blocks.filter((block) => !isEmptyText(block) && !isThinking(block))
    if (blocks.some(isThinking)) repair('its thinking was left out: who thought it, and after what, is not known')
    if (content.length === 0) return repair('it is empty and was left out')
    const before = facts.at(-1)
    const said = goesOn && before?.type === 'reply.recorded' ? before.content : []
    if (said.length > 0) facts.pop()
    calls = [...calls, ...content.flatMap((block) => toolCallId(block) ?? [])]
    facts.push({
      type: 'reply.recorded',
      turnId,
      attempt: 1,
      model: '',
      promptHash: '',
      content: [...said, ...content],
      stopReason: calls.length > 0 ? 'tool_use' : 'end_turn',
      usage: noUsage,
    })
  })
  reportUnanswered(options.messages.length - 1)
  settle()
  return { facts, repairs }
}

const isEmptyText = (block: Block): boolean => block.type === 'text' && plainText([block]).trim() === ''
