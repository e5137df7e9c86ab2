import type { JsonObject } from '../../api/json.ts'
import { fieldsOf } from './fields.ts'
import { inputOf } from './inputs.ts'
import { type HostileMessage, hostileModel, type HostileProgram } from './program.ts'
import { replyOf } from './replies.ts'
import { callIdOf, strike } from './rules.ts'
import { argumentOf, codeExecution, noteDefinition, noteResult } from './tools.ts'

/** About as long as a signature of the simulator. */
const signature = 's'.repeat(300)

/** A scripted block as a request sends it back. */
const sentBack = (block: object): JsonObject => {
  const given: JsonObject = { ...block }
  if (given['type'] === 'thinking') return { ...given, signature }
  return given['type'] === 'server_tool_result'
    ? { type: given['block'], tool_use_id: 'srvtoolu_hostile', content: given['content'] }
    : given
}

/** The calls of a message and their results, with the thinking before each. */
const callsOf = (message: number, given: HostileMessage): readonly JsonObject[] =>
  (given.calls ?? []).flatMap((kind, call) => {
    const content =
      kind === 'imagined'
        ? 'There is no such tool.'
        : noteResult({ text: argumentOf(message, call), picture: kind === 'picture' })
    return [
      ...replyOf(message, given, { call, time: 0 }).content.map(sentBack),
      { type: 'tool_result', tool_use_id: callIdOf(message, call), content },
    ]
  })

const bodyOf = (content: readonly JsonObject[]): JsonObject => ({
  model: hostileModel,
  messages: [{ role: 'user', content }],
})

/** Everything that a message adds to the context: its input, its calls and their results, its answer. */
const wholeContent = (message: number, given: HostileMessage): readonly JsonObject[] => [
  ...inputOf(message, given),
  ...callsOf(message, given),
  ...replyOf(message, given, 'answer').content.map(sentBack),
]

/** Estimates how many bytes a message adds to later requests. */
export const sizeOf = (message: number, given: HostileMessage): number =>
  Buffer.byteLength(JSON.stringify(wholeContent(message, given))) + 60

/** Estimates the size of a request without its messages, in bytes. */
export const bareSize = (program: Pick<HostileProgram, 'fields'>): number => {
  const { betas: _betas, ...fields } = fieldsOf(program.fields)
  const bare = {
    model: hostileModel,
    max_tokens: 1024,
    stream: true,
    tools: [noteDefinition, codeExecution],
    ...fields,
  }
  return Buffer.byteLength(JSON.stringify(bare)) + 200
}

/** Whether the content of a message breaks the rule by itself, so that no request can contain it unchanged. */
const strikesAlone = ({ rejection }: HostileProgram, content: readonly JsonObject[]): boolean =>
  rejection !== null && rejection.rule.on !== 'bytes' && strike(rejection.rule, bodyOf(content), 0) !== null

/**
 * Whether a completed turn may be missing because of its own content. Thinking is no reason: it can be left out without the
 * turn.
 */
export const isToBlame = (program: HostileProgram, message: number): boolean => {
  const given = program.messages[message]
  if (!given || program.rejection?.rule.on === 'thinking') return false
  return strikesAlone(program, wholeContent(message, given))
}

/** Whether nothing that the requests of a message must contain breaks the rule. Refusals do not matter here. */
export const isPlain = (program: HostileProgram, message: number): boolean => {
  const given = program.messages[message]
  return given !== undefined && !strikesAlone(program, [...inputOf(message, given), ...callsOf(message, given)])
}
