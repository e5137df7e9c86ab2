import { setupWithActions } from '../conversation.actions.ts'

const loading = setupWithActions.createStateConfig({
  on: {
    'journal.ready': [
      {
        guard: { type: 'isAt', params: { state: 'tools' } },
        target: '#conversation.tools.running',
        actions: ['holdQueue', 'save'],
      },
      { guard: 'wasTooLong', target: '#conversation.overflowed', actions: ['holdQueue', 'save'] },
      {
        guard: { type: 'isAt', params: { state: 'rejected' } },
        target: '#conversation.rejected',
        actions: ['holdQueue', 'save'],
      },
      { guard: 'resumesCalls', target: '#conversation.tools.running', actions: 'save' },
      { guard: 'resumesAttempt', target: '#conversation.asking', actions: ['recordLostAttempt', 'save'] },
      { guard: 'hasOpenTurn', target: '#conversation.failed', actions: ['settleInterrupted', 'holdQueue'] },
      {
        guard: { type: 'isAt', params: { state: 'deferred' } },
        target: '#conversation.refused.awaitingDecision',
        actions: ['holdQueue', 'save'],
      },
      {
        guard: { type: 'isAt', params: { state: 'refused' } },
        target: '#conversation.refused',
        actions: ['holdQueue', 'save'],
      },
      { guard: 'resumesOverflow', target: '#conversation.asking', actions: 'openResumption' },
      { guard: 'resumesContinuation', target: '#conversation.asking', actions: 'openContinuation' },
      { guard: 'resumesCompaction', target: '#conversation.asking', actions: 'openAfterCompaction' },
      { guard: 'hasUnasked', target: '#conversation.stopped.saved', actions: ['holdQueue', 'save'] },
      {
        guard: { type: 'isAt', params: { state: 'stopped' } },
        target: '#conversation.stopped.saved',
        actions: ['holdQueue', 'save'],
      },
      {
        guard: { type: 'isAt', params: { state: 'failed' } },
        target: '#conversation.failed.saved',
        actions: ['holdQueue', 'save'],
      },
      {
        guard: { type: 'isAt', params: { state: 'completed' } },
        target: '#conversation.completed.saved',
        actions: ['holdQueue', 'save'],
      },
      { target: '#conversation.idle', actions: ['holdQueue', 'save'] },
    ],
  },
})

/** Where a loaded conversation goes: by its journal, and by what the host wants of a turn that was under way. */
export const loadingRoutes = loading.on['journal.ready']
