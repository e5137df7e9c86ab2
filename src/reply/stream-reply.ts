// The actor for the `streamReply` slot: one attempt at one reply. Rules that the whole of this folder keeps, each tested by name:
//   S0  It does nothing in the tick in which it starts, so a restored one can be stopped before it asks.
//   S1  After it is stopped, nothing is sent back.
//   S2  Exactly one of reply.finished, reply.refused, reply.rejected, reply.failed ends an attempt that nobody stopped.
//   S3  Finished means: message_stop was seen after a message_delta with a stop_reason. A clean end of file before
//       that is `stream-truncated`. A refusal is settled by its message_delta alone.
//   S4  Deltas are emitted to listeners as they arrive and never pass through a transition.
//   S5  Text is collected as chunks and joined when read. Cost per delta is constant.
//   S6  Tool input is parsed strictly, at block stop. Only `stop_reason: "tool_use"` licenses running a tool.
//   S7  A watchdog on bytes, pings included, fails a stalled stream (`stream-stalled`).
//   S8  Unknown event, block and delta types pass through untouched; unknown stop reasons settle the turn.
// Errors become events here because a thrown error would stop the actor.
import type { EventObject } from 'xstate'
import { type ReplyEmitted, type ReplyEvent, type ReplyInput, typedCallback } from '../../machines/index.ts'
import { ReplyAttempt, type StreamReplyOptions } from './reply-attempt.ts'

export type { StreamReplyOptions } from './reply-attempt.ts'

/** The `streamReply` slot, filled with a source. */
export const streamReply = (options: StreamReplyOptions) =>
  typedCallback<EventObject, ReplyInput, ReplyEvent, ReplyEmitted>(({ input, sendBack, emit }) => {
    const attempt = new ReplyAttempt(options, input, { sendBack, emit })
    queueMicrotask(() => void attempt.run())
    return () => attempt.stop()
  })
