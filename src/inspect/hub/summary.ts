import type { Summary } from '../wire/messages.ts'
import type { Kept } from './hub.ts'

/** How a conversation is doing, for a list. */
export function summaryOf({ key, origin, chart, log, allowsControl, isGone }: Kept, allowControl: boolean): Summary {
  const { view, observed } = log
  return {
    key,
    id: observed?.conversation ?? '',
    origin,
    machine: chart.id,
    model: view.model || (observed?.model ?? ''),
    state: log.state,
    status: statusOf(origin.kind, log.hasEnded, isGone),
    changedAt: log.changedAt,
    turns: view.turns.length,
    refusals: view.refusals.length,
    inputTokens: view.usage.inputTokens,
    outputTokens: view.usage.outputTokens,
    lost: log.lost,
    includesText: observed?.includesText ?? false,
    allowsControl: allowControl && allowsControl,
  }
}

function statusOf(origin: 'process' | 'file', hasEnded: boolean, isGone: boolean): Summary['status'] {
  if (origin === 'file') return 'file'
  if (hasEnded) return 'ended'
  return isGone ? 'gone' : 'live'
}
