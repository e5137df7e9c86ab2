// Decides waiting tool calls, from lines that people or programs enter.
import * as v from 'valibot'
import type { Conversation } from '../conversation/conversation-interface.ts'
import type { PendingCall } from '../conversation/pending-calls.ts'
import { TurnstateError } from '../errors.ts'
import { objectionToAllowing } from '../shown-input.ts'
import { until } from './until.ts'

export type CallDecision =
  | { readonly kind: 'approve'; readonly callId: string }
  | { readonly kind: 'deny'; readonly callId: string; readonly reason?: string }
  | { readonly kind: 'answer'; readonly callId: string; readonly result: unknown; readonly isError?: boolean }

/** The lines that decide waiting calls, for people. */
export const callDecisions = '/approve [ID], /deny [ID] [REASON] or /answer ID TEXT'

/**
 * Decides a call. Resolves when it is not waiting any more.
 *
 * @throws TurnstateError `not-available` to approve an input that is too long to be shown; what the conversation's methods throw
 */
export async function decideCall(conversation: Conversation, decision: CallDecision): Promise<void> {
  const { callId } = decision
  switch (decision.kind) {
    case 'approve': {
      const objection = objectionToAllowing(conversation.pendingCalls.find((call) => call.callId === callId)?.input)
      if (objection !== null) throw new TurnstateError('not-available', objection)
      conversation.approveTool(callId)
      break
    }
    case 'deny':
      conversation.denyTool(callId, decision.reason)
      break
    case 'answer':
      conversation.answerTool(callId, decision.result, { isError: decision.isError ?? false })
  }
  await until(conversation, () => conversation.pendingCalls.every((call) => call.callId !== callId))
}

/** Reads a decision from a command or JSON; `null` for any other line. */
export function readCallDecision(line: string, calls: readonly PendingCall[]): CallDecision | null {
  const said = line.trim()
  const [word = ''] = said.split(/\s/, 1)
  return word.startsWith('/') && word !== '/'
    ? readCallCommand(word.slice(1), said.slice(word.length).trim(), calls)
    : readJsonDecision(line)
}

/** Reads the commands `approve`, `deny` and `answer` with their argument; `null` for anything else. */
export function readCallCommand(command: string, argument: string, calls: readonly PendingCall[]): CallDecision | null {
  const [first = ''] = argument.split(/\s/, 1)
  const rest = argument.slice(first.length).trim()
  const asked = calls.find(({ needs }) => needs === 'approval')?.callId
  switch (command) {
    case 'approve':
      if (rest !== '' || (first === '' && asked === undefined)) return null
      return { kind: 'approve', callId: first === '' ? (asked ?? '') : first }
    case 'deny': {
      const isNamed = calls.some(({ callId }) => callId === first)
      // A mistyped id must not be read as a reason to deny another call.
      if (!isNamed && looksLikeId(first)) return null
      const callId = isNamed ? first : asked
      return callId === undefined ? null : denying(callId, isNamed ? rest : argument)
    }
    case 'answer':
      return first === '' || rest === '' ? null : { kind: 'answer', callId: first, result: fromJson(rest) }
    default:
      return null
  }
}

const looksLikeId = (word: string): boolean => /^[a-z]+_\w+$/i.test(word)

export const denying = (callId: string, reason: string): CallDecision => ({
  kind: 'deny',
  callId,
  ...(reason === '' ? {} : { reason }),
})

const jsonDecision = v.union([
  v.strictObject({ approve: v.string() }),
  v.strictObject({ deny: v.string(), reason: v.optional(v.string()) }),
  v.strictObject({ answer: v.string(), result: v.unknown(), isError: v.optional(v.boolean()) }),
])

function readJsonDecision(line: string): CallDecision | null {
  const read = v.safeParse(jsonDecision, fromJson(line))
  if (!read.success) return null
  const { output } = read
  if ('approve' in output) return { kind: 'approve', callId: output.approve }
  if ('deny' in output) return denying(output.deny, output.reason ?? '')
  return { kind: 'answer', callId: output.answer, result: output.result, isError: output.isError ?? false }
}

/** The value of a text that is JSON; otherwise the text itself. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Denies all waiting calls with a reason, because nobody can answer them. The model continues without them. */
export async function denyAll(conversation: Conversation, reason: string): Promise<void> {
  for (const { callId, needs } of conversation.pendingCalls)
    await decideCall(
      conversation,
      needs === 'approval' ? denying(callId, reason) : { kind: 'answer', callId, result: reason, isError: true },
    )
}
