// The actor slots, each with a default that is honest and harmless, so that the bare machine starts.
import type { EventObject } from 'xstate'
import { defaultLadder, rungFor } from '../../src/journal/index.ts'
import { toolCallsMachine } from '../tool-calls/tool-calls.machine.ts'
import { asSlot, typedCallback } from '../define-slots.ts'
import type {
  DecideEvent,
  DecideInput,
  DecideRejectionEvent,
  DecideRejectionInput,
  JournalCommand,
  JournalEvent,
  JournalInput,
  OverflowEvent,
  OverflowInput,
  ReplyEmitted,
  ReplyEvent,
  ReplyInput,
  LifeEvent,
  ToolsCommand,
  ToolsInput,
} from './conversation.types.ts'

/** One attempt at a reply. It emits deltas to its listeners and sends the chart lifecycle events only. */
export const streamReplySlot = typedCallback<EventObject, ReplyInput, ReplyEvent, ReplyEmitted>(({ sendBack }) => {
  sendBack({
    type: 'reply.failed',
    retryable: false,
    failure: {
      code: 'slot-not-filled',
      message:
        'The actor slot "streamReply" was never filled, so nobody can be asked. Fill it with conversationMachine.provide({ actors: { streamReply } }), or use createConversation().',
    },
  })
})

/**
 * Runs the tools that a reply asked for: the tool charts, whose own slots run nothing. createConversation()
 * fills it with the same charts, so its persisted snapshots can be restored here: XState restores a child only as the kind
 * of actor that it was.
 */
export const runToolsSlot = asSlot<ToolsCommand, ToolsInput>(toolCallsMachine)

/** Chooses the reset for a refusal. */
export const decideSlot = typedCallback<EventObject, DecideInput, DecideEvent>(({ input, sendBack }) => {
  sendBack({ type: 'refusal.resolve', policy: rungFor(defaultLadder, input.refusalsInARow) ?? 'drop-turn' })
})

/** Chooses what follows a rejected request. */
export const decideRejectionSlot = typedCallback<EventObject, DecideRejectionInput, DecideRejectionEvent>(
  ({ sendBack }) => {
    sendBack({ type: 'rejection.resolve', policy: 'repair' })
  },
)

/** Chooses what happens to a turn that the context window has no room for. */
export const decideOverflowSlot = typedCallback<EventObject, OverflowInput, OverflowEvent>(({ sendBack }) => {
  sendBack({ type: 'overflow.resolve', how: 'fail' })
})

/** Reports every start of the conversation: the first one, and each restore of a persisted actor. */
export const tellStartSlot = typedCallback<EventObject, undefined, LifeEvent>(({ sendBack }) => {
  sendBack({ type: 'conversation.started' })
})

/** Stores facts. This default keeps them only in the actor's view, so they are lost with it. */
export const journalSlot = typedCallback<JournalCommand, JournalInput, JournalEvent>(({ receive, sendBack }) => {
  receive(({ expected, facts }) => sendBack({ type: 'journal.saved', revision: expected + facts.length }))
  sendBack({ type: 'journal.ready' })
})
