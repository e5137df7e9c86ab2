import { bareSize, sizeOf } from '../program/own-content.ts'
import { type Drawn, messageOf } from './drawn.ts'
import type { HostileField } from '../program/fields.ts'
import { type HostileMessage, type HostileProgram, type HostileRejection, otherModel } from '../program/program.ts'
import type { HostileRule } from '../program/rules.ts'

const withoutRefusal = (message: HostileMessage): HostileMessage => {
  const { refuses: _, ...rest } = message
  return rest
}

const withCall = (message: HostileMessage, call: 'note' | 'imagined'): HostileMessage =>
  message.calls?.includes(call) ? message : { ...message, calls: [call, ...(message.calls ?? []).slice(0, 1)] }

const withBlock = (message: HostileMessage, type: string): HostileMessage => {
  switch (type) {
    case 'image':
    case 'document':
      return { ...message, brings: type }
    case 'tool_use':
    case 'tool_result':
      return withCall(message, 'note')
    default:
      return { ...message, runsCode: true }
  }
}

/** The message with the content that the rule rejects. */
const struckBy = (rule: HostileRule, message: HostileMessage): HostileMessage => {
  switch (rule.on) {
    case 'block':
      return withBlock(message, rule.type)
    case 'marker':
      if (rule.where === 'toolName') return withCall(message, 'imagined')
      return rule.where === 'toolResult' ? { ...message, calls: ['note'] } : message
    case 'id':
      return withCall(message, 'note')
    case 'container':
      return { ...message, runsCode: true }
    case 'thinking':
      return { ...message, thinks: true }
    case 'file':
      return { ...message, brings: 'file' }
    default:
      return message
  }
}

/** Messages that are long enough for a limit, which must be above a single message and below the whole conversation. */
const longEnough = (before: readonly HostileMessage[]): readonly HostileMessage[] =>
  [...before, ...Array.from({ length: Math.max(0, 6 - before.length) }, () => ({}))].map((message) => ({
    ...withoutRefusal(message),
    length: 4_000,
  }))

const roomBelowLimit = 6_000

/** A limit that a request with one message stays below, and that the request at `from` exceeds. */
const limitFor = (messages: readonly HostileMessage[], from: number, bare: number, share: number): number => {
  const sizes = messages.map((message, number) => sizeOf(number, message))
  const least = bare + Math.max(...sizes) + roomBelowLimit
  const total = sizes.slice(0, from).reduce((sum, size) => sum + size, bare)
  return Math.round(least + ((total - least) * share) / 100)
}

/** The messages with at most `most` refusals: with more, refusals would hide what the rule does. */
const fewRefusals = (messages: readonly HostileMessage[], most: number): readonly HostileMessage[] => {
  let left = most
  return messages.map((message) => (message.refuses === undefined || left-- > 0 ? message : withoutRefusal(message)))
}

const fieldsFor = (rule: HostileRule, drawn: readonly HostileField[]): readonly HostileField[] => [
  ...new Set(rule.on === 'field' || rule.on === 'modelAndField' ? [rule.field, ...drawn] : drawn),
]

/** How the conversation gets to the model of a rule: by a refusal, or because the app switches. */
const onWayToModel = (message: HostileMessage, way: number): HostileMessage =>
  way % 2 === 0 ? { ...withoutRefusal(message), model: otherModel } : { ...message, refuses: 'at once' }

/** The rule with the number of the message that it is about. */
const aimed = (rule: HostileRule, message: number): HostileRule =>
  'of' in rule && rule.of !== undefined ? { ...rule, of: message } : rule

const statusFor = (rule: HostileRule, status: HostileRejection['status']): HostileRejection['status'] =>
  status === 500 && rule.on !== 'container' ? 400 : status

/** The program for what was drawn. Its rule rejects the first message that it applies to. */
export const fitProgram = ([before, after, fields, rule, says, status, at, share, way]: Drawn): HostileProgram => {
  const early = before.map((given) => messageOf(given, 2))
  const late = after.map((given) => messageOf(given, 1))
  const fallback = way % 3 === 2 ? { fallback: otherModel } : {}
  if (rule === null)
    return { messages: [...early, ...late], rejection: null, fields: [...new Set(fields)], ...fallback }
  const asked = fieldsFor(rule, fields)
  const first = rule.on === 'bytes' ? longEnough(early) : early
  const from = first.length
  const aim = at % from
  // A switch of models would leave out the thinking, and there are no refusals by the other model.
  const staysOnModel = rule.on === 'thinking' || rule.on === 'modelAndField'
  const messages = [
    ...first
      .map((message) => (staysOnModel ? withoutRefusal(message) : message))
      .map((message, number) => (number === aim ? struckBy(rule, withoutRefusal(message)) : message)),
    ...fewRefusals(late, 2).map((message, index) => {
      if (index > 0) return message
      return rule.on === 'modelAndField' ? onWayToModel(message, way) : withoutRefusal(message)
    }),
  ]
  const found = aimed(rule, aim)
  const limited =
    found.on === 'bytes' ? { ...found, most: limitFor(messages, from, bareSize({ fields: asked }), share) } : found
  return {
    messages,
    rejection: { rule: limited, from, says, status: statusFor(rule, status) },
    fields: asked,
    ...(rule.on === 'modelAndField' ? { fallback: otherModel } : fallback),
  }
}
