// One attempt at one reply: asks the source, gathers what comes, and tells the chart how it ended.
//   S0  It does nothing in the tick in which it starts, so a restored one can be stopped before it asks.
//   S1  After it is stopped, nothing is sent back.
//   S2  Exactly one of reply.finished, reply.refused, reply.failed ends an attempt that nobody stopped.
//   S3  Finished means: message_stop was seen after a message_delta with a stop_reason. A clean end of file before
//       that is `stream-truncated`. A refusal is settled by its message_delta alone.
//   S4  Deltas are emitted to listeners as they arrive and never pass through a transition.
//   S5  Text is collected as chunks and joined when read. Cost per delta is constant.
//   S6  Tool input is parsed strictly, at block stop. Only `stop_reason: "tool_use"` licenses running a tool.
//   S7  A watchdog on bytes, pings included, fails a stalled stream (`stream-stalled`).
//   S8  Unknown event, block and delta types pass through untouched; unknown stop reasons settle the turn.
// Errors become events here because a thrown error would stop the actor.

import type { EventObject } from 'xstate'
import {
  type PartialReply,
  type ReplyEmitted,
  type ReplyEvent,
  type ReplyInput,
  typedCallback,
} from '../../machines/index.ts'
import type { Clock } from '../clock.ts'
import { errorConsequences, type Failure, messageOf, TurnstateError } from '../errors.ts'
import { buildRequest, type View } from '../journal/index.ts'
import type { MessageRequest, MessageSource, SourceEvent } from './message-source.ts'
import { ReplyDraft } from './reply-draft.ts'
import { watchdog } from './watchdog.ts'

/** What a reply is made under, apart from the messages. */
export interface ReplyTarget {
  /** Hash of the system prompt and the tools. */
  readonly promptHash: string
  /** Cache breakpoints that the other request fields hold. */
  readonly cacheBreakpoints: number
  /** `output_config.format` is set. */
  readonly structured: boolean
}

export interface StreamReplyOptions {
  readonly source: MessageSource
  readonly target: ReplyTarget
  readonly clock: Clock
  /** Milliseconds without a byte after which a stream is given up. */
  readonly idleTimeout: number
  readonly maxTokens: number
  /** Request fields that the app adds. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Once the reply is whole, the connection gets this long to end by itself, so that it can be used again. */
const drainTimeout = 1_000

/** The `streamReply` slot, filled with a source. */
export const streamReply = (options: StreamReplyOptions) =>
  typedCallback<EventObject, ReplyInput, ReplyEvent, ReplyEmitted>(({ input, sendBack, emit }) => {
    const abort = new AbortController()
    const draft = new ReplyDraft({
      turnId: input.turnId,
      attempt: input.attempt,
      model: input.view.model,
      promptHash: options.target.promptHash,
      structured: options.target.structured,
    })
    let phase: 'opening' | 'receiving' | 'ended' | 'stopped' = 'opening'

    const end = (event: ReplyEvent) => {
      phase = 'ended'
      sendBack(event)
    }
    const fail = (failure: Failure, retryable = errorConsequences[failure.code] === 'retry') =>
      end({ type: 'reply.failed', failure, retryable, ...partialOf(draft) })
    const isOver = () => phase === 'ended' || phase === 'stopped'

    const idle = watchdog(options.clock, options.idleTimeout, () => {
      if (!isOver()) fail(stalled(options.idleTimeout))
      abort.abort()
    })
    const drained = watchdog(options.clock, drainTimeout, () => abort.abort())

    const take = (event: SourceEvent): void => {
      switch (event.type) {
        case 'block.delta':
          if (draft.grow(event))
            emit({
              type: 'delta',
              turnId: draft.turnId,
              attempt: draft.attempt,
              seq: draft.size - 1,
              kind: event.kind,
              text: event.text,
            })
          return
        case 'message.started':
          draft.model = event.model || draft.model
          draft.container = event.container ?? draft.container
          return draft.count(event.usage)
        case 'block.started':
          return draft.start(event.index, event.block)
        case 'block.fields':
          return draft.patch(event.index, event.fields)
        case 'block.citation':
          return draft.cite(event.index, event.citation)
        case 'block.stopped':
          return draft.stop(event.index)
        case 'message.delta': {
          draft.count(event.usage)
          draft.container = event.container ?? draft.container
          draft.stopReason = event.stopReason ?? draft.stopReason
          if (draft.stopReason !== 'refusal') return
          const { category = null, explanation = null } = event
          draft.discard()
          return end({
            type: 'reply.refused',
            refusal: { category, explanation, textShown: draft.size > 0 },
            usage: draft.usage,
          })
        }
        case 'message.stopped':
          if (draft.stopReason === null) return fail(truncated)
          return end({ type: 'reply.finished', ...draft.finished(), stopReason: draft.stopReason })
        case 'unknown':
          return emit({ type: 'unknown', turnId: draft.turnId, attempt: draft.attempt, event: event.event })
        case 'opened':
        case 'ping':
      }
    }

    const receive = (events: Iterable<SourceEvent>) => {
      if (phase === 'opening') {
        phase = 'receiving'
        sendBack({ type: 'reply.opened' })
      }
      for (const event of events) {
        if (isOver()) return
        take(event)
      }
    }

    const run = async () => {
      if (phase === 'stopped') return
      emit({ type: 'draft.started', draft })
      // A listener may have stopped it just now.
      if (isOver()) return
      try {
        for await (const item of options.source(requestFor(input.view, options), { signal: abort.signal })) {
          if (abort.signal.aborted) return
          if (isOver()) continue
          idle.touch()
          receive(isEvent(item) ? [item] : item)
          if (!isOver()) continue
          idle.clear()
          drained.touch()
        }
        if (!isOver()) fail(truncated)
      } catch (error) {
        if (!isOver()) fail(failureOf(error), TurnstateError.is(error) && error.retryable)
      } finally {
        idle.clear()
        drained.clear()
      }
    }

    queueMicrotask(() => void run())
    return () => {
      // A whole reply leaves its connection to end by itself.
      if (phase !== 'ended' || draft.stopReason === null || draft.stopReason === 'refusal') abort.abort()
      if (phase !== 'ended') phase = 'stopped'
      idle.clear()
    }
  })

function requestFor(view: View, { target, maxTokens, fields }: StreamReplyOptions): MessageRequest {
  const { messages, betas, container } = buildRequest(view, { ...target, model: view.model })
  return { model: view.model, maxTokens, messages, betas, container, fields }
}

/** A source can hand over anything; what can't be read is not kept. */
function partialOf(draft: ReplyDraft): { readonly partial?: PartialReply } {
  try {
    return { partial: draft.partial() }
  } catch {
    return {}
  }
}

const isEvent = (item: SourceEvent | Iterable<SourceEvent>): item is SourceEvent => 'type' in item

const truncated: Failure = {
  code: 'stream-truncated',
  message: 'The reply ended before it was complete, without an error. Try again.',
}

const stalled = (ms: number): Failure => ({
  code: 'stream-stalled',
  message: `Nothing came for ${ms} ms in the middle of the reply. Try again, or raise idleTimeout.`,
})

/** What a source threw, as it is told and stored. */
export function failureOf(error: unknown): Failure {
  if (TurnstateError.is(error)) return { ...error.details, code: error.code, message: error.message }
  return { code: 'source-failed', message: `The message source threw: ${messageOf(error)}` }
}
