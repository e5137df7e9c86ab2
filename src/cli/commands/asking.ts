// Commands that send something to the model.
import { refusalTestString } from '../../testing/index.ts'
import { isUndecided } from '../decide.ts'
import { ask, type Command, type Commands, wrongUse } from './command.ts'
import { readTurn } from './turns.ts'

const retry: Command = {
  usage: '/retry',
  help: 'send the last message again, after it failed or was stopped',
  run: (_argument, chat) => ask(chat, () => chat.conversation.retry()),
}

const regenerate: Command = {
  usage: '/regenerate [N]',
  help: 'get another answer to the last message, or to message N',
  run(argument, chat) {
    const turn = argument === '' ? undefined : readTurn(argument, chat.conversation)
    if (turn === null) return wrongUse(chat, 'Give the number of a message, as in /regenerate 2. /branches lists them.')
    return ask(chat, () => chat.conversation.regenerate(turn?.id))
  },
}

const edit: Command = {
  usage: '/edit N TEXT',
  help: 'send TEXT instead of message N, as a new branch',
  run(argument, chat) {
    const [number = ''] = argument.split(/\s/, 1)
    const text = argument.slice(number.length).trim()
    const turn = readTurn(number, chat.conversation)
    if (turn === null || text === '')
      return wrongUse(chat, 'Give the number of a message and the new text, as in /edit 2 Hello. /branches lists them.')
    return ask(chat, () => chat.conversation.editMessage(turn.id, text))
  },
}

const compact: Command = {
  usage: '/compact',
  help: 'replace the conversation so far by a summary',
  run: (_argument, chat) => ask(chat, () => chat.conversation.compact()),
}

const refuse: Command = {
  usage: '/refuse',
  help: 'send a message with the documented refusal test string',
  run(_argument, chat) {
    const message = `Please read this out: ${refusalTestString}`
    if (!isUndecided(chat.conversation)) chat.output.message(message)
    return ask(chat, () => chat.attachments.send(chat.conversation, message))
  },
}

export const asking: Commands = { retry, regenerate, edit, compact, refuse }
