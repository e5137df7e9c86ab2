import type { HostileField } from '../program/fields.ts'
import type { HostileCall, HostileMessage, HostileRejection } from '../program/program.ts'
import type { HostileRule } from '../program/rules.ts'

/** A property of a message. A message without any is a short text with a plain answer. */
export type Trait =
  | 'image'
  | 'document'
  | 'file'
  | 'long'
  | 'note'
  | 'picture'
  | 'imagined'
  | 'thinks'
  | 'code'
  | 'refuses'
  | 'refuses late'

/** Everything that is random about a program. */
export type Drawn = readonly [
  before: readonly (readonly Trait[])[],
  after: readonly (readonly Trait[])[],
  fields: readonly HostileField[],
  rule: HostileRule | null,
  says: HostileRejection['says'],
  status: HostileRejection['status'],
  /** Which message before the rule it is about. */
  at: number,
  /** How high a limit is, in percent of the possible range. */
  share: number,
  /** Chooses one of several variants. */
  way: number,
]

export const traits: readonly Trait[] = [
  'thinks',
  'note',
  'image',
  'document',
  'file',
  'long',
  'imagined',
  'picture',
  'code',
  'refuses',
  'refuses late',
]

const calls: Readonly<Partial<Record<Trait, HostileCall>>> = { note: 'note', picture: 'picture', imagined: 'imagined' }
const brought: Readonly<Partial<Record<Trait, NonNullable<HostileMessage['brings']>>>> = {
  image: 'image',
  document: 'document',
  file: 'file',
}

const longText = 3_000

/** The message with these traits, and at most `mostCalls` calls. */
export const messageOf = (given: readonly Trait[], mostCalls: number): HostileMessage => {
  const called = given.flatMap((trait) => calls[trait] ?? []).slice(0, mostCalls)
  const [brings] = given.flatMap((trait) => brought[trait] ?? [])
  return {
    ...(brings === undefined ? {} : { brings }),
    ...(given.includes('long') ? { length: longText } : {}),
    ...(called.length === 0 ? {} : { calls: called }),
    ...(given.includes('thinks') ? { thinks: true } : {}),
    ...(given.includes('code') ? { runsCode: true } : {}),
    ...(given.includes('refuses') ? { refuses: 'at once' } : {}),
    ...(given.includes('refuses late') ? { refuses: 'in mid-text' } : {}),
  }
}

/** The rules to draw from, the simplest first. Their messages and limits are set when the conversation is known. */
export const ruleSketches: readonly HostileRule[] = [
  { on: 'marker', where: 'input', of: 0 },
  { on: 'marker', where: 'reply', of: 0 },
  { on: 'marker', where: 'toolResult', of: 0 },
  { on: 'marker', where: 'toolName', of: 0 },
  { on: 'block', type: 'image' },
  { on: 'block', type: 'document' },
  { on: 'block', type: 'tool_use' },
  { on: 'block', type: 'tool_result' },
  { on: 'block', type: 'server_tool_use' },
  { on: 'block', type: 'code_execution_tool_result' },
  { on: 'id', of: 0 },
  { on: 'container' },
  { on: 'container' },
  { on: 'thinking' },
  { on: 'thinking' },
  { on: 'field', field: 'metadata' },
  { on: 'field', field: 'output_config' },
  { on: 'field', field: 'thinking' },
  { on: 'field', field: 'context_management' },
  { on: 'bytes', most: 0 },
  { on: 'bytes', most: 0 },
  { on: 'bytes', most: 0 },
  { on: 'modelAndField', model: 'claude-opus-5', field: 'metadata' },
  { on: 'modelAndField', model: 'claude-opus-5', field: 'output_config' },
  { on: 'modelAndField', model: 'claude-opus-5', field: 'service_tier' },
  { on: 'file', of: 0 },
  { on: 'file' },
]
