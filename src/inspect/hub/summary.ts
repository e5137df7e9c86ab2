import type { View } from '../../journal/index.ts'
import type { FactRecord } from '../../observe/records.ts'
import { excerpt } from '../../observe/sizes.ts'
import type { Summary } from '../wire/messages.ts'
import type { HubConversation } from './hub-conversation.ts'
import { listedText } from './limits.ts'

/**
 * The entry of a conversation in the list.
 *
 * @param mayControl Whether the list is for a page that may send commands.
 */
export function summaryOf(
  { key, origin, chart, log, allowsControl, isLive }: HubConversation,
  mayControl: boolean,
): Summary {
  const { view, observed } = log
  return {
    key,
    id: listed(observed?.conversation ?? ''),
    title: observed?.includesText ? titleOf(view) : null,
    ...beginningOf(log.facts),
    origin: { kind: origin.kind, name: listed(origin.name), pid: origin.pid },
    machine: listed(chart.id),
    model: listed(view.model || (observed?.model ?? '')),
    state: listed(log.state),
    status: origin.kind === 'file' ? 'file' : log.hasEnded ? 'ended' : isLive ? 'live' : 'gone',
    changedAt: log.changedAt,
    turns: view.turns.length,
    refusals: view.refusals.length,
    inputTokens: view.usage.inputTokens,
    outputTokens: view.usage.outputTokens,
    lost: log.lost,
    includesText: observed?.includesText ?? false,
    allowsControl: mayControl && allowsControl,
  }
}

/** The first facts of a journal tell when the conversation was created, and what it was forked from. */
function beginningOf([created, forked]: readonly FactRecord[]): Pick<Summary, 'forkOf' | 'startedAt'> {
  return {
    startedAt: created?.fact.type === 'conversation.created' ? created.fact.at : null,
    forkOf: forked?.fact.type === 'conversation.forked' ? listed(forked.fact.from) : null,
  }
}

/** The beginning of the first message. */
function titleOf({ turns, open }: View): string | null {
  const first = turns[0] ?? open
  return first ? listed(excerpt(first.input, 60)) : null
}

/** Cuts names that producers chose: the list is sent to every page again and again. */
const listed = (text: string): string => (text.length <= listedText ? text : `${text.slice(0, listedText - 1)}…`)
