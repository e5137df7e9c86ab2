// The queue of messages.
import type { UserSend } from '../conversation.types.ts'
import { recorded } from '../record-facts.ts'
import { blockedInput } from '../turn-openings.ts'
import { change, record } from './action-kinds.ts'

export const queueActions = {
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
      [{ type: 'input.queued', turnId }],
    ),
  ),
  withdraw: change<{ turnId: string; cause?: 'aborted' }>((context, { turnId, cause }) =>
    recorded(
      context,
      [{ type: 'input.withdrawn', turnId }],
      [{ type: 'input.withdrawn', turnId, ...(cause ? { cause } : {}) }],
    ),
  ),
  /** Takes the next message out of the queue, because its words were refused while it waited. */
  withdrawBlocked: change<undefined>((context) => {
    const blocked = blockedInput(context.view, context.settings)
    if (!blocked) return {}
    const { turnId } = blocked
    return recorded(context, [{ type: 'input.withdrawn', turnId }], [{ type: 'input.withdrawn', ...blocked }])
  }),
  releaseQueue: record<undefined>(() => [{ type: 'queue.released' }]),
  /** Nothing is asked by itself in a conversation that was loaded. */
  holdQueue: record<undefined>(({ view: { queue, held }, settings }) =>
    queue.length > 0 && !held && settings.onInterrupted === 'settle' ? [{ type: 'queue.held' }] : [],
  ),
}
