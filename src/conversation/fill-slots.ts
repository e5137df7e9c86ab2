// Fills the chart's slots and delays with what the options say.
import { conversationMachine, type JournalCommand, type JournalInput } from '../../machines/index.ts'
import type { CallbackActorLogic } from 'xstate'
import { longestTimer } from '../clock.ts'
import { defaultLadder, optionalField, type View } from '../journal/index.ts'
import { usesFallback } from '../refusals/policy.ts'
import { decide } from '../refusals/decide-refusal.ts'
import type { RefusedRequests } from '../refusals/refused-requests.ts'
import { decideOverflow } from '../rejections/decide-overflow.ts'
import { decideRejection } from '../rejections/decide-rejection.ts'
import { streamReply } from '../reply/stream-reply.ts'
import type { Requested } from '../source/message-source.ts'
import { runTools } from '../tools/run-tools.ts'
import type { Environment } from './environment.ts'
import { guardOf } from './guarded-callbacks.ts'
import type { ModelRequest } from './model-requests.ts'
import type { ConversationOptions } from './options.ts'
import type { Prompt } from './prompt.ts'

/** What the slots use beside the options. */
export interface SlotParts {
  readonly prompt: Prompt
  readonly environment: Environment
  readonly journal: CallbackActorLogic<JournalCommand, JournalInput>
  readonly refusedRequests: RefusedRequests
  /** What requests to a model carry. */
  readonly requestTo: (model: string) => ModelRequest
  /** Called with each request that is about to be made. */
  readonly onRequest: (requested: Requested) => void
  /** The view of the conversation that the machine will run. */
  readonly view: () => View
}

/** The chart with its slots filled, ready to be started. */
export function fillSlots(options: ConversationOptions, parts: SlotParts): typeof conversationMachine {
  const { prompt, environment, journal, refusedRequests, requestTo, onRequest, view } = parts
  const { onRefusal = defaultLadder } = options
  const { reporter, clock } = environment
  const { report } = reporter
  const replyTimeout = Math.min(options.replyTimeout ?? 3_600_000, longestTimer - 60_000)
  return conversationMachine.provide({
    actors: {
      journal,
      streamReply: streamReply({
        source: options.source,
        onRequest,
        clock,
        idleTimeout: options.idleTimeout ?? 60_000,
        silenceTimeout: options.silenceTimeout ?? 600_000,
        replyTimeout,
        maxTokens: options.maxTokens,
        forModel: requestTo,
        get target() {
          return prompt.target
        },
        get fields() {
          return prompt.fields
        },
        betas: options.betas ?? {},
        refusedRequests: usesFallback(onRefusal) ? refusedRequests : undefined,
        // A list is for the model that it was given with: the API permits each model others.
        get fallbacks() {
          const { serverFallbacks } = options
          return serverFallbacks === 'default' || view().model === options.model ? serverFallbacks : undefined
        },
      }),
      runTools: runTools({ tools: () => prompt.tools, limit: options.toolLimit ?? 8, onError: report }),
      decide: decide({
        onRefusal,
        onError: (cause) => reporter.error('The rephrase function failed; the refused turn was dropped.', cause),
      }),
      decideRejection: decideRejection({
        onRejection: options.onRejection ?? 'repair',
        onError: (cause) =>
          reporter.error('The onRejection function failed; what is to blame is left out, as by default.', cause),
      }),
      decideOverflow: decideOverflow({
        onOverflow: options.onOverflow ?? 'fail',
        onError: (cause) => reporter.error('The onOverflow function failed; so did the turn.', cause),
      }),
    },
    delays: {
      // The stream actor gives up first, and hands over what it has of the reply; this delay is for one that hangs.
      replyTimeout: replyTimeout + 60_000,
      ...optionalField('decideTimeout', options.decideTimeout),
      ...optionalField('openTimeout', options.openTimeout),
      ...optionalField('loadTimeout', options.loadTimeout),
      ...optionalField('saveTimeout', options.saveTimeout),
      ...optionalField('saveRetry', options.saveRetry),
      closeTimeout: ({ event }) =>
        event.type === 'conversation.close' && event.timeout !== undefined
          ? event.timeout
          : (options.closeTimeout ?? 30_000),
      // Each call has a timeout of its own. This delay is for one that hangs all the same, even if the calls run one by one.
      toolTimeout: ({ context }) =>
        Math.min(
          (prompt.tools.longestTimeout + 10_000) * (context.view.open?.steps.at(-1)?.content.length ?? 1),
          longestTimer,
        ),
    },
    ...(typeof options.returnToModel === 'function'
      ? { guards: { isDueToReturn: guardOf(options.returnToModel, report) } }
      : {}),
  })
}
