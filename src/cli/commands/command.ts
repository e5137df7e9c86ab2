import type { TurnOutcome } from '../../conversation/turns/events.ts'
import type { Turn } from '../../conversation/turns/turn.ts'
import { decisions, isUndecided } from '../decide.ts'
import { type Chat, show } from '../send.ts'

/** What became of a line. After `unanswered` the lines typed ahead are held back: they may build on the answer. */
export type Result = 'done' | 'unanswered' | 'send-held' | 'drop-held' | 'quit'

export interface Command {
  /** How it is typed. */
  readonly usage: string
  /** What it does. Without it, it is not listed: another name for one that is. */
  readonly help?: string
  /** It tells things only, so that it may run while a tool call waits for somebody. */
  readonly isReport?: true
  /** @param argument What stands after its name. */
  run(argument: string, chat: Chat): Result | Promise<Result>
}

export type Commands = Readonly<Record<string, Command>>

/** Begins a turn, unless a refusal waits for a decision first. */
export async function ask(chat: Chat, begin: () => Turn): Promise<Result> {
  if (isUndecided(chat.conversation)) {
    chat.output.say(`Not sent: the refusal waits for you first. Type ${decisions}.`)
    return 'unanswered'
  }
  return resultOf(await show(chat, begin), chat)
}

function resultOf(status: TurnOutcome['status'], { conversation, output }: Chat): Result {
  if (conversation.status === 'error') output.say(waysOn(conversation.error?.code))
  return status === 'refused' || status === 'failed' ? 'unanswered' : 'done'
}

/** What can be done after a failure. */
function waysOn(code: string | undefined): string {
  switch (code) {
    case 'budget-exceeded':
      return '/budget N raises the budget, /budget none takes it away; /retry asks again then.'
    case 'context-window-exceeded':
    case 'prompt-too-long':
      return '/compact puts a summary in the place of what was said, /clear nothing; /retry asks again then.'
    default:
      return '/retry asks it again; /model NAME takes another model first.'
  }
}

/** Says how a command is used. */
export function wrongUse({ output }: Chat, sentence: string): Result {
  output.say(sentence)
  return 'done'
}
