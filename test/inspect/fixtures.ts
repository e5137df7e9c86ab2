// Conversations that are looked at, and what can be asked about what is seen.
import { expect } from 'vitest'
import { conversationMachine } from '../../machines/index.ts'
import type { Block, Fact } from '../../src/index.ts'
import { chartOf } from '../../src/inspect/chart/definition.ts'
import { HubConversation } from '../../src/inspect/hub/hub-conversation.ts'
import type { FactRecord, InspectionRecord } from '../../src/observe/records.ts'
import type { ConversationInternals } from '../../src/observe/internals.ts'
import { toBlocks, type View } from '../../src/journal/index.ts'
import type { World } from '../charts/world.ts'
import { start } from '../conversation/start.ts'

export const chart = chartOf(conversationMachine)

type RecordOf<Type extends InspectionRecord['type']> = Extract<InspectionRecord, { type: Type }>

export const ofType = <Type extends InspectionRecord['type']>(
  records: readonly InspectionRecord[],
  type: Type,
): readonly RecordOf<Type>[] => records.filter((record): record is RecordOf<Type> => record.type === type)

/** The first of a type; there has to be one. */
export function first<Type extends InspectionRecord['type']>(
  records: readonly InspectionRecord[],
  type: Type,
): RecordOf<Type> {
  const [found] = ofType(records, type)
  if (!found) throw new Error(`There is no record of the type ${type}`)
  return found
}

/** The states that the conversation itself went through, passing ones included. */
export const statesIn = (records: readonly InspectionRecord[]): readonly string[] =>
  ofType(records, 'transition')
    .filter(({ actor, from, to }) => actor === 'conversation' && from !== to)
    .map(({ to }) => to)

/** Names that texts stand under, anywhere in a view. */
const texts = new Set([
  'input',
  'system',
  'content',
  'metadata',
  'inputHash',
  'explanation',
  'message',
  'reason',
  'rephrase',
  'redacted',
])

/** A view without what was said: ids, statuses, head, counts. */
export const withoutTexts = (view: View): unknown =>
  JSON.parse(JSON.stringify(view, (key, value: unknown) => (texts.has(key) ? undefined : value)))

/** As the other end of a wire, or a file, has it. */
export const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const factsIn = (records: readonly InspectionRecord[]): readonly Fact[] =>
  ofType(records, 'fact').map(({ fact }) => fact)

/** Types of the blocks of a content; a text is one of type text. */
export const typesOf = (content: string | readonly Block[]): readonly string[] =>
  toBlocks(content).map(({ type }) => type)

/** Facts as an inspector has them. */
export const asRecords = (facts: readonly Fact[], conversation = 'c1'): readonly FactRecord[] =>
  facts.map((fact, index) => ({ v: 1, type: 'fact', seq: index, at: index, conversation, index, fact, state: null }))

/** A conversation with these records, as an inspector has it that read a file. */
export function keptWith(records: readonly InspectionRecord[]): HubConversation {
  const origin = { kind: 'file', name: 'f', pid: null } as const
  const kept = new HubConversation('file-1', origin, null, { chart, allowsControl: false, appKey: '0', process: null })
  for (const record of records) kept.log.add(record)
  return kept
}

/** The inside of a conversation whose slots the test answers. */
export const internalsOfWorld = (world: World): ConversationInternals => ({
  actor: world.actor as unknown as ConversationInternals['actor'],
  now: () => 1,
  facts: () => {
    const { view, unsaved } = world.context
    return [...world.store.slice(0, view.revision - unsaved.length), ...unsaved]
  },
  prompt: () => ({
    target: { promptHash: 'p', cacheBreakpoints: 0, structured: false },
    maxTokens: 1,
    fields: {},
    tools: [],
  }),
  conversation: () => {
    throw new Error('There is none')
  },
  observe: () => () => {},
})

/** One turn that is answered, and one that is refused and reset. */
export async function refusedOnce(options: Parameters<typeof start>[0] = {}) {
  const world = start(options)
  await world.exchange('alpha question', 'alpha answer')
  const { turn, reply } = await world.ask('bravo question')
  reply.refuse('bravo partial')
  const outcome = await turn
  expect(outcome.status).toBe('refused')
  return world
}

/** Keeps what comes, and waits for what is to come. */
export function keeper<T>() {
  const all: T[] = []
  const waiting = new Set<() => void>()
  return {
    all,
    add: (one: T): void => {
      all.push(one)
      for (const look of waiting) look()
    },
    until: (isThere: (all: readonly T[]) => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (!isThere(all)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
