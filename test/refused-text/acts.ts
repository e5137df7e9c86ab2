// The acts that an observer may do at a notice.
import type { Conversation, Turn } from '../../src/index.ts'
import { more } from './api.ts'

/** The conversation that an act changes, and the lists that receive its turns and forks. */
export interface Stage {
  readonly chat: Conversation
  readonly controller: AbortController
  readonly follow: (turn: Turn) => void
  readonly addFork: (fork: Conversation) => void
}

type ActOn = (stage: Stage) => void

const acts = {
  // Acts that end the current turn.
  stop: ({ chat }) => void chat.stop(),
  send: ({ chat, follow }) => follow(chat.sendMessage(`${more}, at once.`)),
  close: ({ chat }) => void chat.close(),
  abort: ({ controller }) => controller.abort(),
  'stop and send': ({ chat, follow }) => {
    chat.stop()
    follow(chat.sendMessage(`${more}, after all.`))
  },
  // Acts that are impossible during a turn.
  retry: ({ chat, follow }) => follow(chat.retry()),
  regenerate: ({ chat, follow }) => follow(chat.regenerate()),
  clear: ({ chat }) => void chat.clear(),
  // Acts that leave the turn unchanged.
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

/** Acts after which only new messages are sent. */
export const stops = (does: ActName): boolean => does === 'stop' || does === 'close' || does === 'abort'

/** Acts that send the same words again on purpose. */
export const asksAgain = (does: ActName): boolean => does === 'retry' || does === 'regenerate'

/** @throws TurnstateError, without effect, if the act is impossible now. */
export const perform = (does: ActName, stage: Stage): void => acts[does](stage)
