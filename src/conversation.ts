import { guarded, withGuardedDoors } from './conversation/guarded-doors.ts'
import { canCompact, retryableTurn } from '../machines/index.ts'
import { toMessages } from './claude/sdk-types.ts'
import { createBranching, obstacleError } from './conversation/branching.ts'
import type { Conversation } from './conversation/conversation-interface.ts'
import { isFor } from './conversation/events.ts'
import { checkNoticeType, unknownCategories } from './conversation/check-names.ts'
import { checkBudget, checkOptions } from './conversation/check-options.ts'
import { environmentOf } from './conversation/environment.ts'
import type { ConversationOptions } from './conversation/options.ts'
import { canSend, createMessages, createNextRequest, createReaders, statusOf } from './conversation/projections.ts'
import { Prompt } from './conversation/prompt.ts'
import { runConversation, type RunningOptions } from './conversation/running.ts'
import { createSender } from './conversation/sending.ts'
import { readSignal } from './conversation/signals.ts'
import { createToolAnswers } from './conversation/tool-calls.ts'
import { busyMessage } from './conversation/turn-tracker.ts'
import { TurnstateError } from './errors.ts'
import {
  type Fact,
  fallbackModel,
  forkFacts,
  headObstacle,
  type Repair,
  seedFacts,
  totalCost,
  unpriced,
} from './journal/index.ts'
import { mendedMedia } from './files/index.ts'
import { readRejectionPolicy } from './rejections/policy.ts'
import { readResetPolicy } from './refusals/policy.ts'

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

function startConversation(
  options: Omit<RunningOptions, 'seed'>,
  seed: readonly Fact[],
  repairs: readonly Repair[],
): Conversation {
  const running = runConversation({ ...options, seed })
  const { prompt } = options
  const { actor, snapshot, view, ensureOpen } = running
  const sender = createSender(running, options)
  void running.closed.then(() => sender.stopReading())
  const messages = createMessages()
  const read = createReaders()
  const nextRequest = createNextRequest((model) => running.requestTo(model).target)

  const ensureRest = (what: string) => {
    ensureOpen()
    if (!snapshot().hasTag('ready'))
      throw new TurnstateError(
        'conversation-busy',
        `A turn is under way. Await it or stop() it, then ${what}. Nothing was done.`,
      )
  }

  const conversation: Conversation = withGuardedDoors<Conversation>({
    id: options.id,
    actor,
    repairs,
    get status() {
      return statusOf(snapshot())
    },
    get canSend() {
      return canSend(snapshot())
    },
    get messages() {
      return messages(view(), running.draft)
    },
    get history() {
      return nextRequest(snapshot().context).history
    },
    get leftOut() {
      return nextRequest(snapshot().context).left
    },
    get usage() {
      return read.usage(view())
    },
    get ledger() {
      return read.ledger(view())
    },
    get cost() {
      return totalCost(view().ledger, snapshot().context.settings.prices)
    },
    get unpriced() {
      return unpriced(view().ledger, snapshot().context.settings.prices)
    },
    get refusals() {
      return read.refusals(view())
    },
    get error() {
      return sender.unsentError ?? read.error(snapshot().context)
    },
    get model() {
      return view().goesBackTo ?? view().model
    },
    get queue() {
      return read.queue(view())
    },
    get held() {
      return !running.isClosed() && view().held && view().queue.length > 0
    },
    get pendingCalls() {
      return read.pendingCalls(view())
    },

    sendMessage: (input, sendOptions) =>
      sender.send(
        input,
        (message) => ({
          type: 'user.send',
          ...message,
          ...(options.whenBusy === 'interrupt' ? running.partial() : {}),
        }),
        sendOptions,
      ),
    stop() {
      sender.stopReading()
      const now = snapshot()
      if (now.status !== 'active') return
      // A listener may stop at every delta: what there is of the reply is put together only where that changes something.
      actor.send({ type: 'user.stop', ...(now.can({ type: 'user.stop' }) ? running.partial() : {}) })
    },
    retry(sendOptions) {
      const signal = readSignal(sendOptions)
      ensureOpen()
      if (!snapshot().hasTag('ready')) throw new TurnstateError('conversation-busy', busyMessage)
      const again = sender.sendAgain(signal)
      if (again) return again
      if (retryableTurn(view()))
        return sender.ask({ type: 'turn.retry', turnId: running.newId(), at: running.now() }, signal)
      throw new TurnstateError(
        'nothing-to-retry',
        'The last turn was neither stopped nor failed, so there is nothing to ask again. regenerate() asks for another answer; a refused message has to be sent again on purpose.',
      )
    },
    ...createBranching(running, sender),
    fork(turnId, { force = false, id = options.environment.newId() } = {}) {
      if (typeof id !== 'string' || id === '')
        throw new TurnstateError('invalid-option', 'The id of a fork is a text that is not empty.')
      const at = turnId ?? view().head
      const obstacle = headObstacle(view(), at, { force })
      if (obstacle !== null) throw obstacleError(obstacle, at ?? '')
      const { budget } = snapshot().context.settings
      const inherited = { ...options, id, budget, prompt: prompt.copy() }
      return startConversation(inherited, forkFacts(view(), at, options.model), [])
    },
    ...createToolAnswers(running),
    resolveRefusal(policy) {
      const checked = readResetPolicy(policy)
      ensureOpen()
      if (!snapshot().matches({ refused: 'awaitingDecision' }) && !snapshot().matches({ refused: 'deciding' }))
        throw new TurnstateError('no-refusal', 'No refusal waits for a decision.')
      if (fallbackModel(checked) === view().model)
        throw new TurnstateError(
          'fallback-same-model',
          `The conversation is on ${view().model} already, and that refused. Fall back to another model. The conversation still waits for a decision.`,
        )
      actor.send({ type: 'refusal.resolve', policy: checked })
    },
    resolveRejection(policy) {
      const checked = readRejectionPolicy(policy)
      ensureOpen()
      if (!snapshot().matches({ rejected: 'awaitingDecision' }) && !snapshot().matches({ rejected: 'deciding' }))
        throw new TurnstateError('no-rejection', 'No rejection waits for a decision.')
      actor.send({ type: 'rejection.resolve', policy: checked })
    },
    clear() {
      ensureOpen()
      if (snapshot().matches({ refused: 'awaitingDecision' }))
        return actor.send({ type: 'refusal.resolve', policy: 'clear' })
      if (snapshot().matches({ rejected: 'awaitingDecision' }))
        return actor.send({ type: 'rejection.resolve', policy: 'clear' })
      ensureRest('clear()')
      sender.forgetUnsent()
      actor.send({ type: 'context.clear' })
    },
    compact(sendOptions) {
      const signal = readSignal(sendOptions)
      ensureRest('compact()')
      if (!canCompact(view()))
        throw new TurnstateError(
          'nothing-to-compact',
          'Nothing was said since the beginning, or since the last summary.',
        )
      return sender.ask({ type: 'context.compact', turnId: running.newId(), at: running.now() }, signal)
    },
    setModel(model) {
      ensureOpen()
      if (typeof model !== 'string' || model.trim() === '')
        throw new TurnstateError('model-invalid', 'setModel takes the name of a model. The model stays as it is.')
      actor.send({ type: 'model.switch', model: model.trim() })
    },
    setSystem(system) {
      ensureRest('setSystem()')
      if (prompt.setSystem(system)) running.tell({ type: 'prompt.changed', what: 'system' })
    },
    setTools(tools) {
      ensureRest('setTools()')
      if (prompt.setTools(tools)) running.tell({ type: 'prompt.changed', what: 'tools' })
    },
    setRequest(fields) {
      ensureRest('setRequest()')
      if (prompt.setRequest(fields)) running.tell({ type: 'prompt.changed', what: 'request' })
    },
    setBudget(budget) {
      ensureOpen()
      checkBudget(budget, options.prices)
      actor.send({ type: 'budget.set', budget: { ...budget } })
    },
    withdraw(turnId) {
      ensureOpen()
      if (!view().queue.some((item) => item.turnId === turnId))
        throw new TurnstateError(
          'item-unknown',
          `No message with the id ${turnId} waits in the queue; chat.queue lists those that do.`,
        )
      actor.send({ type: 'queue.withdraw', turnId })
    },
    releaseQueue() {
      ensureOpen()
      actor.send({ type: 'queue.release' })
    },
    close() {
      if (snapshot().status === 'active') actor.send({ type: 'conversation.close', ...running.partial() })
      return running.closed
    },

    subscribe(listener) {
      checkListener(listener)
      return running.subscribers.add(listener)
    },
    on(type, listener) {
      checkNoticeType(type)
      checkListener(listener)
      if (type === 'state' || type === '*') running.watchStates()
      return running.listeners.add(type, (notice) => {
        if (isFor(type, notice)) return listener(notice)
      })
    },
  })
  return running.isInsideOf(conversation)
}

function checkListener(listener: unknown): void {
  if (typeof listener !== 'function') throw new TurnstateError('invalid-option', 'A listener is a function.')
}
