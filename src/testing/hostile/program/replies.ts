import { codeExecutionResult, serverToolUse, text, thinking, toolUse } from '../../script/build-blocks.ts'
import { refuse, reply } from '../../script/build-script.ts'
import type { ScriptedBlock, ScriptedToolUse } from '../../script/script-blocks.ts'
import type { ReplyStep } from '../../script/script.ts'
import type { HostileMessage } from './program.ts'
import { callIdOf } from './rules.ts'
import { argumentOf } from './tools.ts'
import { wordOf } from './words.ts'

/** The next reply to a message: one of its calls, made for the nth time, or its answer. */
export type NextReply = { readonly call: number; readonly time: number } | 'answer'

const thoughtOf = (message: number, { thinks = false }: HostileMessage, of: string): readonly ScriptedBlock[] =>
  thinks ? [thinking(`What to say of message ${message}: ${of}.`)] : []

const callOf = (message: number, given: HostileMessage, call: number, time: number): ScriptedToolUse => {
  const id = callIdOf(message, call, time)
  const kind = given.calls?.[call]
  return kind === 'imagined'
    ? toolUse(wordOf('imagined', message), {}, id)
    : toolUse('note', { text: argumentOf(message, call), picture: kind === 'picture' }, id)
}

/** The container in which the code of a message runs. */
const containerOf = (message: number): { readonly id: string; readonly expires_at: string } => ({
  id: `container_${message}`,
  expires_at: '2099-01-01T00:00:00Z',
})

/** The answer to a message: its word, after the code that it runs. */
const answerOf = (message: number, given: HostileMessage): readonly ScriptedBlock[] => [
  ...thoughtOf(message, given, 'the answer'),
  ...(given.runsCode === true
    ? [
        serverToolUse('code_execution', { code: 'print(1)' }, `srvtoolu_hostile_${message}`),
        codeExecutionResult({ stdout: '1\n' }),
      ]
    : []),
  text(`Answer ${wordOf('out', message)}.`),
]

/** The model's next reply to a message. */
export const replyOf = (message: number, given: HostileMessage, next: NextReply): ReplyStep => {
  if (next !== 'answer') {
    const { call, time } = next
    return reply([...thoughtOf(message, given, `call ${call}`), callOf(message, given, call, time)])
  }
  return reply(answerOf(message, given), given.runsCode === true ? { container: containerOf(message) } : {})
}

/** A refusal: before any text, or after the word that marks the refused reply. */
export const refusalOf = (message: number, { refuses }: HostileMessage): ReplyStep =>
  refuses === 'in mid-text'
    ? refuse({ at: { afterDeltas: 2 }, category: 'cyber' }, [
        text('This begins ', `${wordOf('refused', message)} `, 'and was to go on.'),
      ])
    : refuse({ category: 'cyber' })
