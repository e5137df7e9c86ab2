// What somebody who is told something may do then and there.
import type { Conversation, Turn } from '../../src/index.ts'
import { more } from './api.ts'

/** What an act is done to, and where its turns and forks go. */
export interface Stage {
  readonly chat: Conversation
  readonly controller: AbortController
  readonly follow: (turn: Turn) => void
  readonly addFork: (fork: Conversation) => void
}

type ActOn = (stage: Stage) => void

const acts = {
  // What ends the turn that is under way.
  stop: ({ chat }) => void chat.stop(),
  send: ({ chat, follow }) => follow(chat.sendMessage(`${more}, at once.`)),
  close: ({ chat }) => void chat.close(),
  abort: ({ controller }) => controller.abort(),
  'stop and send': ({ chat, follow }) => {
    chat.stop()
    follow(chat.sendMessage(`${more}, after all.`))
  },
  // What can't be done while one is.
  retry: ({ chat, follow }) => follow(chat.retry()),
  regenerate: ({ chat, follow }) => follow(chat.regenerate()),
  clear: ({ chat }) => void chat.clear(),
  // What leaves it as it is.
  fork: ({ chat, follow, addFork }) => {
    const fork = chat.fork()
    addFork(fork)
    follow(fork.sendMessage(`${more}, over here.`))
  },
  setModel: ({ chat }) => chat.setModel('m9'),
  throw: () => {
    throw new Error('a listener of the app fails')
  },
} as const satisfies Readonly<Record<string, ActOn>>

export type ActName = keyof typeof acts

export const actNames = Object.keys(acts) as readonly ActName[]

/** Acts after which nobody is asked anything any more but what is said anew. */
export const stops = (does: ActName): boolean => does === 'stop' || does === 'close' || does === 'abort'

/** Acts that ask the same words again, on purpose. */
export const asksAgain = (does: ActName): boolean => does === 'retry' || does === 'regenerate'

/** @throws TurnstateError where it can't be done now. Nothing happens then. */
export const perform = (does: ActName, stage: Stage): void => acts[does](stage)
