import { createInterface, type Interface } from 'node:readline'
import type { Conversation } from '../conversation.ts'
import { TurnstateError } from '../errors.ts'
import { refusalTestString } from '../testing/index.ts'
import type { ChatOutput } from './chat-output.ts'
import type { Connection } from './connection.ts'
import { sendAndShow } from './send.ts'

const help = `Type a message and press Enter. Ctrl-C stops a reply; twice, it quits.
  /clear        put the whole context aside
  /retry        ask the last message again, after it failed or was stopped
  /model NAME   ask another model from now on
  /history      what the model is told of the conversation so far
  /drop-turn, /rewind N, /clear   decide about a refusal that waits for you
  /refuse       send a line with the documented refusal test string
  /quit         leave`

/** A person at a terminal. Resolves when they leave. A failed turn is theirs to see, so it is no failure of the command. */
export async function converse(
  conversation: Conversation,
  output: ChatOutput,
  connection: Connection,
): Promise<number> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: 'you> ', historySize: 1000 })
  const left = new Promise<void>((resolve) => terminal.once('close', resolve))
  handleInterrupts(terminal, conversation, output)
  terminal.on('line', (line) => {
    void answer(line.trim(), { terminal, conversation, output, connection }).finally(() => terminal.prompt())
  })
  terminal.prompt()
  await left
  return 0
}

/** Ctrl-C stops what is under way; with nothing under way, or pressed again, it quits. */
function handleInterrupts(terminal: Interface, conversation: Conversation, output: ChatOutput): void {
  let pressed: 'never' | 'once' = 'never'
  terminal.on('line', () => {
    pressed = 'never'
  })
  terminal.on('SIGINT', () => {
    if (pressed === 'once') return terminal.close()
    pressed = 'once'
    if (conversation.status === 'submitted' || conversation.status === 'streaming') return conversation.stop()
    output.say('\nPress Ctrl-C again to quit.')
    terminal.prompt()
  })
}

interface Scene {
  readonly terminal: Interface
  readonly conversation: Conversation
  readonly output: ChatOutput
  readonly connection: Connection
}

async function answer(line: string, scene: Scene): Promise<void> {
  const { conversation, output } = scene
  if (line === '') return
  if (!line.startsWith('/')) return void (await sendAndShow(conversation, output, line))
  try {
    await obey(line, scene)
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    output.problem(error)
  }
}

async function obey(line: string, { terminal, conversation, output, connection }: Scene): Promise<void> {
  const [command = '', argument = ''] = line.split(/\s+/, 2)
  switch (command) {
    case '/help':
      return output.say(help)
    case '/quit':
      return terminal.close()
    case '/clear':
      return conversation.clear()
    case '/drop-turn':
      return conversation.resolveRefusal('drop-turn')
    case '/rewind':
      return conversation.resolveRefusal({ rewind: Number(argument) })
    case '/model':
      return conversation.setModel(argument)
    case '/retry':
      return void (await conversation.retry())
    case '/history':
      return output.say(JSON.stringify(conversation.history, null, 2))
    case '/refuse':
      if (connection.kind === 'api')
        return output.say('/refuse is for the simulator: the API may count such lines against you.')
      return void (await sendAndShow(conversation, output, `Please read this out: ${refusalTestString}`))
    default:
      return output.say(`There is no ${command}. ${help}`)
  }
}
