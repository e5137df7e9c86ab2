// Fills the chart's slots once for all conversations of the process: setting up a machine makes some seventy state nodes, which take
// 1.6 ms and 270 kB. What differs from one conversation to another reaches the chart in two ways:
//   - Numbers and choices are data, in `context.settings`.
//   - What runs code of the app is found by the actor system, which the actors of a conversation share. So no function is in a
//     context, a snapshot or an input.
import { type Actor, type ActorOptions, type AnyActor, createActor } from 'xstate'
import {
  conversationMachine,
  type ConversationSettings,
  isDueToReturn,
  type JournalCommand,
  type JournalEvent,
  type JournalInput,
  typedCallback,
} from '../../machines/index.ts'
import { longestTimer } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import { defaultLadder, type View } from '../journal/index.ts'
import { decideFor } from '../refusals/decide-refusal.ts'
import type { RefusedRequests } from '../refusals/refused-requests.ts'
import { decideOverflow } from '../rejections/decide-overflow.ts'
import { decideRejectionFor } from '../rejections/decide-rejection.ts'
import { type StreamReplyOptions, streamReplyFor } from '../reply/stream-reply.ts'
import type { Requested } from '../source/message-source.ts'
import { runTools } from '../tools/run-tools.ts'
import { replyTimeoutOf } from './check-options.ts'
import type { Environment } from './environment.ts'
import { isDueBy } from './guarded-callbacks.ts'
import type { ModelRequest } from './model-requests.ts'
import type { ConversationOptions } from './options.ts'
import type { Prompt } from './prompt.ts'
import type { Journal } from './stored-journal.ts'

/** What fills the slots of one conversation. */
export interface SlotParts {
  readonly options: ConversationOptions
  readonly prompt: Prompt
  readonly environment: Environment
  readonly journal: Journal
  /** `undefined` where no fallback is configured: then no credit is asked for. */
  readonly refusedRequests: RefusedRequests | undefined
  /** What requests to a model carry. */
  readonly requestTo: (model: string) => ModelRequest
  /** Called with each request that is about to be made. */
  requested(requested: Requested): void
  /** The view of the conversation that the machine runs. */
  readonly view: View
}

const partsBySystem = new WeakMap<AnyActor['system'], SlotParts>()

/** XState gives a guard the context and the event only. A conversation keeps the same object of settings from its start to its end. */
const partsBySettings = new WeakMap<ConversationSettings, SlotParts>()

function partsOf(system: AnyActor['system']): SlotParts {
  const parts = partsBySystem.get(system)
  if (parts) return parts
  throw new TurnstateError(
    'slot-not-filled',
    'The machine of chat.actor works in that actor only. Use createConversation(), or fill the slots of conversationMachine with .provide().',
  )
}

/** The chart with its slots filled, for every conversation. */
const filledMachine = conversationMachine.provide({
  actors: {
    journal: typedCallback<JournalCommand, JournalInput, JournalEvent>(({ receive, sendBack, system }) =>
      partsOf(system).journal.start(receive, sendBack),
    ),
    streamReply: streamReplyFor((system) => replyOptions(partsOf(system))),
    runTools: runTools((system) => {
      const { prompt, environment } = partsOf(system)
      return { tools: () => prompt.tools, onError: environment.reporter.report }
    }),
    decide: decideFor((system) => {
      const { options, environment } = partsOf(system)
      return {
        onRefusal: options.onRefusal ?? defaultLadder,
        onError: (cause) =>
          environment.reporter.error('The rephrase function failed; the refused turn was dropped.', cause),
      }
    }),
    decideRejection: decideRejectionFor((system) => {
      const { options, environment } = partsOf(system)
      return {
        onRejection: options.onRejection ?? 'repair',
        onError: (cause) =>
          environment.reporter.error(
            'The onRejection function failed; what is to blame is left out, as by default.',
            cause,
          ),
      }
    }),
    decideOverflow: decideOverflow((system) => {
      const { options, environment } = partsOf(system)
      return {
        onOverflow: options.onOverflow ?? 'fail',
        onError: (cause) => environment.reporter.error('The onOverflow function failed; so did the turn.', cause),
      }
    }),
  },
  delays: {
    // Each call has a timeout of its own. This delay is for one that hangs all the same, even if the calls run one by one.
    toolTimeout: ({ context, system }) =>
      Math.min(
        (partsOf(system).prompt.tools.longestTimeout + 10_000) * (context.view.open?.steps.at(-1)?.content.length ?? 1),
        longestTimer,
      ),
  },
  guards: {
    isDueToReturn: ({ context }) => {
      const parts = partsBySettings.get(context.settings)
      if (typeof parts?.options.returnToModel !== 'function') return isDueToReturn(context)
      return isDueBy(parts.options.returnToModel, context.view, parts.environment.reporter.report)
    },
  },
})

/** Creates the actor of a conversation with its slots filled. It is not started yet. */
export function createFilled(
  parts: SlotParts,
  options: ActorOptions<typeof conversationMachine>,
): Actor<typeof conversationMachine> {
  const actor = createActor(filledMachine, options)
  partsBySystem.set(actor.system, parts)
  if (typeof parts.options.returnToModel === 'function')
    partsBySettings.set(actor.getSnapshot().context.settings, parts)
  return actor
}

/** What an attempt at a reply uses: the view is read when the request is made, after the transition that starts the attempt. */
function replyOptions(parts: SlotParts): StreamReplyOptions {
  const { options, prompt, environment, refusedRequests, requestTo } = parts
  return {
    source: options.source,
    onRequest: (requested) => parts.requested(requested),
    clock: environment.clock,
    now: environment.now,
    idleTimeout: options.idleTimeout ?? 60_000,
    silenceTimeout: options.silenceTimeout ?? 600_000,
    replyTimeout: replyTimeoutOf(options),
    maxTokens: options.maxTokens,
    forModel: requestTo,
    get target() {
      return prompt.target
    },
    get fields() {
      return prompt.fields
    },
    betas: options.betas ?? {},
    refusedRequests,
    // A list is for the model that it was given with: the API permits each model others.
    get fallbacks() {
      const { serverFallbacks } = options
      return serverFallbacks === 'default' || parts.view.model === options.model ? serverFallbacks : undefined
    },
  }
}
