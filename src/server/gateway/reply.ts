// A reply, as the Messages API has it: made of what the journal has recorded.
import { type Block, type JournalTurn, outcomeOf, type Usage, type View } from '../../index.ts'
import type { Ending } from './ending.ts'

/** A message of the API. */
export interface ReplyMessage {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly model: string
  readonly content: readonly Block[]
  readonly stop_reason: string | null
  readonly stop_sequence: string | null
  readonly stop_details: Readonly<Record<string, unknown>> | null
  readonly usage: Readonly<Record<string, unknown>>
}

/** What a client had of a turn before its request. */
export interface Beginning {
  readonly turnId: string
  /** Steps of that turn. */
  readonly steps: number
}

type ReplyStep = Extract<JournalTurn['steps'][number], { readonly role: 'assistant' }>

/** The message that ends a request. @param from what the client has already; `null` for all of it */
export function replyOf(view: View, ending: Exclude<Ending, { type: 'failed' }>, from: Beginning | null): ReplyMessage {
  if (ending.type === 'refused') return refusalOf(view, ending.turnId)
  const callIds = ending.type === 'calls' ? ending.callIds : []
  const steps = repliesTo(view, ending.turnId, from)
  const last = steps.at(-1)
  const outcome = ending.type === 'calls' ? null : outcomeOf(view, ending.turnId)
  return {
    id: last?.messageId ?? `msg_${ending.turnId}`,
    type: 'message',
    role: 'assistant',
    model: last?.model ?? view.model,
    content: steps.flatMap(({ content }) => content.filter((block) => isForClient(block, callIds))),
    stop_reason: last?.stopReason ?? null,
    stop_sequence: outcome?.stopSequence ?? null,
    stop_details: null,
    usage: usageOf(steps.map(({ usage }) => usage)),
  }
}

/** The calls of tools that ran on the server are the server's own. */
const isForClient = ({ type, id }: Block, callIds: readonly string[]): boolean =>
  type !== 'lost_block' && (type !== 'tool_use' || (typeof id === 'string' && callIds.includes(id)))

/** The replies of a message, with those of the turns that it continues. */
function repliesTo(view: View, turnId: string, from: Beginning | null): readonly ReplyStep[] {
  const turns = view.open ? [...view.turns, view.open] : view.turns
  const chain: JournalTurn[] = []
  for (let turn = turns.find(({ id }) => id === turnId); turn;) {
    chain.unshift(turn)
    const continued: string | undefined = turn.id === from?.turnId ? undefined : turn.continues
    turn = continued === undefined ? undefined : turns.find(({ id }) => id === continued)
  }
  return chain.flatMap((turn) =>
    turn.steps
      .slice(turn.id === from?.turnId ? from.steps : 0)
      .filter((step): step is ReplyStep => step.role === 'assistant'),
  )
}

function refusalOf(view: View, turnId: string): ReplyMessage {
  const outcome = outcomeOf(view, turnId)
  const { category = null, explanation = null, model = null, messageId, usage } = outcome?.refusals.at(-1) ?? {}
  return {
    id: messageId ?? `msg_${turnId}`,
    type: 'message',
    role: 'assistant',
    model: model ?? view.model,
    // What a refused reply has said is void, and recorded nowhere.
    content: [],
    stop_reason: 'refusal',
    stop_sequence: null,
    stop_details: { type: 'refusal', category, explanation },
    usage: usageOf(usage ? [usage] : []),
  }
}

/** The tokens of the replies that the message consists of. */
function usageOf(usages: readonly Usage[]): Readonly<Record<string, unknown>> {
  const sum = (count: (usage: Usage) => number) => usages.reduce((total, usage) => total + count(usage), 0)
  const hour = sum(({ cacheWrite1hTokens }) => cacheWrite1hTokens ?? 0)
  const written = sum(({ cacheWriteTokens }) => cacheWriteTokens)
  return {
    input_tokens: sum(({ inputTokens }) => inputTokens),
    output_tokens: sum(({ outputTokens }) => outputTokens),
    cache_read_input_tokens: sum(({ cacheReadTokens }) => cacheReadTokens),
    cache_creation_input_tokens: written,
    cache_creation: { ephemeral_5m_input_tokens: written - hour, ephemeral_1h_input_tokens: hour },
    server_tool_use: null,
    service_tier: null,
  }
}
