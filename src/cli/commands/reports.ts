// Commands that tell things.
import { explainLedger, explainRefusals } from '../explain-usage.ts'
import type { Chat } from '../send.ts'
import type { Command, Commands } from './command.ts'

const report = (usage: string, help: string, tell: (chat: Chat) => string): Command => ({
  usage,
  help,
  isReport: true,
  run(_argument, chat) {
    chat.output.say(tell(chat))
    return 'done'
  },
})

export const reports: Commands = {
  history: report('/history', 'what the model is told of the conversation so far', ({ conversation }) =>
    JSON.stringify(conversation.history, null, 2),
  ),
  usage: report('/usage', 'what was spent on each model, refusals apart', ({ conversation }) =>
    explainLedger(conversation).join('\n'),
  ),
  refusals: report('/refusals', 'what was refused, and what came of it', ({ conversation }) =>
    explainRefusals(conversation).join('\n'),
  ),
}
