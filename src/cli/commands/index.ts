import { closestName } from '../../did-you-mean.ts'
import { TurnstateError } from '../../errors.ts'
import { type Chat } from '../send.ts'
import { asking } from './asking.ts'
import { branching } from './branching.ts'
import { calls } from './calls.ts'
import { ask, type Command, type Commands, type Result } from './command.ts'
import { context } from './context.ts'
import { conversations } from './conversations.ts'
import { file } from './file.ts'
import { reports } from './reports.ts'

export type { Result } from './command.ts'

const quit: Command = { usage: '/quit', help: 'leave', isReport: true, run: () => 'quit' }

const commands: Commands = {
  ...asking,
  ...branching,
  ...context,
  file,
  ...calls,
  ...conversations,
  ...reports,
  send: { usage: '/send, /drop', help: 'send, or discard, the messages that were held back', run: () => 'send-held' },
  drop: { usage: '/drop', run: () => 'drop-held' },
  quit,
  exit: { usage: '/exit', isReport: true, run: () => 'quit' },
  help: {
    usage: '/help',
    isReport: true,
    run(_argument, { output }) {
      output.say(help())
      return 'done'
    },
  },
}

const help = () => `Type a message and press Enter. Messages typed during a reply are sent after it.
Alt-Enter, or \\ and Enter, begins a new line of the message. Tab completes commands, and files after /file.
Ctrl-C stops a reply; pressed twice, it quits. Ctrl-D quits too. Ctrl-Z goes back to the shell; fg returns.
${Object.values(commands).flatMap(helpLine).join('\n')}
Put a space before a message that starts with "/".`

const helpLine = ({ usage, help: what }: Command): readonly string[] =>
  what === undefined
    ? []
    : usage.length < 21
      ? [`  ${usage.padEnd(21)}${what}`]
      : [`  ${usage}`, `${' '.repeat(23)}${what}`]

/** The names of the commands, as they are typed. A space follows those that take an argument. */
export const commandNames: readonly string[] = Object.entries(commands)
  .map(([name, { usage }]) => `/${name}${usage.includes(`/${name} `) ? ' ' : ''}`)
  .toSorted()

/** Handles a line: a message, or a command. Resolves when it is done. */
export async function answer(line: string, chat: Chat): Promise<Result> {
  if (line.trim() === '') return 'done'
  const command = readCommand(line)
  if (command === null) return ask(chat, () => chat.attachments.send(chat.conversation, line.trim()))
  return run(command, chat)
}

/** Handles a line while a tool call waits. Only some commands are possible then; `null` for a line that is not a command. */
export async function answerAside(line: string, chat: Chat): Promise<Result | null> {
  const command = readCommand(line)
  if (command === null) return null
  if (!command.known || command.known.isReport) return run(command, chat)
  chat.output.say(`${command.name} is not possible while a tool call is waiting for you. Ctrl-C stops the turn.`)
  return 'done'
}

function suggestion(name: string): string {
  const closest = closestName(name, Object.keys(commands))
  return closest === null ? '' : ` Did you mean /${closest}?`
}

interface ReadCommand {
  readonly name: string
  readonly argument: string
  readonly known: Command | undefined
}

function readCommand(line: string): ReadCommand | null {
  if (!line.startsWith('/')) return null
  const [name = ''] = line.slice(1).split(/\s/, 1)
  const isKnown = Object.hasOwn(commands, name)
  // A path, a comment, or a text that was pasted: a mistyped command is one short line.
  if (!isKnown && (name.includes('/') || line.includes('\n'))) return null
  return {
    name: `/${name}`,
    argument: line.slice(1 + name.length).trim(),
    known: isKnown ? commands[name] : undefined,
  }
}

async function run({ name, argument, known }: ReadCommand, chat: Chat): Promise<Result> {
  if (!known) {
    chat.output.say(
      `${name} not found.${suggestion(name)} /help lists the commands. Put a space before a message that starts with "/".`,
    )
    return 'done'
  }
  try {
    return await known.run(argument, chat)
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    chat.output.problem(error)
    return 'unanswered'
  }
}
