// What an app changes of the course: the queue, the model, the branch, the budget.
import type { SwitchCause } from '../../../src/journal/index.ts'
import type { Budget, ConversationContext, UserSend } from '../conversation.types.ts'
import { nextOutageModel } from '../outages.ts'
import { recorded } from '../recording.ts'
import { blockedInput } from '../turns.ts'
import { change, record } from './change.ts'

/** The model of the next request, told once it is stored. */
const switched = (context: ConversationContext, to: string, cause: SwitchCause): ConversationContext => {
  const from = context.view.model
  return recorded(context, [{ type: 'model.switched', from, to, cause }], { type: 'model.switched', from, to, cause })
}

export const steering = {
  enqueue: change<UserSend>((context, { turnId, input, system, at, metadata }) =>
    recorded(
      context,
      [
        {
          type: 'input.queued',
          turnId,
          input,
          ...(system ? { system } : {}),
          at,
          ...(metadata ? { metadata } : {}),
        },
      ],
      { type: 'input.queued', turnId },
    ),
  ),
  withdraw: change<{ turnId: string }>((context, { turnId }) =>
    recorded(context, [{ type: 'input.withdrawn', turnId }], { type: 'input.withdrawn', turnId }),
  ),
  /** Takes the next message out of the queue, because its words were refused while it waited. */
  withdrawBlocked: change<undefined>((context) => {
    const blocked = blockedInput(context.view, context.settings)
    if (!blocked) return {}
    const { turnId } = blocked
    return recorded(context, [{ type: 'input.withdrawn', turnId }], { type: 'input.withdrawn', ...blocked })
  }),
  releaseQueue: record<undefined>(() => [{ type: 'queue.released' }]),
  switchModel: change<{ model: string }>((context, { model }) => switched(context, model, 'user')),
  goToNextModel: change<undefined>((context) => {
    const { view, settings } = context
    const to = nextOutageModel(view, settings)
    return to === undefined ? {} : switched(context, to, 'outage')
  }),
  returnToModel: change<undefined>((context) => {
    const { away } = context.view
    return away ? switched(context, away.from, 'return') : {}
  }),
  switchHead: change<{ to: string | null; force?: boolean | undefined }>((context, { to, force }) => {
    const from = context.view.head
    return recorded(
      context,
      [{ type: 'head.moved', from, to, cause: 'switch', withdrawn: [], ...(force ? { force } : {}) }],
      { type: 'head.switched', from, to },
    )
  }),
  setBudget: change<{ budget: Budget }>(({ settings }, { budget }) => ({ settings: { ...settings, budget } })),
}
