// Commands that show the branches, and go from one to another.
import { untilAtRest } from '../decide.ts'
import { type Command, type Commands, wrongUse } from './command.ts'
import { describeTurns, readTurn } from './turns.ts'

const branches: Command = {
  usage: '/branches',
  help: 'list all messages by number; * marks what the model builds on',
  isReport: true,
  run(_argument, { conversation, output }) {
    const lines = describeTurns(conversation)
    output.say(lines.length === 0 ? 'Nothing was asked yet.' : lines.join('\n'))
    return 'done'
  },
}

const switchTo: Command = {
  usage: '/switch N [force]',
  help: 'go on from message N; with force, also from one that a reset put aside',
  async run(argument, chat) {
    const [number = '', how, ...rest] = argument.split(/\s+/)
    const turn = readTurn(number, chat.conversation)
    if (turn === null || rest.length > 0 || (how !== undefined && how !== 'force'))
      return wrongUse(chat, 'Say which message by its number, as in /switch 2; /branches lists them.')
    chat.conversation.switchTo(turn.id, { force: how === 'force' })
    await untilAtRest(chat.conversation)
    return 'done'
  },
}

export const branching: Commands = { branches, switch: switchTo }
