import { TurnstateError } from '../errors.ts'
import { type Fact, forkFacts, headObstacle, type Repair } from '../journal/index.ts'
import { createAdjusting } from './adjusting.ts'
import { createAsking } from './asking.ts'
import { createBranching, obstacleError } from './branching.ts'
import type { Conversation } from './conversation-interface.ts'
import { createDeciding } from './deciding.ts'
import { merged, withGuardedDoors } from './guarded-doors.ts'
import { createReading } from './reading.ts'
import type { Keeping } from './keeping.ts'
import { Running, type RunningOptions } from './running.ts'
import { Sender } from './sending.ts'
import { createStopping } from './stopping.ts'
import { createTitling } from './titling.ts'
import { createToolAnswers } from './tool-calls.ts'
import { createWatching } from './watching.ts'

/** What a conversation is started with. */
export interface StartOptions extends Omit<RunningOptions, 'seed' | 'isLeased'> {
  /** Where it and its forks are kept. */
  readonly keeping: Keeping
  /** The title that was set. Default: none. */
  readonly title?: string | null
}

/** The façade: a running actor, and the methods that apps call. */
export function startConversation(
  options: StartOptions,
  seed: readonly Fact[],
  repairs: readonly Repair[],
): Conversation {
  const running = new Running({ ...options, isLeased: options.keeping.isShared, seed })
  const sender = new Sender(running, options)
  // The conversation may still be being opened, as a fork in a store is.
  if (seed.length > 0) void sender.afterStoring()
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
      createTitling(running, options),
      createWatching(running),
    ),
  )
  return running.observation.of(conversation)
}

/** The method `fork`: it starts another conversation with the same options. */
function forking(running: Running, options: StartOptions): Conversation['fork'] {
  return (turnId, { force = false, id = options.environment.newId() } = {}) => {
    if (typeof id !== 'string' || id === '')
      throw new TurnstateError('invalid-option', 'The id of a fork is a text that is not empty.')
    const { view } = running
    const at = turnId ?? view.head
    const obstacle = headObstacle(view, at, { force })
    if (obstacle !== null) throw obstacleError(obstacle, at ?? '')
    const budget = view.budget ?? running.snapshot.context.settings.budget
    const { loaded: _, title: _title, ...rest } = options
    const opened = options.keeping.openNew(id)
    const inherited = { ...rest, id, budget, opened, prompt: options.prompt.copy() }
    return startConversation(inherited, forkFacts(view, at, options.model), [])
  }
}
