import type { Budget } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { type Fact, forkFacts, headObstacle, type Repair } from '../journal/index.ts'
import { Adjusting, readModel } from './adjusting.ts'
import { Asking } from './asking.ts'
import { Branching, obstacleError } from './branching.ts'
import { checkBudget } from './check-options.ts'
import type { Conversation, ForceOptions } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import { Deciding } from './deciding.ts'
import { facadeOf } from './facade.ts'
import { Reading } from './reading.ts'
import { Running, type StartOptions } from './running.ts'
import { Sender } from './sending.ts'
import { Stopping } from './stopping.ts'
import { checkTitle, Titling } from './titling.ts'
import { ToolAnswers } from './tool-calls.ts'
import type { ConversationNotice, StateChange } from './turns/events.ts'
import { Watching } from './watching.ts'

/** The façade: a running actor, and the methods that apps call. */
export function startConversation(
  options: StartOptions,
  seed: readonly Fact[],
  repairs: readonly Repair[],
): Conversation {
  const running = new Running(options, seed)
  const sender = new Sender(running, options)
  // The conversation may still be being opened, as a fork in a store is.
  if (seed.length > 0) void sender.afterStoring()
  void running.closed.then(() => sender.stopWaiting())
  return running.observation.of(make({ running, sender, repairs }))
}

/** The method `fork`: it starts another conversation with the same options. */
class Forking implements Pick<Conversation, 'fork'> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  fork(turnId?: string, given: ForceOptions & { readonly id?: string } = {}): Conversation {
    const { running } = this.#core
    const { options } = running
    const { force = false, id = options.environment.newId() } = given
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

const parts = [
  Reading,
  Asking,
  Branching,
  Forking,
  ToolAnswers,
  Deciding,
  Adjusting,
  Stopping,
  Titling,
  Watching,
] as const

const { make, coreOf } = facadeOf<ConversationCore, typeof parts>(parts)

/**
 * Listens to every event of a conversation but changes of state: one listener takes less than one for each type, and `*` would have
 * the actor watched at every step. Returns a function that ends it.
 */
export function onEvents(
  conversation: Conversation,
  listener: (notice: Exclude<ConversationNotice, StateChange>) => void,
): () => void {
  return (
    coreOf(conversation)?.running.delivery.onEvents(listener) ??
    conversation.on('*', (notice) => void (notice.type !== 'state' && listener(notice)))
  )
}

/** `subscribe` for what a reply in progress does not matter to, as long as it only grows. Returns a function that ends it. */
export function onChanges(conversation: Conversation, subscriber: () => void): () => void {
  return coreOf(conversation)?.running.delivery.onChanges(subscriber) ?? conversation.subscribe(subscriber)
}

/** What is to be changed of a conversation. */
export interface Change {
  readonly title?: string | null | undefined
  readonly model?: string | undefined
  readonly budget?: Budget | undefined
}

/**
 * Checks all that setTitle(), setModel() and setBudget() check, and changes nothing: who changes several things can be rejected
 * before the first of them.
 *
 * @throws TurnstateError as they do
 */
export function checkChange(conversation: Conversation, { title, model, budget }: Change): void {
  const core = coreOf(conversation)
  if (!core) throw new TurnstateError('internal-error', 'This is no conversation of turnstate.')
  core.running.ensureOpen()
  if (title !== undefined) checkTitle(title)
  if (model !== undefined) readModel(model)
  if (budget !== undefined) checkBudget(budget, core.running.options.prices)
}
