import { toMessages } from './claude/sdk-types.ts'
import { createAdjusting } from './conversation/adjusting.ts'
import { createAsking } from './conversation/asking.ts'
import { createBranching, obstacleError } from './conversation/branching.ts'
import { unknownCategories } from './conversation/check-names.ts'
import { checkOptions } from './conversation/check-options.ts'
import type { Conversation } from './conversation/conversation-interface.ts'
import { createDeciding } from './conversation/deciding.ts'
import { environmentOf } from './conversation/environment.ts'
import { guarded, merged, withGuardedDoors } from './conversation/guarded-doors.ts'
import type { ConversationOptions } from './conversation/options.ts'
import { Prompt } from './conversation/prompt.ts'
import { createReading } from './conversation/reading.ts'
import { Running, type RunningOptions } from './conversation/running.ts'
import { Sender } from './conversation/sending.ts'
import { createStopping } from './conversation/stopping.ts'
import { createToolAnswers } from './conversation/tool-calls.ts'
import { createWatching } from './conversation/watching.ts'
import { TurnstateError } from './errors.ts'
import { type Fact, forkFacts, headObstacle, type Repair, seedFacts } from './journal/index.ts'
import { mendedMedia } from './files/index.ts'

/**
 * A conversation that lives in memory.
 *
 * @throws TurnstateError `invalid-option`, `reserved-field`, `policy-invalid`, `fallback-empty`, `fallback-same-model`,
 * `budget-invalid`, `tool-invalid`, `tool-name-invalid`, `tool-duplicate`, `tool-schema-invalid`, `not-available`
 */
export function createConversation(options: ConversationOptions): Conversation {
  return guarded('createConversation()', () => create(options))
}

function create(options: ConversationOptions): Conversation {
  checkOptions(options)
  const environment = environmentOf(options)
  const id = options.id ?? environment.newId()
  const { facts, repairs } = seedFacts({
    messages: toMessages(options.messages ?? []),
    at: environment.now(),
    nextId: environment.newId,
    mendMedia: mendedMedia,
  })
  if (repairs.length > 0)
    environment.reporter.warn(
      `The history given to conversation ${id} was repaired in ${repairs.length} places`,
      repairs,
    )
  for (const category of unknownCategories(options)) environment.reporter.warn(category)
  return startConversation({ ...options, id, environment, prompt: new Prompt(options) }, facts, repairs)
}

/** The façade: a running actor, and the methods that apps call. */
function startConversation(
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
      createAsking(running, sender, options),
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
    const inherited = { ...options, id, budget, prompt: options.prompt.copy() }
    return startConversation(inherited, forkFacts(view, at, options.model), [])
  }
}
