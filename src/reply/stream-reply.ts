// The actor for the `streamReply` slot: one attempt at one reply. This folder keeps these rules, each tested by name:
//   S0  The actor does nothing in the tick in which it starts, so a restored one can be stopped before it sends a request.
//   S1  After the actor is stopped, nothing is sent back.
//   S2  Exactly one of reply.finished, reply.refused, reply.rejected, reply.failed ends an attempt that is not stopped.
//   S3  A reply is finished if message_stop arrived after a message_delta with a stop_reason. A clean end of file before
//       that is `stream-truncated`. A refusal needs its message_delta only.
//   S4  Deltas are emitted to listeners as they arrive and never pass through a transition.
//   S5  Text is collected in pieces, some hundred of which are joined at a time, and all when it is read. Cost per delta is constant.
//   S6  Tool input is parsed strictly, at block stop. A tool runs only after `stop_reason: "tool_use"`.
//   S7  A stream without a byte, pings included, for too long fails with `stream-stalled`.
//   S8  Unknown event, block and delta types pass through untouched; unknown stop reasons settle the turn.
//   S9  Asked what has arrived of a reply that is to be cut, the actor answers in the same tick. It continues until it is stopped.
// Errors become events here because a thrown error would stop the actor.
import type { EventObject } from 'xstate'
import {
  type Cut,
  type OfConversation,
  type ReplyCommand,
  type ReplyEmitted,
  type ReplyEvent,
  type ReplyInput,
  typedCallback,
} from '../../machines/index.ts'
import { ReplyAttempt, type StreamReplyOptions } from './reply-attempt.ts'

export type { StreamReplyOptions } from './reply-attempt.ts'

const isCut = (event: EventObject): event is ReplyCommand => event.type === 'reply.cut'

/** Creates the actor logic for the `streamReply` slot from a source. */
export const streamReply = (options: StreamReplyOptions) => streamReplyFor(() => options)

/** The same for every conversation, each with its own options. They are asked for when an attempt starts. */
export const streamReplyFor = (optionsOf: OfConversation<StreamReplyOptions>) =>
  typedCallback<EventObject, ReplyInput, ReplyEvent | Cut, ReplyEmitted>(
    ({ input, sendBack, receive, emit, system }) => {
      const attempt = new ReplyAttempt(optionsOf(system), input, { sendBack, emit })
      receive((event) => {
        if (isCut(event)) attempt.answer(event.by)
      })
      queueMicrotask(() => void attempt.run())
      return () => attempt.stop()
    },
  )
