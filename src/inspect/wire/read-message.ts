// Messages as they arrive: checked before anybody goes by them.
import * as v from 'valibot'
import type { ChartDefinition } from '../chart/definition.ts'
import { factSchemas } from '../../journal/fact-schemas.ts'
import type { InspectionRecord } from '../observe/records.ts'
import type { AppMessage, ControlMessage, FromPage } from './messages.ts'

const text = v.string()
const name = v.pipe(v.string(), v.maxLength(1_000))
const count = v.number()
const orNull = v.nullable(text)

/** A fact that a view can be made of. */
const fact = v.pipe(
  v.looseObject({ type: text }),
  v.check((given) => isFactType(given.type) && v.is(factSchemas[given.type], given)),
)
const isFactType = (type: string): type is keyof typeof factSchemas => Object.hasOwn(factSchemas, type)

/** What is reckoned with, or shown, of each type of record. Types of later releases are let through: nobody looks at them. */
const recordSchemas = {
  observed: v.looseObject({ model: text, state: text, revision: count, includesText: v.boolean() }),
  'actor.started': v.looseObject({ actor: text, src: orNull, parent: orNull }),
  'actor.stopped': v.looseObject({ actor: text, status: text }),
  event: v.looseObject({ actor: text, event: text, source: orNull, turnId: orNull }),
  transition: v.looseObject({
    actor: text,
    from: text,
    to: text,
    event: text,
    guard: orNull,
    transitions: v.array(text),
    turnId: orNull,
  }),
  ignored: v.looseObject({ actor: text, event: text, state: text }),
  fact: v.looseObject({ index: count, fact, state: orNull }),
  refusal: v.looseObject({ turnId: text, category: orNull, suspects: v.array(v.looseObject({ kind: text })) }),
  rejection: v.looseObject({
    turnId: text,
    code: text,
    pointer: orNull,
    suspects: v.array(v.looseObject({ kind: text })),
  }),
  request: v.looseObject({ turnId: orNull, model: text, messages: count, bytes: count }),
  prompt: v.looseObject({ promptHash: text, cacheBreakpoints: count, tools: v.array(text) }),
  lost: v.looseObject({ count }),
  ended: v.looseObject({ status: text }),
} satisfies { [Type in InspectionRecord['type']]: v.GenericSchema }
const isRecordType = (type: string): type is keyof typeof recordSchemas => Object.hasOwn(recordSchemas, type)

const record = v.pipe(
  v.looseObject({ type: text, v: count, seq: count, at: count, conversation: text }),
  v.check((given) => !isRecordType(given.type) || v.is(recordSchemas[given.type], given)),
)
const chart = v.looseObject({
  id: name,
  version: text,
  states: v.array(v.looseObject({ id: text, key: text, type: text, tags: v.array(text), invokes: v.array(text) })),
  transitions: v.array(
    v.looseObject({ id: text, source: text, targets: v.array(text), on: v.looseObject({ kind: text }) }),
  ),
})
const command = v.variant('command', [
  v.strictObject({ command: v.literal('send'), text }),
  v.strictObject({ command: v.picklist(['stop', 'retry', 'clear', 'compact', 'release', 'close']) }),
  v.strictObject({ command: v.literal('resolve'), policy: v.picklist(['drop-turn', 'rewind-1', 'clear']) }),
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
const origin = v.strictObject({ kind: v.picklist(['process', 'file']), name, pid: v.nullable(v.number()), id: name })

const fromApp = v.variant('type', [
  v.looseObject({ type: v.literal('hello'), origin }),
  v.looseObject({ type: v.literal('conversation'), key: name, chart, allowsControl: v.boolean() }),
  v.looseObject({ type: v.literal('records'), key: name, records: v.array(v.unknown()), state: text }),
  v.looseObject({ type: v.literal('offers'), key: name, offers: v.array(offer) }),
  v.looseObject({ type: v.literal('done'), id: name, error: v.nullable(text) }),
  v.looseObject({ type: v.literal('gone'), key: name }),
])
const fromPage = v.variant('type', [v.strictObject({ type: v.literal('open'), key: name }), control])

// The schemas are as loose as later releases need: what they let through has the shape that its type promises.
const isAppMessage = (value: unknown): value is AppMessage => v.is(fromApp, value)
const isPageMessage = (value: unknown): value is FromPage => v.is(fromPage, value)
const isControlMessage = (value: unknown): value is ControlMessage => v.is(control, value)
export const isChart = (value: unknown): value is ChartDefinition => v.is(chart, value)
export const isRecord = (value: unknown): value is InspectionRecord => v.is(record, value)

/** A message of a process with conversations, or `null` for what is none. */
export function readAppMessage(json: string): AppMessage | null {
  const message = read(json, isAppMessage)
  if (message?.type !== 'records') return message
  // One that can't be read is lost, and those beside it are not.
  const records = message.records.filter(isRecord)
  const lost = message.records.length - records.length
  const [last] = records.slice(-1)
  if (lost === 0 || !last) return { ...message, records }
  const { v: version, seq, at, conversation } = last
  return { ...message, records: [...records, { v: version, type: 'lost', seq, at, conversation, count: lost }] }
}

/** A message of a page, or `null` for what is none. */
export const readPageMessage = (json: string): FromPage | null => read(json, isPageMessage)

/** A message to a process with conversations, or `null` for what is none. */
export const readControlMessage = (json: string): ControlMessage | null => read(json, isControlMessage)

function read<Message>(json: string, isMessage: (value: unknown) => value is Message): Message | null {
  try {
    const value: unknown = JSON.parse(json)
    return isMessage(value) ? value : null
  } catch {
    return null
  }
}
