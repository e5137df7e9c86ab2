import { type Block, toolCallId } from './content.ts'
import type { View } from './view.ts'

/** The `tool_use` blocks of the last reply that nobody has answered, in their order. */
export function unansweredCalls(view: View): readonly Block[] {
  const { steps = [] } = view.open ?? {}
  const last = steps.findLastIndex(({ role }) => role === 'assistant')
  const answered = steps.slice(last + 1).flatMap((step) => step.content.map((result) => result['tool_use_id']))
  return (steps[last]?.content ?? []).filter((block) => {
    const callId = toolCallId(block)
    if (callId === undefined) return false
    // Results answer calls of one id in their order.
    const at = answered.indexOf(callId)
    if (at >= 0) answered.splice(at, 1)
    return at < 0
  })
}
