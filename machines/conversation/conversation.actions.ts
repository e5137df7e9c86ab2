// The setup of the chart with its actions. States and arrows are written with it.
import { emittingActions } from './actions/emit-events.ts'
import { rejectionActions } from './actions/handle-rejections.ts'
import { openingActions } from './actions/open-turns.ts'
import { attemptActions } from './actions/record-attempts.ts'
import { callActions } from './actions/record-calls.ts'
import { savingActions } from './actions/save-facts.ts'
import { settlingActions } from './actions/settle-turns.ts'
import { queueActions } from './actions/change-queue.ts'
import { switchingActions } from './actions/switch-model-and-head.ts'
import { conversationSetup } from './conversation.setup.ts'

/** Types, actor slots, guards, delays and actions of the conversation. */
export const setupWithActions = conversationSetup.extend({
  actions: {
    ...openingActions,
    ...attemptActions,
    ...callActions,
    ...settlingActions,
    ...rejectionActions,
    ...queueActions,
    ...switchingActions,
    ...savingActions,
    ...emittingActions,
  },
})
