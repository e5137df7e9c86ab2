// Commands that decide waiting tool calls.
import { type CallDecision, decideCall, readCallCommand } from '../decide-calls.ts'
import type { Chat } from '../send.ts'
import { type Command, type Commands, type Result, wrongUse } from './command.ts'

const deciding = (name: CallDecision['kind'], example: string, about: Pick<Command, 'usage' | 'help'>): Command => ({
  ...about,
  isReport: true,
  run: (argument, chat) => decide(name, argument, example, chat),
})

async function decide(name: string, argument: string, example: string, chat: Chat): Promise<Result> {
  const { pendingCalls } = chat.conversation
  if (pendingCalls.length === 0) return wrongUse(chat, 'No tool call is waiting.')
  const decision = readCallCommand(name, argument, pendingCalls)
  if (decision === null)
    return wrongUse(
      chat,
      `Say it as in ${example}. ${pendingCalls.map((call) => `${call.name} (${call.callId}) waits for ${call.needs === 'approval' ? 'approval' : 'an answer'}.`).join(' ')}`,
    )
  await decideCall(chat.conversation, decision)
  return 'done'
}

export const calls: Commands = {
  approve: deciding('approve', '/approve, or /approve ID', {
    usage: '/approve [ID]',
    help: 'allow a waiting tool call; y does the same',
  }),
  deny: deciding('deny', '/deny Not this one, or /deny ID Not this one', {
    usage: '/deny [ID] [REASON]',
    help: 'deny a waiting tool call; n does the same. The model gets the reason',
  }),
  answer: deciding('answer', '/answer ID The answer', {
    usage: '/answer ID TEXT',
    help: 'answer a waiting call with text or JSON',
  }),
}
