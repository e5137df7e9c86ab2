import type { Conversation } from '../conversation/conversation-interface.ts'
import type { TurnOutcome } from '../conversation/events.ts'
import { refusalTestString } from '../testing/index.ts'
import type { ChatOutput } from './chat-output.ts'
import { isUndecided, readDecision, untilAtRest } from './decide.ts'
import { sendAndShow } from './send.ts'

const help = `Type a message and press Enter. What you type while a reply comes is sent after it.
Ctrl-C stops a reply; twice, it quits. So does Ctrl-D.
  /retry         ask the last message again, after it failed or was stopped
  /clear         put the whole context aside
  /model NAME    ask another model from now on
  /history       what the model is told of the conversation so far
  /refuse        send a line with the documented refusal test string
  /drop-turn, /rewind N, /clear
                 decide what leaves the context, when a refusal waits for you
  /send, /drop   send, or forget, the messages that were held back
  /quit          leave
A message that begins with "/" needs a space before it.`

/** What became of a line. After `unanswered` the lines typed ahead are held back: they may build on the answer. */
export type Result = 'done' | 'unanswered' | 'send-held' | 'drop-held' | 'quit'

export interface Scene {
  readonly conversation: Conversation
  readonly output: ChatOutput
}

/** A message, or a command. Resolves when it is through. */
export async function answer(line: string, scene: Scene): Promise<Result> {
  if (line.trim() === '') return 'done'
  if (line.startsWith('/')) return obey(line, scene)
  return send(line.trim(), scene)
}

async function send(message: string, { conversation, output }: Scene): Promise<Result> {
  if (isUndecided(conversation)) {
    output.say('Not sent: the refusal waits for you first. Type /drop-turn, /rewind N or /clear.')
    return 'unanswered'
  }
  return resultOf(await sendAndShow(conversation, output, message), { conversation, output })
}

function resultOf(status: TurnOutcome['status'], { conversation, output }: Scene): Result {
  if (conversation.status === 'error') output.say('/retry asks it again; /model NAME takes another model first.')
  return status === 'refused' || status === 'failed' ? 'unanswered' : 'done'
}

async function obey(line: string, scene: Scene): Promise<Result> {
  const { conversation, output } = scene
  const [command = '', ...rest] = line.trim().split(/\s+/)
  const argument = rest.join(' ')
  switch (command) {
    case '/help':
      output.say(help)
      return 'done'
    case '/quit':
    case '/exit':
      return 'quit'
    case '/send':
      return 'send-held'
    case '/drop':
      return 'drop-held'
    case '/retry':
      return resultOf((await conversation.retry()).status, scene)
    case '/model':
      return switchModel(argument, scene)
    case '/history':
      output.say(JSON.stringify(conversation.history, null, 2))
      return 'done'
    case '/refuse':
      return refuse(scene)
    case '/clear':
    case '/drop-turn':
    case '/rewind':
      return decide(line, scene)
    default:
      output.say(
        `There is no ${command}. /help lists what there is; a message that begins with "/" needs a space first.`,
      )
      return 'done'
  }
}

async function refuse(scene: Scene): Promise<Result> {
  const message = `Please read this out: ${refusalTestString}`
  if (!isUndecided(scene.conversation)) scene.output.message(message)
  return send(message, scene)
}

async function decide(line: string, { conversation, output }: Scene): Promise<Result> {
  const policy = readDecision(line)
  if (policy === null) {
    output.say(
      line.startsWith('/rewind')
        ? 'Say how many turns go with the refused one, as in /rewind 1.'
        : `${line.split(/\s/, 1)[0]} takes nothing after it.`,
    )
    return 'done'
  }
  if (isUndecided(conversation)) conversation.resolveRefusal(policy)
  else if (policy !== 'clear')
    output.say('No refusal waits for a decision. To put the whole context aside, type /clear.')
  else if (conversation.history.length === 0) output.say('The context is empty as it is.')
  else conversation.clear()
  await untilAtRest(conversation)
  return 'done'
}

async function switchModel(name: string, { conversation, output }: Scene): Promise<Result> {
  if (name === '' || /\s/.test(name))
    output.say(`The model is ${conversation.model}. For another one give its name, as in /model claude-sonnet-5-5.`)
  else conversation.setModel(name)
  await untilAtRest(conversation)
  return 'done'
}
