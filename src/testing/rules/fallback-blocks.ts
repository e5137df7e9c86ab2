import { objectsOf } from '../api/json.ts'
import type { RequestToCheck } from './rule.ts'

const droppedBefore: readonly unknown[] = ['thinking', 'redacted_thinking', 'connector_text', 'tool_use']

/** Blocks that only the refused model could read must not come before the last `fallback` block of a message. */
export const fallbackBlocks = ({ body }: RequestToCheck): string | undefined => {
  for (const { object, index } of objectsOf(body['messages'])) {
    const blocks = objectsOf(object['content'])
    const last = blocks.findLastIndex(({ object: block }) => block['type'] === 'fallback')
    const stale = blocks.slice(0, Math.max(0, last)).find(({ object: block }) => droppedBefore.includes(block['type']))
    if (stale)
      return `messages.${index}.content.${stale.index}: \`${String(stale.object['type'])}\` blocks before the last \`fallback\` block must be removed`
  }
  return undefined
}
