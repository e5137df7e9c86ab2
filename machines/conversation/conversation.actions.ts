// The words of the chart: its setup, and its actions.
import { attempts } from './actions/attempts.ts'
import { calls } from './actions/calls.ts'
import { rejecting } from './actions/rejecting.ts'
import { opening } from './actions/opening.ts'
import { saving } from './actions/saving.ts'
import { settling } from './actions/settling.ts'
import { steering } from './actions/steering.ts'
import { telling } from './actions/telling.ts'
import { conversationSetup } from './conversation.setup.ts'

export const words = conversationSetup.extend({
  actions: { ...opening, ...attempts, ...calls, ...settling, ...rejecting, ...steering, ...saving, ...telling },
})
