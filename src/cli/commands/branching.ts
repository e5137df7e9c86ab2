// Commands that list and switch branches.
import { untilAtRest } from '../decide.ts'
import { type Command, type Commands, wrongUse } from './command.ts'
import { describeTurns, readTurn } from './turns.ts'

const branches: Command = {
  usage: '/branches',
  help: 'list all messages with their numbers; * marks those in the context',
  isReport: true,
  run(_argument, { conversation, output }) {
    const lines = describeTurns(conversation)
    output.say(lines.length === 0 ? 'No messages yet.' : lines.join('\n'))
    return 'done'
  },
}

const switchTo: Command = {
  usage: '/switch N [force]',
  help: 'continue from message N; with force, even if a reset removed it',
  async run(argument, chat) {
    const [number = '', how, ...rest] = argument.split(/\s+/)
    const turn = readTurn(number, chat.conversation)
    if (turn === null || rest.length > 0 || (how !== undefined && how !== 'force'))
      return wrongUse(chat, 'Give the number of a message, as in /switch 2. /branches lists them.')
    chat.conversation.switchTo(turn.id, { force: how === 'force' })
    await untilAtRest(chat.conversation)
    return 'done'
  },
}

export const branching: Commands = { branches, switch: switchTo }
