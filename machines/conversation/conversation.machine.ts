// The arrows of the conversation. Its words are in conversation.setup.ts and conversation.actions.ts.
import { messageOf } from '../../src/errors.ts'
import { emptyView, fold, journalVersion } from '../../src/journal/index.ts'
import { words } from './conversation.actions.ts'
import { defaultSettings } from './conversation.types.ts'
import { openCalls, refusalToDecide } from './recording.ts'
import { storing } from './storing.ts'

/** A resting leaf: the next message opens a turn. */
const ready = words.createStateConfig({
  tags: 'ready',
  always: { guard: 'canDrain', target: '#conversation.streaming', actions: 'openQueued' },
  on: {
    'user.send': {
      guard: { type: 'isNewId', params: ({ event }) => event },
      target: '#conversation.streaming',
      actions: { type: 'openTurn', params: ({ event }) => event },
    },
    'turn.retry': {
      guard: { type: 'canRetryTurn', params: ({ event }) => event },
      target: '#conversation.streaming',
      actions: { type: 'reopenTurn', params: ({ event }) => event },
    },
    'context.clear': { guard: 'hasHistory', target: '#conversation.reset', actions: 'clearContext' },
  },
})

/** An outcome: stored first, then told. */
const outcome = words.createStateConfig({
  initial: 'saving',
  states: { ...storing({ guard: 'isSaved', target: 'saved', actions: 'announce' }), saved: ready },
})

/** What can cut a turn short, from every state in which the model or a tool is at work. */
const answering = {
  'user.stop': {
    target: '#conversation.stopped',
    actions: { type: 'settleStopped', params: ({ event }) => event },
  },
  'user.send': {
    guard: { type: 'canInterrupt', params: ({ event }) => event },
    target: '#conversation.stopped',
    actions: [
      { type: 'enqueue', params: ({ event }) => event },
      { type: 'announceQueued', params: ({ event }) => event },
      { type: 'settleStopped', params: ({ event }) => event },
    ],
  },
} as const satisfies NonNullable<Parameters<typeof words.createStateConfig>[0]['on']>

/** The journal starting up means that we were restored: nobody answers this turn any more. */
const restored = { target: '#conversation.failed', actions: 'settleInterrupted' } as const

const dropTurn = [
  { type: 'announceRefusal', params: { policy: 'drop-turn' } },
  { type: 'resetContext', params: { policy: 'drop-turn' } },
] as const

const noAnswer = {
  code: 'connection-failed',
  message: 'The API has not begun to answer in time. It may be overloaded, or out of reach: try again later.',
} as const

const tooLong = {
  code: 'stream-stalled',
  message:
    'The reply went on for longer than a reply may take, and was given up. Ask for less at once, or raise the replyTimeout delay.',
} as const

const toolsTooLong = {
  code: 'tools-failed',
  message:
    'The tools have not finished in time. What they did stands. Raise the toolTimeout delay, or make them faster.',
} as const

const tooManySteps = {
  code: 'max-steps-reached',
  message:
    'The model kept calling tools until the limit of replies in one turn (maxSteps). Send a message to go on from here, or raise the limit.',
} as const

const storingCalls = storing(
  { guard: 'isSavedAndHasStepsLeft', target: 'running' },
  {
    guard: 'isSaved',
    target: '#conversation.failed',
    actions: { type: 'settleFailed', params: { failure: tooManySteps } },
  },
)

const storingReset = storing(
  { guard: 'isSavedAndAsksAgain', target: '#conversation.streaming', actions: 'announce' },
  { guard: 'isSaved', target: '#conversation.idle', actions: 'announce' },
)

export const conversationMachine = words.createMachine({
  id: 'conversation',
  version: '1',
  options: { maxIterations: 1_000 },
  context: ({ input }) => {
    const { id = 'conversation', model = 'unknown', at = 0, seed = [], journal } = input ?? {}
    const fresh = [{ type: 'conversation.created', v: journalVersion, id, model, at } as const, ...seed]
    return {
      view: fold(journal ?? fresh, emptyView),
      unsaved: journal ? [] : fresh,
      unannounced: [],
      attempt: 1,
      retryAfter: null,
      failure: null,
      journalFailure: null,
      settings: { ...defaultSettings, ...input?.settings },
    }
  },
  invoke: {
    id: 'journal',
    src: 'journal',
    input: ({ context }) => ({ conversationId: context.view.id }),
    onError: {
      actions: {
        type: 'noteJournalFailure',
        params: ({ event }) => ({
          failure: { code: 'journal-write-failed', message: messageOf(event.error) } as const,
        }),
      },
    },
  },
  initial: 'loading',
  on: {
    'journal.ready': { actions: 'save' },
    'journal.saved': { actions: { type: 'markSaved', params: ({ event }) => event } },
    'journal.failed': { actions: { type: 'noteJournalFailure', params: ({ event }) => event } },
    'user.send': [
      {
        guard: { type: 'canQueue', params: ({ event }) => event },
        actions: [
          { type: 'enqueue', params: ({ event }) => event },
          'save',
          { type: 'announceQueued', params: ({ event }) => event },
        ],
      },
      {
        guard: { type: 'isNewId', params: ({ event }) => event },
        actions: { type: 'reject', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) },
      },
      { actions: { type: 'reject', params: ({ event }) => ({ turnId: event.turnId, reason: 'duplicate-id' }) } },
    ],
    'queue.withdraw': {
      guard: { type: 'isQueued', params: ({ event }) => event },
      actions: [
        { type: 'withdraw', params: ({ event }) => event },
        'save',
        { type: 'announceWithdrawn', params: ({ event }) => event },
      ],
    },
    'queue.release': { guard: 'isHeld', actions: ['releaseQueue', 'save'] },
    'model.switch': {
      guard: { type: 'isOtherModel', params: ({ event }) => event },
      actions: [
        { type: 'announceModel', params: ({ event }) => event },
        { type: 'switchModel', params: ({ event }) => event },
        'save',
      ],
    },
    'conversation.close': {
      target: '.closing',
      actions: ['noteUndecided', { type: 'settleStopped', params: ({ event }) => event }],
    },
  },
  states: {
    loading: {
      tags: 'busy',
      on: {
        'journal.ready': [
          { guard: 'isAwaitingApproval', target: 'tools.running', actions: 'save' },
          { guard: 'hasOpenTurn', target: 'failed', actions: 'settleInterrupted' },
          { guard: 'isUndecided', target: 'refused', actions: 'save' },
          { guard: 'hasHistory', target: 'completed.saved', actions: 'save' },
          { target: 'idle', actions: 'save' },
        ],
      },
      after: { loadTimeout: { actions: ['noteUnsaved', 'announceUnsaved'] } },
    },

    idle: ready,

    streaming: {
      tags: 'busy',
      entry: ['save', 'announceAttempt'],
      invoke: {
        id: 'reply',
        src: 'streamReply',
        input: ({ context }) => ({
          view: context.view,
          turnId: context.view.open?.id ?? '',
          attempt: context.attempt,
        }),
        onError: {
          target: 'failed',
          actions: {
            type: 'settleFailed',
            params: ({ event }) => ({ failure: { code: 'source-failed', message: messageOf(event.error) } }),
          },
        },
      },
      on: {
        ...answering,
        'journal.ready': restored,
        'reply.finished': [
          {
            guard: { type: 'wantsTools', params: ({ event }) => event },
            target: 'tools',
            actions: { type: 'recordReply', params: ({ event }) => event },
          },
          {
            target: 'completed',
            actions: [{ type: 'recordReply', params: ({ event }) => event }, 'settleCompleted'],
          },
        ],
        'reply.refused': {
          target: 'refused',
          actions: [
            {
              type: 'announceRetraction',
              params: ({ event }) => ({ shown: event.refusal.textShown, cause: 'refusal' }),
            },
            { type: 'quarantine', params: ({ event }) => event },
          ],
        },
        'reply.failed': [
          {
            guard: { type: 'canTryAgain', params: ({ event }) => event },
            target: 'waitingToRetry',
            actions: [
              {
                type: 'announceRetraction',
                params: ({ event }) => ({ shown: event.partial?.shown ?? false, cause: 'retry' }),
              },
              { type: 'noteFailure', params: ({ event }) => event },
            ],
          },
          { target: 'failed', actions: { type: 'settleFailed', params: ({ event }) => event } },
        ],
      },
      initial: 'opening',
      states: {
        opening: {
          on: { 'reply.opened': 'receiving' },
          after: {
            openTimeout: [
              {
                guard: 'hasAttemptsLeft',
                target: '#conversation.waitingToRetry',
                actions: { type: 'noteFailure', params: { failure: noAnswer } },
              },
              {
                target: '#conversation.failed',
                actions: { type: 'settleFailed', params: { failure: noAnswer } },
              },
            ],
          },
        },
        receiving: {
          after: {
            replyTimeout: {
              target: '#conversation.failed',
              actions: { type: 'settleFailed', params: { failure: tooLong } },
            },
          },
        },
      },
    },

    waitingToRetry: {
      tags: 'busy',
      entry: 'announceRetry',
      on: { ...answering, 'journal.ready': restored },
      after: { retryBackoff: { target: 'streaming', actions: 'countAttempt' } },
    },

    tools: {
      tags: 'busy',
      on: {
        ...answering,
        'journal.ready': [{ guard: 'isAwaitingApproval', actions: 'save' }, restored],
      },
      initial: 'saving',
      states: {
        saving: storingCalls.saving,
        unsaved: { ...storingCalls.unsaved, on: { 'journal.ready': restored } },
        running: {
          invoke: {
            id: 'tools',
            src: 'runTools',
            input: ({ context }) => ({ turnId: context.view.open?.id ?? '', calls: openCalls(context.view) }),
            onError: {
              target: '#conversation.failed',
              actions: {
                type: 'settleFailed',
                params: ({ event }) => ({ failure: { code: 'tools-failed', message: messageOf(event.error) } }),
              },
            },
          },
          on: {
            'tools.settled': {
              target: '#conversation.streaming',
              actions: { type: 'recordResults', params: ({ event }) => event },
            },
          },
          after: {
            toolTimeout: {
              target: '#conversation.failed',
              actions: { type: 'settleFailed', params: { failure: toolsTooLong } },
            },
          },
        },
      },
    },

    completed: outcome,
    stopped: outcome,
    failed: outcome,

    refused: {
      initial: 'saving',
      states: {
        ...storing({ guard: 'isSaved', target: 'deciding' }),
        deciding: {
          tags: 'busy',
          invoke: {
            id: 'decision',
            src: 'decide',
            input: ({ context }) => refusalToDecide(context.view),
            onError: { target: '#conversation.reset', actions: dropTurn },
          },
          on: {
            'refusal.resolve': {
              target: '#conversation.reset',
              actions: [
                { type: 'announceRefusal', params: ({ event }) => event },
                { type: 'resetContext', params: ({ event }) => event },
              ],
            },
            'refusal.ask': {
              target: 'awaitingDecision',
              actions: { type: 'announceRefusal', params: { policy: 'manual' } },
            },
            'journal.ready': { target: 'deciding', reenter: true, actions: 'save' },
            'user.stop': { target: '#conversation.reset', actions: dropTurn },
          },
          after: { decideTimeout: { target: '#conversation.reset', actions: dropTurn } },
        },
        awaitingDecision: {
          tags: 'awaitingDecision',
          on: {
            'refusal.resolve': {
              target: '#conversation.reset',
              actions: { type: 'resetContext', params: ({ event }) => event },
            },
            // The refusal was told when it was handed to a person.
            'conversation.close': '#conversation.closing',
          },
        },
      },
    },

    reset: {
      on: {
        'journal.ready': [{ ...restored, guard: 'hasOpenTurn' }, { actions: 'save' }],
        'user.stop': {
          guard: 'hasOpenTurn',
          target: 'stopped',
          actions: { type: 'settleStopped', params: ({ event }) => event },
        },
      },
      initial: 'saving',
      states: {
        saving: storingReset.saving,
        unsaved: {
          ...storingReset.unsaved,
          on: { 'journal.ready': [{ ...restored, guard: 'hasOpenTurn' }, { target: 'saving' }] },
        },
      },
    },

    closing: {
      tags: 'busy',
      entry: 'save',
      always: { guard: 'isSaved', target: 'closed', actions: 'announce' },
      on: {
        'user.send': {
          actions: { type: 'reject', params: ({ event }) => ({ turnId: event.turnId, reason: 'closing' }) },
        },
        'conversation.close': {},
      },
      after: { saveRetry: { actions: 'save' }, closeTimeout: 'closed' },
    },

    closed: { type: 'final' },
  },
})
