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
import { toolCallId } from '../journal/index.ts'
import { type Failure, isRejection } from '../errors.ts'
import type { MessageRequest, MessageSource, Requested, SourceEvent } from '../source/message-source.ts'
import { Arrival } from './arrival.ts'
import { failureOf, isRetryable } from './failure-of.ts'
import { redeemed } from '../refusals/refused-requests.ts'
import { ReplyDraft } from './reply-draft.ts'
import {
  asksForCredit,
  asksTheSameAgain,
  fieldHashes,
  optionsFor,
  rejectedRequest,
  replyRequest,
  type ReplyRequestOptions,
} from './reply-request.ts'
import { letGo, readerOf } from './source-reader.ts'
import { watchdog } from './watchdog.ts'

/** The options of `streamReply()`, which makes an actor for the slot of that name. */
export interface StreamReplyOptions extends ReplyRequestOptions {
  /** Where replies come from. */
  readonly source: MessageSource
  /** The clock of the timeouts. */
  readonly clock: Clock
  /** Milliseconds without a byte after which a stream is given up. */
  readonly idleTimeout: number
  /** The same without an event, for a source whose pings are hidden. Default: `idleTimeout`. */
  readonly silenceTimeout?: number | undefined
  /** Milliseconds that a whole reply may take from its first byte on. Default: the chart's own limit. */
  readonly replyTimeout?: number | undefined
  /** Told of each request that is about to be made. */
  readonly onRequest?: (requested: Requested) => void
}

/** Once the reply is whole, the connection gets this long to end by itself, so that it can be used again. */
const drainTimeout = 1_000

/** The `streamReply` slot, filled with a source. */
export const streamReply = (options: StreamReplyOptions) =>
  typedCallback<EventObject, ReplyInput, ReplyEvent, ReplyEmitted>(({ input, sendBack, emit }) => {
    const abort = new AbortController()
    const { model } = input.view
    const own = options.forModel?.(model) ?? options
    const draft = new ReplyDraft({
      turnId: input.turnId,
      attempt: input.attempt,
      model,
      promptHash: own.target.promptHash,
      structured: own.target.structured && sendsFormat(input.view),
      isHidden: input.view.open?.kind === 'compaction',
      callIds:
        input.view.open?.steps.flatMap(({ content }) => content.flatMap((block) => toolCallId(block) ?? [])) ?? [],
    })
    const { open } = input.view
    const isCompacting = open?.kind === 'compaction'
    const { refusedRequests } = options
    let request: MessageRequest | null = null
    let phase: 'opening' | 'receiving' | 'ended' | 'stopped' = 'opening'
    let patience: Patience = { ms: options.idleTimeout, option: 'idleTimeout' }

    const end = (event: ReplyEvent) => {
      phase = 'ended'
      idle.clear()
      whole.clear()
      sendBack(event)
    }
    const fail = (cause: Failure, retryable = isRetryable(cause)) => {
      const { requestId } = draft
      const failure = requestId === undefined ? cause : { requestId, ...cause }
      // A refusal that has arrived by then is how the reply ended, whatever stands before it.
      const foreseen = draft.ahead.foresee()
      if (foreseen?.kind === 'refusal') return refuse(foreseen.delta)
      const asked = request && rejectedRequest(input.view, own.target, request, failure)
      if (asked && isRejection(failure)) return end({ type: 'reply.rejected', failure, ...asked, shown: draft.isShown })
      const isServers = (failure.status ?? 0) >= 500 && asked?.container !== undefined
      end({ type: 'reply.failed', failure, retryable, ...partialOf(draft), ...(isServers ? { request: asked } : {}) })
    }
    const isOver = () => phase === 'ended' || phase === 'stopped'

    const idle = watchdog(
      options.clock,
      () => patience.ms,
      () => {
        if (!isOver()) fail(stalled(patience))
        abort.abort()
      },
    )
    const whole = watchdog(
      options.clock,
      () => options.replyTimeout ?? Infinity,
      () => {
        if (!isOver()) fail(tooLong, false)
        abort.abort()
      },
    )
    const drained = watchdog(
      options.clock,
      () => drainTimeout,
      () => abort.abort(),
    )

    const refuse = (delta: MessageDelta) => {
      const { creditToken, hasPrefillClaim } = delta
      // Where tools of the API's own have run, the token is good for a continuation only, which would echo what was
      // refused; where ours have, the new turn does not carry their results, so it is another request.
      const isRedeemable = !(hasPrefillClaim && draft.usedServerTools) && open?.steps.length === 0
      if (request && creditToken !== undefined && isRedeemable && asksForCredit(request, options))
        refusedRequests?.keep(draft.turnId, { request, token: creditToken })
      draft.discard()
      end({ type: 'reply.refused', ...draft.refusedBy(delta) })
    }

    const events = () => {
      const { signal } = abort
      const made = (next: MessageRequest): MessageRequest => {
        draft.fields = fieldHashes(next.fields)
        options.onRequest?.({ request: next, turnId: draft.turnId, attempt: draft.attempt })
        return next
      }
      const plain = () => made((request = replyRequest(input.view, optionsFor(options, model))))
      // With fields of its own for this model, it is another request: the credit is not for that.
      const isSame = own.fields === options.fields && asksTheSameAgain(input.view, own.target)
      const refused = isSame ? refusedRequests?.redeeming(open?.replaces, model) : null
      if (!refused) return options.source(plain(), { signal })
      const redeeming = made({ ...refused, maxTokens: own.maxTokens })
      request = redeeming
      return redeemed(options.source, redeeming, plain, { signal })
    }

    const take = (event: SourceEvent): void => {
      switch (event.type) {
        case 'block.delta':
          // A summary is for the model.
          if (draft.grow(event) && !isCompacting)
            emit({
              type: 'delta',
              turnId: draft.turnId,
              attempt: draft.attempt,
              seq: draft.deltas - 1,
              kind: event.kind,
              text: event.text,
            })
          return
        case 'message.started':
          return draft.begin(event)
        case 'block.started':
          return draft.start(event)
        case 'block.fields':
          return draft.patch(event.index, event.fields)
        case 'block.citation':
          if (draft.cite(event.index, event.citation) && !isCompacting)
            emit({
              type: 'citation',
              turnId: draft.turnId,
              attempt: draft.attempt,
              block: event.index,
              citation: event.citation,
            })
          return
        case 'block.stopped':
          return draft.stop(event.index)
        case 'message.delta':
          draft.note(event)
          return draft.stopReason === 'refusal' ? refuse(event) : undefined
        case 'message.stopped':
          if (draft.stopReason === null) return fail(truncated)
          return end({ type: 'reply.finished', ...draft.finished(), stopReason: draft.stopReason })
        case 'unknown':
          draft.miss(event)
          return emit({ type: 'unknown', turnId: draft.turnId, attempt: draft.attempt, event: event.event })
        case 'failed':
          throw event.error
        case 'opened':
          draft.open(event)
          if (event.pings === 'hidden')
            patience = { ms: options.silenceTimeout ?? options.idleTimeout, option: 'silenceTimeout' }
          return
        case 'ping':
      }
    }

    const receive = (item: unknown) => {
      if (phase === 'opening') {
        phase = 'receiving'
        if (options.replyTimeout !== undefined) whole.touch()
        sendBack({ type: 'reply.opened' })
      }
      const arrival = new Arrival(item)
      draft.ahead = arrival
      for (let event = arrival.next(); event !== undefined && !isOver(); event = arrival.next()) take(event)
      // Only now is it known how patient to be.
      if (!isOver()) idle.touch()
    }

    const run = async () => {
      if (phase === 'stopped') return
      emit({ type: 'draft.started', draft })
      // A listener may have stopped it just now.
      if (isOver()) return
      let reader: AsyncIterator<unknown> | null = null
      try {
        reader = readerOf(events())
        for (;;) {
          const { done, value } = await reader.next()
          if (done) break
          if (abort.signal.aborted) return
          if (isOver()) continue
          receive(value)
          // However long its peer goes on: the reply is whole.
          if (isOver()) drained.touch()
        }
        if (!isOver()) fail(truncated)
      } catch (error) {
        if (!isOver()) fail(failureOf(error))
      } finally {
        idle.clear()
        whole.clear()
        drained.clear()
        if (reader) letGo(reader)
      }
    }

    queueMicrotask(() => void run())
    return () => {
      // A whole reply leaves its connection to end by itself.
      if (phase !== 'ended' || draft.stopReason === null || draft.stopReason === 'refusal') abort.abort()
      if (phase !== 'ended') phase = 'stopped'
      idle.clear()
      whole.clear()
    }
  })

type MessageDelta = Extract<SourceEvent, { type: 'message.delta' }>

/** The format of the output is a field that a model may not take. */
const sendsFormat = ({ model, rejections }: ReplyInput['view']): boolean =>
  !rejections.setAside.includes(`field:${model}/output_config`)

/** A source can hand over anything; what can't be read is not kept. */
function partialOf(draft: ReplyDraft): { readonly partial?: PartialReply } {
  try {
    return { partial: draft.partial() }
  } catch {
    return {}
  }
}

/** How long a silence may be, and the option that says so. */
interface Patience {
  readonly ms: number
  readonly option: 'idleTimeout' | 'silenceTimeout'
}

const truncated: Failure = {
  code: 'stream-truncated',
  message: 'The reply ended before it was complete, without an error. Try again.',
}

const tooLong: Failure = {
  code: 'stream-stalled',
  message:
    'The reply went on for longer than a reply may take, and was given up. What came of it stays. Ask for less at once, or raise replyTimeout.',
}

const stalled = ({ ms, option }: Patience): Failure => ({
  code: 'stream-stalled',
  message: `Nothing came for ${ms} ms in the middle of the reply. Try again, or raise ${option}.`,
})
