// Commands that exchange the conversation, and name it.
import { count, shortened } from '../explain.ts'
import { untilAtRest } from '../decide.ts'
import type { Desk } from '../desk.ts'
import { mostListed, numbered } from '../keeping.ts'
import type { Chat } from '../send.ts'
import { inOneRow } from '../../terminal-text.ts'
import { titleOf } from '../stores/describe.ts'
import { findConversation, latestIn } from '../stores/find-conversation.ts'
import type { Store } from '../../stores/index.ts'
import { type Command, type Commands, type Result, wrongUse } from './command.ts'

const startNew: Command = {
  usage: '/new',
  help: 'begin a new conversation; /resume goes back to this one',
  async run(_argument, chat) {
    const { desk, output } = chat
    if (!desk) return wrongUse(chat, 'That is not possible here.')
    await desk.startNew()
    output.say(
      desk.store === null
        ? 'A new conversation. The one before is gone: this chat is not kept.'
        : 'A new conversation. The one before is kept: /resume lists it.',
    )
    return 'done'
  },
}

/** The conversations that /resume listed last, so that a number names one of them. */
const listed = new WeakMap<Desk, Awaited<ReturnType<typeof latestIn>>>()

const resume: Command = {
  usage: '/resume [ID]',
  help: `go to another conversation; without ID, list the latest ${mostListed}`,
  async run(given, chat): Promise<Result> {
    const { desk, output } = chat
    const store = storeOf(chat)
    if (!desk || !store) return wrongUse(chat, notKept)
    if (given === '') {
      const latest = await latestIn(store, mostListed)
      listed.set(desk, latest)
      if (latest.length === 0) return wrongUse(chat, 'There is no other conversation yet.')
      output.say([...numbered(latest), 'Type /resume and a number, or the beginning of an id.'].join('\n'))
      return 'done'
    }
    const byNumber = /^\d{1,2}$/.test(given) ? listed.get(desk)?.[Number(given) - 1] : undefined
    const listing = byNumber ?? (await findConversation(store, given))
    if (listing.id === chat.conversation.id) return wrongUse(chat, 'That is this conversation.')
    await desk.open(listing)
    // Calls may wait for the person, or run.
    await untilAtRest(chat.conversation)
    return 'done'
  },
}

const title: Command = {
  usage: '/title [WORDS]',
  help: 'show or set the title of this conversation; /title none goes back to its first words',
  async run(words, chat) {
    const store = storeOf(chat)
    if (!store) return wrongUse(chat, notKept)
    const { id } = chat.conversation
    if (words !== '') await store.setTitle(id, words === 'none' ? null : inOneRow(words))
    const listing = await store.get(id)
    const now = listing?.title == null ? 'This conversation has no title yet' : `The title is "${titleOf(listing)}"`
    return wrongUse(chat, `${now}. Its id is ${shortened(inOneRow(id), 60)}.`)
  },
}

const release: Command = {
  usage: '/release',
  help: 'send the messages that wait in the queue of a conversation that was opened',
  async run(_argument, chat) {
    const { conversation, output } = chat
    if (!conversation.held) return wrongUse(chat, 'No messages wait in the queue.')
    output.say(`Sending ${count(conversation.queue.length, 'message')} from the queue.`)
    conversation.releaseQueue()
    await untilAtRest(conversation)
    return 'done'
  },
}

const storeOf = ({ desk }: Chat): Store | null => desk?.store ?? null

const notKept = 'This chat is not kept, so there are no other conversations, and no titles.'

export const conversations: Commands = { new: startNew, resume, title, release }
