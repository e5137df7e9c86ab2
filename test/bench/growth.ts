// What grows with a conversation, and what does not: folding its journal, a turn with nothing to send but itself, its history,
// its branches, a fork.
import type { Fact, MessageSource, SourceEvent } from '../../src/index.ts'
import { createConversation, fold } from './built.ts'
import { collectGarbage, cpu, median } from './measure.ts'
import { model } from './requests.ts'

/** A journal of completed turns, each upon the one before, as it was stored. */
function journalOf(turns: number): readonly Fact[] {
  const facts: Fact[] = [{ type: 'conversation.created', v: 1, id: 'bench', model, at: 0 }]
  const usage = { inputTokens: 10, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0 }
  for (let turn = 0; turn < turns; turn++) {
    const turnId = `t${turn}`
    const content = [{ type: 'text', text: `This is the answer to question ${turn}.` }]
    facts.push(
      { type: 'turn.opened', turnId, parent: turn === 0 ? null : `t${turn - 1}`, input: `Question ${turn}`, at: turn },
      { type: 'reply.recorded', turnId, attempt: 1, model, promptHash: '', content, stopReason: 'end_turn', usage },
      { type: 'turn.settled', turnId, status: 'completed', kept: true },
    )
  }
  return facts
}

function medianCost(rounds: number, run: () => unknown): number {
  const costs: number[] = []
  for (let round = -1; round < rounds; round++) {
    collectGarbage()
    const before = cpu()
    run()
    if (round >= 0) costs.push(cpu() - before)
  }
  return median(costs)
}

const usage = { inputTokens: 1, outputTokens: 1 }

const events: readonly SourceEvent[] = [
  { type: 'message.started', model, usage },
  { type: 'block.started', index: 0, block: { type: 'text', text: '' } },
  { type: 'block.delta', index: 0, kind: 'text', text: 'Fine, thank you.' },
  { type: 'block.stopped', index: 0 },
  { type: 'message.delta', stopReason: 'end_turn', usage },
  { type: 'message.stopped' },
]

const source: MessageSource = async function* () {
  yield* events
}

const messagesOf = (turns: number) =>
  Array.from({ length: turns }, (_, turn) => [
    { role: 'user', content: `Question ${turn}` } as const,
    { role: 'assistant', content: `This is the answer to question ${turn}.` } as const,
  ]).flat()

const quiet = { warn() {}, error() {} }

/** Microseconds of CPU for a turn of a conversation that has had so many, and has nothing of them to send. */
async function turnCost(turns: number, measured: number): Promise<number> {
  const chat = createConversation({ source, model, maxTokens: 1024, messages: messagesOf(turns), logger: quiet })
  chat.clear()
  const costs: number[] = []
  for (let turn = 0; turn < measured; turn++) {
    const before = cpu()
    await chat.sendMessage('How are you?')
    costs.push(cpu() - before)
    chat.clear()
  }
  await chat.close()
  return median(costs.slice(Math.floor(measured / 2)))
}

/** Ratios, all of them. */
export interface Growth {
  readonly foldToParse: number
  readonly turn: number
  readonly history: number
  readonly historyAgain: number
  readonly branches: number
  readonly fork: number
}

export async function growth({ turns, rounds }: { turns: number; rounds: number }): Promise<Growth> {
  const large = journalOf(turns)
  const texts = large.map((fact) => JSON.stringify(fact))
  const folding = medianCost(rounds, () => fold(large))
  const parsed = medianCost(rounds, () => texts.map((text): unknown => JSON.parse(text)))

  const chat = createConversation({ source, model, maxTokens: 1024, messages: messagesOf(turns), logger: quiet })
  const first = chat.messages[0]?.turnId ?? ''
  const branching = medianCost(rounds, () => chat.branches(first))
  const forking = medianCost(rounds, () => void chat.fork().close())
  const before = cpu()
  const { history } = chat
  const made = cpu() - before
  const written = medianCost(rounds, () => JSON.stringify(history))
  await chat.sendMessage('How are you?')
  const afterTurn = cpu()
  const { length } = chat.history
  const madeAgain = cpu() - afterTurn
  if (length !== history.length + 2) throw new Error(`The history has ${length} messages.`)
  await chat.close()

  const early = await turnCost(2, 400)
  return {
    foldToParse: folding / parsed,
    turn: (await turnCost(turns, 400)) / early,
    history: made / written,
    historyAgain: madeAgain / written,
    branches: branching / folding,
    fork: forking / folding,
  }
}
