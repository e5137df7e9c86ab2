import { setupWithActions } from '../conversation.actions.ts'
import { savingStates } from './saving-states.ts'
import { answering, failInterrupted } from './shared.ts'

/** What is asked is stored before the request goes out: a writer that may not write any more asks nothing. */
export const asking = setupWithActions.createStateConfig({
  tags: ['busy', 'answering'],
  on: { ...answering, 'conversation.started': failInterrupted },
  initial: 'saving',
  states: savingStates(
    { guard: 'isOverBudget', target: '#conversation.failed', actions: 'settleOverBudget' },
    { guard: 'isSaved', target: '#conversation.streaming' },
  ),
})
