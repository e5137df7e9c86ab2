// Commands that change the context, the model and the budget.
import { isPolicyWord } from '../../journal/index.ts'
import { isUndecided, readDecision, untilAtRest } from '../decide.ts'
import type { Chat } from '../send.ts'
import { typedPolicies, writtenWith } from '../typed-policies.ts'
import { type Command, type Commands, type Result, wrongUse } from './command.ts'

const decision = (name: string, usage: string, help?: string): Command => ({
  usage,
  ...(help === undefined ? {} : { help }),
  run: (argument, chat) => decide(name, argument, chat),
})

async function decide(name: string, argument: string, chat: Chat): Promise<Result> {
  const { conversation, output } = chat
  const policy = readDecision(`/${name} ${argument}`)
  if (policy === null)
    return wrongUse(
      chat,
      isPolicyWord(name)
        ? `/${name} takes no argument.`
        : `Say how many turns leave with the refused one, as in /${name} 1.`,
    )
  if (isUndecided(conversation)) conversation.resolveRefusal(policy)
  else if (policy !== 'clear') output.say('There is no refusal to decide. To remove the whole context, type /clear.')
  else if (conversation.history.length === 0) output.say('The context is empty already.')
  else conversation.clear()
  await untilAtRest(conversation)
  return 'done'
}

const model: Command = {
  usage: '/model NAME',
  help: 'use another model from now on',
  async run(name, { conversation, output }): Promise<Result> {
    if (name === '' || /\s/.test(name))
      output.say(`The model is ${conversation.model}. Give a name to change it, as in /model claude-sonnet-5-5.`)
    else if (name === conversation.model) output.say(`The model is ${name} already.`)
    else conversation.setModel(name)
    await untilAtRest(conversation)
    return 'done'
  },
}

const system: Command = {
  usage: '/system TEXT',
  help: 'set the system prompt from now on; /system none removes it',
  async run(text, chat) {
    const { conversation } = chat
    if (text === '') return wrongUse(chat, 'Give a system prompt, as in /system Be brief, or /system none.')
    conversation.setSystem(text === 'none' ? undefined : text)
    await untilAtRest(conversation)
    return 'done'
  },
}

const budget: Command = {
  usage: '/budget N',
  help: 'send nothing more after N tokens in total; /budget none removes the limit',
  run(limit, chat) {
    const tokens = /^\d+$/.test(limit) ? Number(limit) : 0
    if (limit !== 'none' && !(tokens > 0 && Number.isSafeInteger(tokens)))
      return wrongUse(chat, 'Give a number of tokens above zero, as in /budget 10000, or /budget none.')
    chat.conversation.setBudget(limit === 'none' ? {} : { tokens })
    chat.output.say(limit === 'none' ? 'The budget was removed.' : `The budget is now ${tokens} tokens.`)
    return 'done'
  },
}

export const context: Commands = {
  clear: decision('clear', '/clear', 'remove the whole context'),
  model,
  system,
  budget,
  ...Object.fromEntries(
    typedPolicies
      .filter((name) => name !== 'clear')
      .map((name, index) => [
        name,
        index === 0
          ? decision(
              name,
              `/${writtenWith(' ').join(', /')}`,
              'decide about a refusal: what to remove from the context',
            )
          : decision(name, `/${writtenWith(' ')[typedPolicies.indexOf(name)]}`),
      ]),
  ),
}
