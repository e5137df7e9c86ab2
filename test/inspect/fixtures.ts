// Observed conversations, and queries of their records.
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

/** The first record of a type, which must exist. */
export function first<Type extends InspectionRecord['type']>(
  records: readonly InspectionRecord[],
  type: Type,
): RecordOf<Type> {
  const [found] = ofType(records, type)
  if (!found) throw new Error(`There is no record of the type ${type}`)
  return found
}

/** The states of the conversation itself, including transient ones. */
export const statesIn = (records: readonly InspectionRecord[]): readonly string[] =>
  ofType(records, 'transition')
    .filter(({ actor, from, to }) => actor === 'conversation' && from !== to)
    .map(({ to }) => to)

/** The names of the fields that contain text, anywhere in a view. */
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

/** A view without texts: ids, statuses, head, counts. */
export const withoutTexts = (view: View): unknown =>
  JSON.parse(JSON.stringify(view, (key, value: unknown) => (texts.has(key) ? undefined : value)))

/** A value after a round trip through JSON, as over a socket or in a file. */
export const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const factsIn = (records: readonly InspectionRecord[]): readonly Fact[] =>
  ofType(records, 'fact').map(({ fact }) => fact)

/** The types of the blocks of a content; a string is one text block. */
export const typesOf = (content: string | readonly Block[]): readonly string[] =>
  toBlocks(content).map(({ type }) => type)

/** Facts as records of an inspector. */
export const asRecords = (facts: readonly Fact[], conversation = 'c1'): readonly FactRecord[] =>
  facts.map((fact, index) => ({ v: 1, type: 'fact', seq: index, at: index, conversation, index, fact, state: null }))

/** The conversation with these records that an inspector reads from a file. */
export function keptWith(records: readonly InspectionRecord[]): HubConversation {
  const origin = { kind: 'file', name: 'f', pid: null } as const
  const kept = new HubConversation('file-1', origin, null, { chart, allowsControl: false, appKey: '0', process: null })
  for (const record of records) kept.log.add(record)
  return kept
}

/** The actor of a conversation whose slots the test controls. */
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

/** An answered turn, and a refused turn with its reset. */
export async function refusedOnce(options: Parameters<typeof start>[0] = {}) {
  const world = start(options)
  await world.exchange('alpha question', 'alpha answer')
  const { turn, reply } = await world.ask('bravo question')
  reply.refuse('bravo partial')
  const outcome = await turn
  expect(outcome.status).toBe('refused')
  return world
}

/** Records what arrives, and can wait for it. */
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
