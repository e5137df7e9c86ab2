import { type Block, toolCallId } from './content.ts'
import type { View } from './view.ts'

/** The `tool_use` blocks of the last reply that nobody has answered, in their order. */
export function unansweredCalls(view: View): readonly Block[] {
  const { steps = [] } = view.open ?? {}
  const last = steps.findLastIndex(({ role }) => role === 'assistant')
  const answers = new Map<unknown, number>()
  for (const { content } of steps.slice(last + 1))
    for (const { tool_use_id: id } of content) answers.set(id, (answers.get(id) ?? 0) + 1)
  return (steps[last]?.content ?? []).filter((block) => {
    const callId = toolCallId(block)
    if (callId === undefined) return false
    // Results answer calls of one id in their order.
    const left = answers.get(callId) ?? 0
    answers.set(callId, left - 1)
    return left <= 0
  })
}
