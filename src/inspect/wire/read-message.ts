// Checks messages as they arrive.
import * as v from 'valibot'
import type { ChartDefinition } from '../chart/definition.ts'
import { chartObjection } from '../chart/tree.ts'
import { factSchemas } from '../../journal/fact-schemas.ts'
import { deepestNesting, quickPolicyNames, quickRejectionPolicyNames, readJson } from '../../journal/index.ts'
import { readFact } from '../../journal/read-fact.ts'
import { lostRecord } from '../../observe/lost-record.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import type { AppMessage, ControlMessage, FromPage } from './messages.ts'

/**
 * Maximum nesting of a message: that of the data that a conversation accepts, and of the message around it. Maximum number of
 * values: this many take some 20 ms to read, and no sender sends more at once.
 */
const levels = deepestNesting + 32
const values = 50_000

const text = v.string()
const name = v.pipe(v.string(), v.maxLength(1_000))
const count = v.pipe(v.number(), v.finite(), v.minValue(0))
const place = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const orNull = v.nullable(text)

/** A fact that can be folded. */
const fact = v.pipe(
  v.looseObject({ type: text }),
  v.check((given) => isFactType(given.type) && v.is(factSchemas[given.type], given)),
)
const isFactType = (type: string): type is keyof typeof factSchemas => Object.hasOwn(factSchemas, type)

/** The fields of each type of record that are used here. Types of later releases pass unchecked, because nothing reads them. */
const recordSchemas = {
  observed: v.looseObject({ model: text, state: name, revision: count, includesText: v.boolean() }),
  'actor.started': v.looseObject({ actor: text, src: orNull, parent: orNull }),
  'actor.stopped': v.looseObject({ actor: text, status: text }),
  event: v.looseObject({ actor: text, event: text, source: orNull, turnId: orNull }),
  transition: v.looseObject({
    actor: text,
    from: name,
    to: name,
    event: text,
    guard: orNull,
    transitions: v.array(text),
    turnId: orNull,
  }),
  ignored: v.looseObject({ actor: text, event: text, state: name }),
  fact: v.looseObject({ index: place, fact, state: v.nullable(name) }),
  refusal: v.looseObject({ turnId: text, category: orNull, suspects: v.array(v.looseObject({ kind: text })) }),
  rejection: v.looseObject({
    turnId: text,
    code: text,
    pointer: orNull,
    suspects: v.array(v.looseObject({ kind: text })),
  }),
  request: v.looseObject({ turnId: orNull, model: text, messages: count, bytes: count }),
  prompt: v.looseObject({ promptHash: text, cacheBreakpoints: count, tools: v.array(text) }),
  waits: v.looseObject({ state: name, next: name, wait: count }),
  lost: v.looseObject({ count: place, why: v.optional(name) }),
  ended: v.looseObject({ status: text }),
} satisfies { [Type in InspectionRecord['type']]: v.GenericSchema }
const isRecordType = (type: string): type is keyof typeof recordSchemas => Object.hasOwn(recordSchemas, type)

const record = v.pipe(
  v.looseObject({ type: name, v: count, seq: place, at: v.pipe(v.number(), v.finite()), conversation: name }),
  v.check((given) => !isRecordType(given.type) || v.is(recordSchemas[given.type], given)),
)

/**
 * Maximum states and transitions of a chart. The chart of a conversation has some 50 and 250. A larger one would take many seconds
 * to lay out, and nobody could read it.
 */
const [mostStates, mostTransitions] = [300, 1_500]
/** Tags or invokes of a state, or targets of a transition. */
const names = v.pipe(v.array(name), v.maxLength(100))
const trigger = v.variant('kind', [
  v.looseObject({ kind: v.literal('event'), event: name }),
  v.looseObject({ kind: v.literal('after'), delay: name }),
  v.looseObject({ kind: v.picklist(['done', 'error']), actor: name }),
  v.looseObject({ kind: v.literal('always') }),
])
const chart = v.looseObject({
  id: name,
  version: name,
  states: v.pipe(
    v.array(
      v.looseObject({
        id: name,
        key: name,
        type: name,
        parent: v.nullable(name),
        initial: v.nullable(name),
        tags: names,
        invokes: names,
      }),
    ),
    v.maxLength(mostStates),
  ),
  transitions: v.pipe(
    v.array(
      v.looseObject({
        id: name,
        source: name,
        targets: names,
        on: trigger,
        guard: v.nullable(name),
        reenter: v.boolean(),
      }),
    ),
    v.maxLength(mostTransitions),
  ),
})
const command = v.variant('command', [
  v.strictObject({ command: v.literal('send'), text }),
  v.strictObject({ command: v.picklist(['stop', 'retry', 'clear', 'compact', 'release', 'close']) }),
  v.strictObject({ command: v.literal('resolve'), policy: v.picklist(quickPolicyNames) }),
  v.strictObject({ command: v.literal('resolve-rejection'), policy: v.picklist(quickRejectionPolicyNames) }),
  v.strictObject({ command: v.literal('set-model'), model: name }),
  v.strictObject({ command: v.picklist(['approve', 'deny']), callId: name }),
  v.strictObject({ command: v.literal('answer'), callId: name, text }),
])
const offer = v.looseObject({
  command,
  label: text,
  event: text,
  needs: v.optional(v.picklist(['text', 'model'])),
  about: v.optional(text),
})
const control = v.strictObject({ type: v.literal('control'), id: name, key: name, command })
const origin = v.looseObject({ kind: v.literal('process'), name, pid: v.nullable(v.number()) })
const secret = v.pipe(v.string(), v.minLength(16), v.maxLength(200))
/** Maximum records of a message. A sender sends 400 at once. */
const mostRecords = 500
const mostOffers = 200

const isShapedLikeChart = (value: unknown): value is ChartDefinition => v.is(chart, value)
const isChart = (value: unknown): value is ChartDefinition => isShapedLikeChart(value) && chartObjection(value) === null

const fromApp = v.variant('type', [
  v.looseObject({ type: v.literal('hello'), origin, resume: v.optional(secret) }),
  v.looseObject({ type: v.literal('conversation'), key: name, chart: v.custom(isChart), allowsControl: v.boolean() }),
  v.looseObject({
    type: v.literal('records'),
    key: name,
    records: v.pipe(v.array(v.unknown()), v.maxLength(mostRecords)),
    state: name,
  }),
  v.looseObject({ type: v.literal('offers'), key: name, offers: v.pipe(v.array(offer), v.maxLength(mostOffers)) }),
  v.looseObject({ type: v.literal('done'), id: name, error: v.nullable(text) }),
  v.looseObject({ type: v.literal('gone'), key: name }),
])
const fromPage = v.variant('type', [v.strictObject({ type: v.literal('open'), key: name }), control])

// The schemas allow further fields, for later releases. What passes has at least the fields of its type.
const isAppMessage = (value: unknown): value is AppMessage => v.is(fromApp, value)
const isPageMessage = (value: unknown): value is FromPage => v.is(fromPage, value)
const isControlMessage = (value: unknown): value is ControlMessage => v.is(control, value)
/** A chart that can be drawn, or why the value is not one: the end of a sentence. */
export function readChart(value: unknown): ChartDefinition | string {
  if (isShapedLikeChart(value)) return chartObjection(value) ?? value
  const [issue] = v.safeParse(chart, value).issues ?? []
  return `its ${(issue && v.getDotPath(issue)) ?? 'form'} is not that of a chart`
}

export const isRecord = (value: unknown): value is InspectionRecord => v.is(record, value)

/** Why a value is not a record: a sentence without a full stop. */
export function objectionToRecord(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'fact' && 'fact' in value) {
    const reading = readFact(value.fact)
    if ('problem' in reading) return `a fact (${reading.type}) can't be read: ${reading.why}`.slice(0, 300)
  }
  return 'it is not a record'
}

/** A message from a process; `null` if it is not valid. */
export function readAppMessage(json: string): AppMessage | null {
  const message = read(json, isAppMessage)
  if (message?.type !== 'records') return message
  // Unreadable records count as lost; the others are used.
  const records: InspectionRecord[] = []
  const wrong: unknown[] = []
  for (const given of message.records)
    if (isRecord(given)) records.push(given)
    else wrong.push(given)
  if (wrong.length === 0) return message
  records.push(lostRecord(records.at(-1) ?? nowhere, wrong.length, objectionToRecord(wrong[0])))
  return { ...message, records }
}

/** Place of a `lost` record that replaces all records of a message. */
const nowhere = { seq: 0, at: 0, conversation: '' }

/** A message from a page; `null` if it is not valid. */
export const readPageMessage = (json: string): FromPage | null => read(json, isPageMessage)

/** A message to a process; `null` if it is not valid. */
export const readControlMessage = (json: string): ControlMessage | null => read(json, isControlMessage)

function read<Message>(json: string, isMessage: (value: unknown) => value is Message): Message | null {
  try {
    const value = readJson(json, { levels, values })
    return isMessage(value) ? value : null
  } catch {
    return null
  }
}
