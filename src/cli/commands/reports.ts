// Commands that show information.
import { explainLedger, explainRefusals } from '../explain-usage.ts'
import type { Chat } from '../send.ts'
import type { Command, Commands } from './command.ts'

const report = (usage: string, help: string, describe: (chat: Chat) => string): Command => ({
  usage,
  help,
  isReport: true,
  run(_argument, chat) {
    chat.output.say(describe(chat))
    return 'done'
  },
})

export const reports: Commands = {
  history: {
    usage: '/history',
    help: 'show the messages that the model is sent, as JSON',
    isReport: true,
    run(_argument, { conversation, output }) {
      output.history(conversation.history)
      return 'done'
    },
  },
  usage: report('/usage', 'show the tokens used by each model, refusals separately', ({ conversation }) =>
    explainLedger(conversation).join('\n'),
  ),
  refusals: report('/refusals', 'show the refusals and their results', ({ conversation }) =>
    explainRefusals(conversation).join('\n'),
  ),
}
