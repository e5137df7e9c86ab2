// The model and the branch of the next request.
import type { SwitchCause } from '../../../src/journal/index.ts'
import type { ConversationContext } from '../conversation.types.ts'
import { nextOutageModel } from '../outages.ts'
import { recorded } from '../record-facts.ts'
import { change } from './action-kinds.ts'

/** Switches the model; the event is emitted once the fact is stored. */
const switched = (context: ConversationContext, to: string, cause: SwitchCause): ConversationContext => {
  const from = context.view.model
  return recorded(context, [{ type: 'model.switched', from, to, cause }], [{ type: 'model.switched', from, to, cause }])
}

export const switchingActions = {
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
      [{ type: 'head.switched', from, to }],
    )
  }),
}
