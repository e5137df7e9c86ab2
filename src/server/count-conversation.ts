import type { WireOutcome } from '../client/wire.ts'
import { onEvents } from '../conversation/start-conversation.ts'
import type { Conversation } from '../index.ts'
import type { Metrics } from './metrics.ts'

/** Counts what happens in a conversation that is open here. */
export function countConversation(chat: Conversation, metrics: Metrics): void {
  onEvents(chat, (notice) => {
    switch (notice.type) {
      case 'attempt.started':
        return metrics.count('attempts_total')
      case 'request.rejected':
        return metrics.count('rejections_total')
      case 'turn.refused':
        return metrics.count('refusals_total', {
          category: notice.category ?? 'none',
          policy: nameOf(notice.policy),
        })
      case 'context.reset':
        return metrics.count('resets_total', { policy: nameOf(notice.policy) })
      default:
    }
  })
}

/** Counts a message that has ended here. */
export function countOutcome({ status, usage }: WireOutcome, metrics: Metrics): void {
  metrics.count('turns_total', { outcome: status })
  metrics.count('tokens_total', { kind: 'input' }, usage.inputTokens)
  metrics.count('tokens_total', { kind: 'output' }, usage.outputTokens)
}

/** A policy without what it carries: a text would be refused text, or close to it. */
function nameOf(policy: unknown): string {
  if (typeof policy === 'string') return policy
  return typeof policy === 'object' && policy !== null ? (Object.keys(policy)[0] ?? 'none') : 'none'
}
