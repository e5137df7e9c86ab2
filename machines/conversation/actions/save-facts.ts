// What is sent to the journal, and what becomes of it.
import { type AnyActorRef, enqueueActions } from 'xstate'
import type { Failure } from '../../../src/errors.ts'
import { conversationSetup } from '../conversation.setup.ts'
import type { Batch, ConversationContext, ConversationEmitted, ConversationEvent } from '../conversation.types.ts'
import { journalSilent, takenOver } from '../failures.ts'
import { appendIdOf, unsavedFacts } from '../record-facts.ts'
import { change, emitNow } from './action-kinds.ts'

/** The batches that are stored once the journal has this revision. */
const storedBy = ({ pending }: ConversationContext, revision: number): readonly Batch[] => {
  const left = pending.findIndex(({ view }) => view.revision > revision)
  return left < 0 ? pending : pending.slice(0, left)
}

/** Whether a child has failed. In a pure transition there are no children. */
function isOver(actor: AnyActorRef, id: string): boolean {
  const snapshot: { readonly children?: Readonly<Record<string, AnyActorRef | undefined>> } = actor.getSnapshot()
  return snapshot.children?.[id]?.getSnapshot().status === 'error'
}

/** The events of batches that are stored, each with the revision of its batch. */
const eventsOf = (batches: readonly Batch[]): readonly ConversationEmitted[] =>
  batches.flatMap(({ events, view: { revision } }) => events.map((event) => ({ ...event, revision })))

export const savingActions = {
  /** Sends the journal the facts that it was not sent before, and emits what waits for none. */
  save: conversationSetup.enqueueActions(({ context, enqueue }) => {
    const { sent } = context
    const ready = storedBy(context, context.stored.revision)
    const pending = context.pending.slice(ready.length)
    for (const event of eventsOf(ready)) enqueue.emit(event)
    if (ready.length > 0) enqueue.assign({ pending })
    const facts = unsavedFacts(pending).filter(({ seq }) => seq >= sent)
    const expected = facts[0]?.seq
    if (expected === undefined) return
    enqueue.sendTo('journal', {
      type: 'journal.append',
      appendId: appendIdOf(expected, facts.length),
      expected,
      facts,
    })
    enqueue.assign({ sent: expected + facts.length })
    enqueue.cancel('saveLater')
    // The journal may not answer.
    enqueue.raise({ type: 'journal.retry' }, { delay: 'saveTimeout', id: 'saveLater' })
  }),
  /** Sends again what the journal does not answer in time, where the timer of `save` was cancelled. */
  watchJournal: conversationSetup.enqueueActions(({ enqueue }) => {
    enqueue.cancel('saveLater')
    enqueue.raise({ type: 'journal.retry' }, { delay: 'saveTimeout', id: 'saveLater' })
  }),
  /** Everything that is not acknowledged counts as not sent, so that `save` sends it again. */
  forgetSent: change<undefined>(({ pending, view }) => ({ sent: unsavedFacts(pending)[0]?.seq ?? view.revision })),
  /** Takes up the journal again after a restore: it is a new one, which was sent nothing. What was to run is decided anew. */
  takeUp: conversationSetup.enqueueActions(({ context, enqueue, self }) => {
    const pending = context.pending.map((batch) => ({ ...batch, commands: [] }))
    enqueue.assign({ pending, sent: unsavedFacts(pending)[0]?.seq ?? context.view.revision })
    // It may have failed just before, and the timer that was to start it again is gone.
    if (isOver(self, 'journal')) {
      enqueue.stopChild('journal')
      enqueue.spawnChild('journal', { id: 'journal', input: { conversationId: context.view.id } })
    }
  }),
  /** Sends again soon what the journal could not store. */
  saveLater: conversationSetup.enqueueActions(({ enqueue }) => {
    enqueue.cancel('saveLater')
    enqueue.raise({ type: 'journal.retry' }, { delay: 'saveRetry', id: 'saveLater' })
  }),
  forgetRetry: conversationSetup.enqueueActions(({ enqueue }) => {
    enqueue.cancel('saveLater')
  }),
  /** Emits what waited for a revision, and shows it. A batch that is stored in part waits for its rest. */
  release: enqueueActions<
    ConversationContext,
    ConversationEvent,
    { revision: number },
    ConversationEvent,
    never,
    never,
    never,
    never,
    ConversationEmitted
  >(({ context, enqueue }, { revision }) => {
    const batches = storedBy(context, revision)
    const last = batches.at(-1)
    if (!last) return
    const pending = context.pending.slice(batches.length)
    for (const event of eventsOf(batches)) enqueue.emit(event)
    enqueue.assign({ pending, stored: pending.length === 0 ? context.view : last.view, journalFailure: null })
    if (pending.length === 0) enqueue.cancel('saveLater')
  }),
  setJournalFailure: change<{ failure: Failure }>((_, { failure }) => ({ journalFailure: failure })),
  /** It can store again, and nothing waits for it. */
  forgetFailure: change<undefined>(({ pending, journalFailure }) => ({
    journalFailure: pending.length === 0 ? null : journalFailure,
  })),
  setTakenOver: change<undefined>(() => ({ journalFailure: takenOver })),
  setJournalSilent: change<undefined>(({ journalFailure }) => ({ journalFailure: journalFailure ?? journalSilent })),
  emitLostNow: emitNow(({ journalFailure }) =>
    journalFailure ? [{ type: 'conversation.lost', failure: journalFailure }] : [],
  ),
  restartLater: conversationSetup.enqueueActions(({ enqueue }) => {
    enqueue.cancel('restartJournal')
    enqueue.raise({ type: 'journal.restart' }, { delay: 'saveRetry', id: 'restartJournal' })
  }),
  restartJournal: conversationSetup.enqueueActions(({ context, enqueue }) => {
    enqueue.stopChild('journal')
    enqueue.spawnChild('journal', { id: 'journal', input: { conversationId: context.view.id } })
  }),
}
