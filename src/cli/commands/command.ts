import type { TurnOutcome } from '../../conversation/turns/events.ts'
import type { Turn } from '../../conversation/turns/turn.ts'
import { decisions, isUndecided } from '../decide.ts'
import { type Chat, show } from '../send.ts'
import { waysOn } from './ways-on.ts'

/** The result of a line. After `unanswered` the lines typed ahead are held back, because they may depend on the answer. */
export type Result = 'done' | 'unanswered' | 'send-held' | 'drop-held' | 'quit'

export interface Command {
  /** How it is typed. */
  readonly usage: string
  /** What it does. Missing for aliases, which /help does not list. */
  readonly help?: string
  /** It may run while a tool call waits, because it sends nothing. */
  readonly isReport?: true
  /** @param argument The text after its name. */
  run(argument: string, chat: Chat): Result | Promise<Result>
}

export type Commands = Readonly<Record<string, Command>>

/** Starts a turn, unless a refusal waits for a decision. */
export async function ask(chat: Chat, begin: () => Turn): Promise<Result> {
  if (isUndecided(chat.conversation)) {
    chat.output.say(`Not sent: first decide about the refusal, with ${decisions}.`)
    return 'unanswered'
  }
  return resultOf(await show(chat, begin), chat)
}

function resultOf(status: TurnOutcome['status'], { conversation, output }: Chat): Result {
  if (conversation.status === 'error') output.say(waysOn(conversation.error?.code))
  return status === 'refused' || status === 'failed' ? 'unanswered' : 'done'
}

/** Explains how to use a command. */
export function wrongUse({ output }: Chat, sentence: string): Result {
  output.say(sentence)
  return 'done'
}
