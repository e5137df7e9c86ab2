// What grows with a conversation, and what does not: folding its journal, a turn with nothing to send but itself, its history,
// its branches, a fork.
import type { Fact, MessageSource, SourceEvent } from '../../src/index.ts'
import { createConversation, fold } from './built.ts'
import { collectGarbage, cpu, median } from './measure.ts'
import { model } from './requests.ts'
import type { Target } from './targets.ts'

const ms = (value: number) => `${(value / 1000).toFixed(1)} ms`

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

export async function growthTargets({ turns, rounds }: { turns: number; rounds: number }): Promise<readonly Target[]> {
  const small = journalOf(turns / 10)
  const large = journalOf(turns)
  const texts = large.map((fact) => JSON.stringify(fact))
  const [few, many] = [medianCost(rounds, () => fold(small)), medianCost(rounds, () => fold(large))]
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

  const [early, late] = [await turnCost(2, 400), await turnCost(turns, 400)]
  const name = `${turns / 1000}k turns`
  return [
    {
      what: `fold of ${name}: exponent of growth from a tenth of it`,
      measured: { value: Math.log10(many / few) },
      limit: 1.05,
      details: `${ms(few)} → ${ms(many)}`,
    },
    { what: `fold of ${name} : JSON.parse of it`, measured: { value: many / parsed }, limit: 15, details: ms(many) },
    {
      what: `turn ${turns} : turn 2, nothing of them sent`,
      measured: { value: late / early },
      limit: 2,
      details: `${early.toFixed(0)} µs → ${late.toFixed(0)} µs`,
    },
    {
      what: `\`chat.history\` of ${name}, read first : its JSON`,
      measured: { value: made / written },
      limit: 11,
      details: ms(made),
    },
    {
      what: `\`chat.history\` of ${name}, read again after a turn : its JSON`,
      measured: { value: madeAgain / written },
      limit: 3,
      details: ms(madeAgain),
    },
    {
      what: `\`chat.branches\` of the first of ${name} : fold`,
      measured: { value: branching / many },
      limit: 0.2,
      details: ms(branching),
    },
    { what: `\`chat.fork\` of ${name} : fold`, measured: { value: forking / many }, limit: 3, details: ms(forking) },
  ]
}
