import { TurnstateError } from '../errors.ts'
import { type Fact, forkFacts, headObstacle, type Repair } from '../journal/index.ts'
import { createAdjusting } from './adjusting.ts'
import { createAsking } from './asking.ts'
import { createBranching, obstacleError } from './branching.ts'
import type { Conversation } from './conversation-interface.ts'
import { createDeciding } from './deciding.ts'
import { merged, withGuardedDoors } from './guarded-doors.ts'
import { createReading } from './reading.ts'
import { Running, type RunningOptions } from './running.ts'
import { Sender } from './sending.ts'
import { createStopping } from './stopping.ts'
import { createToolAnswers } from './tool-calls.ts'
import { createWatching } from './watching.ts'

/** The façade: a running actor, and the methods that apps call. */
export function startConversation(
  options: Omit<RunningOptions, 'seed'>,
  seed: readonly Fact[],
  repairs: readonly Repair[],
): Conversation {
  const running = new Running({ ...options, seed })
  const sender = new Sender(running, options)
  void running.closed.then(() => sender.stopWaiting())
  const conversation = withGuardedDoors<Conversation>(
    merged(
      { id: options.id, actor: running.actor, repairs },
      createReading(running, sender),
      createAsking(running, sender),
      createBranching(running, sender),
      { fork: forking(running, options) },
      createToolAnswers(running),
      createDeciding(running, sender),
      createAdjusting(running, options),
      createStopping(running, sender),
      createWatching(running),
    ),
  )
  return running.observation.of(conversation)
}

/** The method `fork`: it starts another conversation with the same options. */
function forking(running: Running, options: Omit<RunningOptions, 'seed'>): Conversation['fork'] {
  return (turnId, { force = false, id = options.environment.newId() } = {}) => {
    if (typeof id !== 'string' || id === '')
      throw new TurnstateError('invalid-option', 'The id of a fork is a text that is not empty.')
    const { view } = running
    const at = turnId ?? view.head
    const obstacle = headObstacle(view, at, { force })
    if (obstacle !== null) throw obstacleError(obstacle, at ?? '')
    const { budget } = running.snapshot.context.settings
    const { journal: _, ...rest } = options
    const inherited = { ...rest, id, budget, prompt: options.prompt.copy() }
    return startConversation(inherited, forkFacts(view, at, options.model), [])
  }
}
