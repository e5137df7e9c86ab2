import { isText } from '../api/json.ts'
import { type PlacedBlock, type Turn, turnsOf } from '../api/turns.ts'
import type { RequestToCheck } from './rule.ts'

const ofType = (turn: Turn | undefined, type: string): readonly PlacedBlock[] =>
  turn?.blocks.filter(({ block }) => block['type'] === type) ?? []

/** The results at the beginning of a turn. A result after other content does not count. */
const leadingResults = (turn: Turn | undefined): readonly PlacedBlock[] => {
  if (turn?.role !== 'user') return []
  const end = turn.blocks.findIndex(({ block }) => block['type'] !== 'tool_result')
  return end < 0 ? turn.blocks : turn.blocks.slice(0, end)
}

const checkAnswers = (calls: readonly PlacedBlock[], next: Turn | undefined): string | undefined => {
  const results = leadingResults(next)
  const answered = new Set(results.map(({ block }) => block['tool_use_id']))
  const open = calls.filter(({ block }) => !answered.has(block['id']))
  if (open[0]) {
    const ids = open.map(({ block }) => String(block['id'])).join(', ')
    return `messages.${open[0].message}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`
  }
  for (const { block } of calls) {
    const mine = results.filter((result) => result.block['tool_use_id'] === block['id'])
    if (mine[1])
      return `${mine[1].place}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${String(block['id'])}`
    const { toolset_name: toolset } = block
    if (mine[0] && isText(toolset) && mine[0].block['toolset_name'] !== toolset)
      return `${mine[0].place}: \`toolset_name\` must be \`${toolset}\`, as in the \`tool_use\` block it answers`
  }
  return undefined
}

/** The next user message must begin with one result for each call; results need a call, and ids must be unique. */
export const toolPairing = ({ body }: RequestToCheck): string | undefined => {
  const turns = turnsOf(body)
  const seen = new Set<unknown>()
  for (const [index, turn] of turns.entries()) {
    if (turn.role === 'assistant') {
      const calls = ofType(turn, 'tool_use')
      for (const { block, place } of calls) {
        if (seen.has(block['id'])) return `${place}: \`tool_use\` ids must be unique`
        seen.add(block['id'])
      }
      const problem = checkAnswers(calls, turns[index + 1])
      if (problem !== undefined) return problem
      continue
    }
    const before = turns[index - 1]
    const asked = new Set(
      before?.role === 'assistant' ? ofType(before, 'tool_use').map(({ block }) => block['id']) : [],
    )
    const orphan = ofType(turn, 'tool_result').find(({ block }) => !asked.has(block['tool_use_id']))
    if (orphan)
      return `${orphan.place}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${String(orphan.block['tool_use_id'])}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`
  }
  return undefined
}
