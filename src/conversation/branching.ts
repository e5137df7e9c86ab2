import type { BranchObstacle } from '../../machines/index.ts'
import { branchObstacle } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { branches, findTurn, headObstacle, path, type View } from '../journal/index.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Running } from './running.ts'
import type { Sender } from './sending.ts'
import { readSignal } from './signals.ts'

type Branching = Pick<Conversation, 'regenerate' | 'editMessage' | 'branches' | 'switchTo'>

/** The methods that branch the conversation. */
export function createBranching(running: Running, sender: Sender): Branching {
  return {
    regenerate(turnId = defaultTurn(running.view), options = {}) {
      const { force = false } = options
      const signal = readSignal(options)
      running.ensureReady()
      const branch = { of: turnId, ...(force ? { force } : {}) }
      const obstacle = branchObstacle(running.view, branch)
      if (obstacle !== null) throw obstacleError(obstacle, turnId)
      const id = running.idFor(options)
      return sender.ask({ type: 'turn.branch', turnId: id, at: running.now(), ...branch }, signal)
    },
    editMessage(turnId, input, options) {
      running.ensureReady()
      const obstacle = branchObstacle(running.view, { of: turnId, input: '' })
      if (obstacle !== null) throw obstacleError(obstacle, turnId)
      return sender.send(input, (message) => ({ type: 'turn.branch', of: turnId, ...message }), options)
    },
    branches(turnId) {
      if (!findTurn(running.shown, turnId)) throw obstacleError('turn-unknown', turnId)
      return branches(running.shown, turnId)
    },
    switchTo(turnId, { force = false } = {}) {
      running.ensureReady()
      const obstacle = headObstacle(running.view, turnId, { force })
      if (obstacle !== null) throw obstacleError(obstacle, turnId ?? '')
      return sender.change({ type: 'head.switch', to: turnId, ...(force ? { force } : {}) })
    },
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
