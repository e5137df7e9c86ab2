import type { BranchObstacle } from '../../machines/index.ts'
import { branchObstacle } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { type Branch, branches, findTurn, headObstacle, path, type View } from '../journal/index.ts'
import type { MessageInput } from '../input/input.ts'
import type { Conversation, ForceOptions, MessageOptions, SendOptions } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import { readSignal } from './signals.ts'
import type { Turn } from './turns/turn.ts'

/** The methods that branch the conversation. */
export class Branching implements Pick<Conversation, 'regenerate' | 'editMessage' | 'branches' | 'switchTo'> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  regenerate(turnId = defaultTurn(this.#core.running.view), options: ForceOptions & SendOptions = {}): Turn {
    const { running, sender } = this.#core
    const { force = false } = options
    const signal = readSignal(options)
    running.ensureReady()
    const branch = { of: turnId, ...(force ? { force } : {}) }
    const obstacle = branchObstacle(running.view, branch)
    if (obstacle !== null) throw obstacleError(obstacle, turnId)
    const id = running.idFor(options)
    return sender.ask({ type: 'turn.branch', turnId: id, at: running.now(), ...branch }, signal)
  }

  editMessage(turnId: string, input: MessageInput, options?: MessageOptions): Turn {
    const { running, sender } = this.#core
    running.ensureReady()
    const obstacle = branchObstacle(running.view, { of: turnId, input: '' })
    if (obstacle !== null) throw obstacleError(obstacle, turnId)
    return sender.send(input, (message) => ({ type: 'turn.branch', of: turnId, ...message }), options)
  }

  branches(turnId: string): readonly Branch[] {
    const { shown } = this.#core.running
    if (!findTurn(shown, turnId)) throw obstacleError('turn-unknown', turnId)
    return branches(shown, turnId)
  }

  switchTo(turnId: string | null, { force = false }: ForceOptions = {}): PromiseLike<void> {
    const { running, sender } = this.#core
    running.ensureReady()
    const obstacle = headObstacle(running.view, turnId, { force })
    if (obstacle !== null) throw obstacleError(obstacle, turnId ?? '')
    return sender.change({ type: 'head.switch', to: turnId, ...(force ? { force } : {}) })
  }
}

/** The last turn on the path that answers a message of the user. */
const defaultTurn = (view: View): string =>
  path(view, view.head).findLast(({ kind }) => kind === 'user' || kind === 'seed')?.id ?? ''

/** Why head can't move to a turn, as an error that says what to do. */
export function obstacleError(obstacle: BranchObstacle | 'turn-not-kept', turnId: string): TurnstateError {
  switch (obstacle) {
    case 'turn-unknown':
      if (!turnId)
        return new TurnstateError(
          'turn-unknown',
          'The conversation has no current turn yet: name one of chat.messages.',
        )
      return new TurnstateError('turn-unknown', `There is no settled turn ${turnId}; chat.messages lists them.`, {
        turnId,
      })
    case 'turn-quarantined':
      return new TurnstateError(
        'turn-quarantined',
        `Turn ${turnId} was refused, or follows one that was. It can't be continued or asked again unchanged: use editMessage() to ask something else.`,
        { turnId },
      )
    case 'turn-withdrawn':
      return new TurnstateError(
        'turn-withdrawn',
        `A reset withdrew turn ${turnId} after a refusal. Pass { force: true } to use it anyway.`,
        { turnId },
      )
    case 'turn-not-kept':
      return new TurnstateError(
        'turn-not-kept',
        `Nothing of turn ${turnId} was kept, so there is nothing to build on. regenerate() asks it again.`,
        { turnId },
      )
    case 'turn-not-branchable':
      return new TurnstateError(
        'turn-unknown',
        `Turn ${turnId} does not answer a message: it is a summary, or continues the turn before. Use another turn.`,
        { turnId },
      )
  }
}
