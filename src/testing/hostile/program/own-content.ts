import type { JsonObject } from '../../api/json.ts'
import { fieldsOf } from './fields.ts'
import { inputOf } from './inputs.ts'
import { type HostileMessage, hostileModel, type HostileProgram } from './program.ts'
import { replyOf } from './replies.ts'
import { callIdOf, strike } from './rules.ts'
import { argumentOf, codeExecution, noteDefinition, noteResult } from './tools.ts'

/** About as long as the simulator's are. */
const signature = 's'.repeat(300)

/** A scripted block as it comes back in a request. */
const sentBack = (block: object): JsonObject => {
  const given: JsonObject = { ...block }
  if (given['type'] === 'thinking') return { ...given, signature }
  return given['type'] === 'server_tool_result'
    ? { type: given['block'], tool_use_id: 'srvtoolu_hostile', content: given['content'] }
    : given
}

/** The calls of a message and their results, with what was thought before each. */
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

/** Everything that a message leaves in the context: its input, its calls and their results, its answer. */
const wholeContent = (message: number, given: HostileMessage): readonly JsonObject[] => [
  ...inputOf(message, given),
  ...callsOf(message, given),
  ...replyOf(message, given, 'answer').content.map(sentBack),
]

/** About how many bytes a message adds to later requests. */
export const sizeOf = (message: number, given: HostileMessage): number =>
  Buffer.byteLength(JSON.stringify(wholeContent(message, given))) + 60

/** About how many bytes a request has beside its messages. */
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

/** The rule strikes on content of the message alone, so that the message can't be in a request as it was. */
const strikesAlone = ({ rejection }: HostileProgram, content: readonly JsonObject[]): boolean =>
  rejection !== null && rejection.rule.on !== 'bytes' && strike(rejection.rule, bodyOf(content), 0) !== null

/**
 * Whether a completed turn may be missing for what it holds itself. Thinking alone is nobody's fault: it can be left out,
 * and the turn stay.
 */
export const isToBlame = (program: HostileProgram, message: number): boolean => {
  const given = program.messages[message]
  if (!given || program.rejection?.rule.on === 'thinking') return false
  return strikesAlone(program, wholeContent(message, given))
}

/** Whether nothing that the requests of a message must carry is struck by the rule. Whoever refuses is another matter. */
export const isPlain = (program: HostileProgram, message: number): boolean => {
  const given = program.messages[message]
  return given !== undefined && !strikesAlone(program, [...inputOf(message, given), ...callsOf(message, given)])
}
