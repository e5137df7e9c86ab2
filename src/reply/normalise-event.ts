// Validates everything that a source yields, before anything else reads it. The events that come out can be recorded: counts are
// numbers from 0, names are not empty, blocks have a type and are plain JSON. A value that is no event of the port becomes an
// `unknown` event; a value that throws when it is read is an error of the source.
import {
  type Block,
  boundedJson,
  countedAgain,
  type DeltaKind,
  deltaKinds,
  isNestedDeeper,
  type Iteration,
  noUsage,
  parsedToolInput,
} from '../journal/index.ts'
import { isOurs } from './growing-block.ts'
import type { SourceEvent } from '../source/message-source.ts'
import { isName, readEvidence, readName, readUsage } from './normalise-evidence.ts'
import { type Fields, isRecord } from '../objects.ts'

/** Reads an event of one type into one or several events; `null` if it does not have the port's form. */
type Read<Type extends SourceEvent['type']> = (event: Fields) => readonly SourceEvent[] | Of<Type> | null

type Of<Type extends SourceEvent['type']> = Extract<SourceEvent, { type: Type }>

/**
 * Converts a value that a source yielded into events, in order.
 *
 * @throws whatever reading it throws
 */
export function normalised(raw: unknown): readonly SourceEvent[] {
  if (!isRecord(raw)) return [unknown(raw)]
  const { type } = raw
  const read = typeof type === 'string' && isKnown(type) ? (readers[type](raw) ?? unknown(raw)) : unknown(raw)
  return isSeveral(read) ? read : [read]
}

const isKnown = (type: string): type is SourceEvent['type'] => Object.hasOwn(readers, type)

const isSeveral = (read: SourceEvent | readonly SourceEvent[]): read is readonly SourceEvent[] => Array.isArray(read)

const unknown = (event: unknown): SourceEvent => ({ type: 'unknown', event: walkable(event) })

const readers: { readonly [Type in SourceEvent['type']]: Read<Type> } = {
  opened: ({ pings, requestId }) => ({
    type: 'opened',
    ...(pings === 'hidden' ? { pings } : {}),
    ...readName('requestId', requestId),
  }),
  ping: () => ({ type: 'ping' }),
  'message.stopped': () => ({ type: 'message.stopped' }),
  failed: ({ error }) => ({ type: 'failed', error }),
  unknown: ({ event, index }) => ({ type: 'unknown', event: walkable(event), ...(isIndex(index) ? { index } : {}) }),
  'message.started': ({ model, id, ...told }) => ({
    type: 'message.started',
    model: nameOrNull(model) ?? '',
    ...readName('id', id),
    ...readEvidence(told, readFields),
  }),
  'message.delta': ({ stopReason, category, explanation, creditToken, hasPrefillClaim, ...told }) => ({
    type: 'message.delta',
    stopReason: nameOrNull(stopReason),
    category: nameOrNull(category),
    explanation: isText(explanation) ? explanation.slice(0, longestExplanation) : null,
    ...(isText(creditToken) ? { creditToken } : {}),
    ...(hasPrefillClaim === true ? { hasPrefillClaim } : {}),
    ...readName('stopSequence', told['stopSequence']),
    ...readName('recommendedModel', told['recommendedModel']),
    ...readIterations(told['iterations']),
    ...readCredit(told['fallbackCredit']),
    ...readEvidence(told, readFields),
  }),
  'block.started': ({ index, block }) => {
    const shell = readShell(block)
    return isIndex(index) && shell ? begun(index, shell) : null
  },
  'block.delta': ({ index, kind, text }) =>
    isIndex(index) && isKind(kind) && typeof text === 'string' ? { type: 'block.delta', index, kind, text } : null,
  'block.fields': ({ index, fields }) => {
    const read = readFields(fields)
    if (!isIndex(index) || read === null) return null
    const { type: _, ...others } = read
    return { type: 'block.fields', index, fields: others }
  },
  'block.citation': ({ index, citation }) => {
    const read = readFields(citation)
    return isIndex(index) && read !== null ? { type: 'block.citation', index, citation: read } : null
  },
  'block.stopped': ({ index }) => (isIndex(index) ? { type: 'block.stopped', index } : null),
}

/** Makes the text or thinking that a block starts with its first delta, so that listeners receive it. */
function begun(index: number, shell: Block): readonly SourceEvent[] {
  const kind = shell.type === 'text' || shell.type === 'thinking' ? shell.type : null
  const said = kind === null ? '' : shell[kind]
  if (kind === null || typeof said !== 'string' || said === '') return [{ type: 'block.started', index, block: shell }]
  return [
    { type: 'block.started', index, block: { ...shell, [kind]: '' } },
    { type: 'block.delta', index, kind, text: said },
  ]
}

function readIterations(rounds: unknown): { readonly iterations?: readonly Iteration[] } {
  if (!Array.isArray(rounds) || rounds.length === 0) return {}
  return {
    iterations: rounds.filter(isRecord).map(({ type, model, usage }) => ({
      type: isName(type) ? type : 'unknown',
      ...(isName(model) ? { model } : {}),
      usage: countedAgain(noUsage, readUsage(usage)),
    })),
  }
}

function readCredit(credit: unknown): { readonly fallbackCredit?: Fields } {
  const fallbackCredit = readFields(credit)
  return fallbackCredit === null ? {} : { fallbackCredit }
}

/** Reads a block. Tool input that arrives whole is checked in the same way as input that arrives in deltas. */
function readShell(block: unknown): Block | null {
  if (!isRecord(block) || !isName(block['type'])) return null
  const { type } = block
  const exact = isOurs({ type })
  return 'input' in block
    ? Object.assign(plain({ ...block, input: parsedToolInput(block['input'], { exact }) }), { type })
    : Object.assign(plain(block), { type })
}

const readFields = (value: unknown): Fields | null => (isRecord(value) ? plain(value) : null)

/** A JSON copy, without functions, `undefined`, getters and prototypes. Values nested too deeply are replaced by a note. */
function plain(fields: Fields): Fields {
  const kept = Object.entries(fields).map(([name, value]) => [name, walkable(value)])
  const copy: unknown = JSON.parse(boundedJson(Object.fromEntries(kept)) ?? 'null')
  return isRecord(copy) ? copy : {}
}

/** The value, or a note in its place if it is nested too deeply for recursion. */
const walkable = (value: unknown): unknown => (isNestedDeeper(value) ? tooDeep : value)

const tooDeep = '[What stood here was nested too deeply to be kept.]'

/** Characters. The API's explanations have a few sentences. */
const longestExplanation = 10_000

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const nameOrNull = (value: unknown): string | null => (isName(value) ? value : null)

const isIndex = (index: unknown): index is number => typeof index === 'number' && Number.isFinite(index)

const isKind = (kind: unknown): kind is DeltaKind => deltaKinds.some((each) => each === kind)
