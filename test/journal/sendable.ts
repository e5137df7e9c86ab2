// What makes messages un-sendable, written down a second time and independently of `src/journal`: a structural checker.
import type { Block, Message } from '../../src/journal/index.ts'

const blocksOf = ({ content }: Message): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

const nestedIn = (block: Block): readonly Block[] =>
  block.type === 'tool_result' && Array.isArray(block['content']) ? block['content'] : []

const idOf = ({ id }: Block): string => String(id)

const answeredBy = (block: Block): string => String(block['tool_use_id'])

const same = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((id) => others.includes(id))

const ofType = (blocks: readonly Block[], ...types: readonly string[]) =>
  blocks.filter(({ type }) => types.includes(type))

/** H1: calls answered first in the next message, once each; no result of no call. */
function checkCalls(messages: readonly Message[]): string[] {
  const problems: string[] = []
  messages.forEach((message, index) => {
    const { [index - 1]: before, [index + 1]: next } = messages
    const blocks = blocksOf(message)
    const calls = message.role === 'assistant' ? ofType(blocks, 'tool_use').map(idOf) : []
    const answers = (next ? blocksOf(next) : []).slice(0, calls.length).map(answeredBy)
    if (!same(calls, answers)) problems.push(`H1 message ${index}: ${answers.join()} answer ${calls.join()}`)
    const asked = before?.role === 'assistant' ? ofType(blocksOf(before), 'tool_use').length : 0
    const results = ofType(blocks, 'tool_result').length
    if (results !== asked) problems.push(`H1 message ${index}: ${results} results for ${asked} calls`)
  })
  return problems
}

/** H1: no server tool left unresolved, but where the server goes on; H7: no result without its use. */
function checkServerTools(messages: readonly Message[]): string[] {
  const onlyResults = blocksOf(messages.at(-1) ?? { role: 'user', content: [] }).every(
    ({ type }) => type === 'tool_result',
  )
  const over = messages.slice(0, messages.at(-1)?.role === 'assistant' ? -1 : onlyResults ? -2 : undefined)
  const all = messages.flatMap(blocksOf)
  const uses = ofType(all, 'server_tool_use').map(idOf)
  const results = ofType(all, 'web_search_tool_result').map(answeredBy)
  const unresolved = ofType(over.flatMap(blocksOf), 'server_tool_use').filter((use) => !results.includes(idOf(use)))
  return [
    ...unresolved.map((use) => `H1 server tool use ${idOf(use)} is unresolved`),
    ...results.filter((id) => !uses.includes(id)).map((id) => `H7 result of ${id}, which nobody used`),
  ]
}

const beginsCompacted = (messages: readonly Message[]): boolean =>
  messages[0] !== undefined && blocksOf(messages[0])[0]?.type === 'compaction'

/** H2: nothing empty, and the user and the assistant take turns. */
function checkContent(messages: readonly Message[]): string[] {
  const problems: string[] = []
  const users = beginsCompacted(messages) ? 1 : 0
  const speakers = messages.filter(({ role }) => role !== 'system')
  speakers.forEach(({ role }, index) => {
    if (role !== (index % 2 === users ? 'user' : 'assistant')) problems.push(`H2 speaker ${index} is out of turn`)
  })
  messages.forEach((message, index) => {
    if (message.content.length === 0) problems.push(`H2 message ${index} is empty`)
    for (const block of blocksOf(message).flatMap((outer) => [outer, ...nestedIn(outer)]))
      if (block.type === 'text' && String(block['text']).trim() === '') problems.push(`H2 message ${index}: blank text`)
  })
  return problems
}

/** H7: a compaction that was asked for replaces everything before it, so it begins the request. */
function checkCompactions(messages: readonly Message[]): string[] {
  const [first, ...later] = messages.flatMap(blocksOf)
  const misplaced = ofType(later, 'compaction').filter(({ signature }) => signature !== undefined).length
  return misplaced > 0 ? [`H7 ${misplaced} compactions after ${first?.type}`] : []
}

function checkBreakpoints(messages: readonly Message[]): string[] {
  const all = messages.flatMap(blocksOf).flatMap((block) => [block, ...nestedIn(block)])
  const marked = all.filter((block) => block['cache_control'] !== undefined)
  return marked.length > 4 ? [`H6 ${marked.length} cache breakpoints`] : []
}

/** H11: behind the user's words, which are no results, and before a reply or at the end. */
const checkSystem = (messages: readonly Message[]): string[] =>
  messages.flatMap(({ role }, index) => {
    if (role !== 'system') return []
    const { [index - 1]: before, [index + 1]: next } = messages
    const isBehindWords = before?.role === 'user' && blocksOf(before).some(({ type }) => type !== 'tool_result')
    const isBeforeReply = next === undefined || next.role === 'assistant'
    return isBehindWords && isBeforeReply ? [] : [`H11 message ${index} of the system stands between others`]
  })

function checkIds(messages: readonly Message[]): string[] {
  const ids = ofType(messages.flatMap(blocksOf), 'tool_use').map(idOf)
  return new Set(ids).size < ids.length ? [`H8 ids are not unique: ${ids.join()}`] : []
}

/** Everything that is wrong with the messages of a request whose last message is the user's. */
export const problemsOf = (messages: readonly Message[]): readonly string[] => [
  ...checkCalls(messages),
  ...checkServerTools(messages),
  ...checkContent(messages),
  ...checkCompactions(messages),
  ...checkBreakpoints(messages),
  ...checkIds(messages),
  ...checkSystem(messages),
]
