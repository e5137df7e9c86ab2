// Everything about a type of record besides its fields: one entry serves logs, the page's filter, the sender and the documents.
import type { InspectionRecord } from './records.ts'

/** The levels of a logger, from the least important up. */
export const levels = ['debug', 'info', 'warn', 'error'] as const

export type Level = (typeof levels)[number]

/** The groups by which the page filters records. */
export const recordGroups = ['transitions', 'facts', 'requests', 'refusals', 'events', 'actors'] as const

export type RecordGroup = (typeof recordGroups)[number]

interface RecordKind<Record> {
  /** For docs/inspector.md. */
  readonly about: string
  /** The page's group; `null` hides the record. */
  group(record: Record): RecordGroup | null
  level(record: Record): Level
  /** Whether a sender under pressure may leave it out. Not for facts, nor for what readers need to understand the others. */
  readonly isDispensable: boolean
  /** A line for people. */
  sentence(record: Record): string
}

type RecordOf<Type extends InspectionRecord['type']> = Extract<InspectionRecord, { readonly type: Type }>

const always =
  <Value>(value: Value) =>
  (): Value =>
    value

/** By type. */
export const recordKinds: { readonly [Type in InspectionRecord['type']]: RecordKind<RecordOf<Type>> } = {
  observed: {
    about: 'the state of the conversation when the observation began',
    group: always('actors'),
    level: always('info'),
    isDispensable: false,
    sentence: ({ state, revision }) => `observed in ${state}, with ${count(revision, 'fact')}`,
  },
  transition: {
    about: '`from`, `to`, the `event`, the `guard` that decided, `turnId`, `attempt`, the ids of the transitions',
    // A step in place changes nothing that can be seen.
    group: ({ from, to }) => (from === to ? 'events' : 'transitions'),
    level: ({ from, to }) => (from === to ? 'debug' : 'info'),
    isDispensable: true,
    sentence: ({ actor, from, to, event, guard }) =>
      `${actor}: ${from} → ${to} (${event}${guard === null ? '' : ` [${guard}]`})`,
  },
  ignored: {
    about: 'an event that the state does not handle',
    // The chart looks again whether everything is stored, and normally it is: nothing to notice.
    group: ({ event }) => (event === 'journal.retry' ? 'events' : 'refusals'),
    level: always('debug'),
    isDispensable: true,
    sentence: ({ actor, event, state }) => `${actor} ignored ${event} in ${state}`,
  },
  fact: {
    about: 'a fact that was appended to the journal, and the state after it',
    group: always('facts'),
    level: ({ fact }) => (fact.type === 'turn.settled' && fact.status === 'failed' ? 'warn' : 'info'),
    isDispensable: false,
    sentence: ({ index, fact }) => `fact ${index}: ${fact.type}${'status' in fact ? ` ${fact.status}` : ''}`,
  },
  refusal: {
    about: 'category, model, suspects, whether the context was empty without the refused turn',
    group: always('refusals'),
    level: always('warn'),
    isDispensable: false,
    sentence: ({ category, suspects }) => `refused: ${category ?? 'no category'}; suspects: ${kindsOf(suspects)}`,
  },
  rejection: {
    about: 'a request that the API rejected: code, status, where the error points, suspects',
    group: always('refusals'),
    level: always('warn'),
    isDispensable: false,
    sentence: ({ code, pointer, suspects }) =>
      `rejected: ${code}${pointer === null ? '' : ` at ${pointer}`}; suspects: ${kindsOf(suspects)}`,
  },
  request: {
    about: 'model, messages, bytes, cache breakpoints',
    group: always('requests'),
    level: always('info'),
    isDispensable: true,
    sentence: ({ model, messages, bytes }) => `request to ${model}: ${count(messages, 'message')}, ${bytes} bytes`,
  },
  prompt: {
    about: 'sizes of the system prompt and the tools, at the beginning and after each change',
    group: always('requests'),
    level: always('debug'),
    isDispensable: false,
    sentence: ({ promptHash, tools }) => `prompt ${promptHash}, ${count(tools.length, 'tool')}`,
  },
  event: {
    about: 'an event that an actor received; replies, tools and each tool call are actors',
    group: always('events'),
    level: always('debug'),
    isDispensable: true,
    sentence: ({ actor, event, source }) => `${actor} ← ${event}${source === null ? '' : ` from ${source}`}`,
  },
  'actor.started': {
    about: 'an actor, its slot and its parent',
    group: always('actors'),
    level: always('debug'),
    isDispensable: true,
    sentence: ({ actor }) => `${actor} started`,
  },
  'actor.stopped': {
    about: 'an actor, and whether it is done, failed or was stopped',
    group: always('actors'),
    level: always('debug'),
    isDispensable: true,
    sentence: ({ actor, status }) => `${actor} ${status}`,
  },
  waits: {
    about: 'the state, how many milliseconds it waits before it goes on by itself, and what then happens',
    group: always('events'),
    level: always('debug'),
    isDispensable: true,
    sentence: ({ state, wait, next }) => `waits ${wait} ms in ${state}, then ${next}`,
  },
  lost: {
    about: 'how many records were left out, and why, unless there were too many',
    group: always('refusals'),
    level: always('warn'),
    isDispensable: false,
    sentence: ({ count: lost, why }) =>
      `${lost === 1 ? '1 record was' : `${lost} records were`} lost${why === undefined ? '' : `: ${why}`}`,
  },
  ended: {
    about: 'the conversation ended: `done`, `error` or `stopped`',
    group: always('refusals'),
    level: ({ status }) => (status === 'error' ? 'error' : 'info'),
    isDispensable: false,
    sentence: ({ status }) => `ended: ${status}`,
  },
}

/** For types that a later release may send. */
const unknownKind: RecordKind<InspectionRecord> = {
  about: '',
  group: always(null),
  level: always('debug'),
  isDispensable: false,
  sentence: ({ type }) => type,
}

/** The entry for a record. */
export const kindOf = ({ type }: InspectionRecord): RecordKind<InspectionRecord> =>
  Object.hasOwn(recordKinds, type) ? recordKinds[type] : unknownKind

const kindsOf = (suspects: readonly { readonly kind: string }[]): string =>
  suspects.map(({ kind }) => kind).join(', ') || 'none'

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`
