// What each state of a conversation means, in words: what it is, and what comes next. A test checks that none is missing.

export interface StateSentence {
  /** What is the case, as a sentence without a full stop. */
  readonly is: string
  /** What comes next, as a sentence without a full stop. */
  readonly next: string
}

/** While facts are written. */
const saving = (what: string, next: string): StateSentence => ({ is: `${what} is being stored`, next })

/** While the store does not take them. */
const unsaved = (what: string): StateSentence => ({
  is: `The store has not taken ${what}`,
  next: 'It is tried again until the store takes it. Nothing that is not stored is shown to the user',
})

const ready = 'A message begins the next turn'

/** By the name of the innermost state. */
export const stateSentences: Readonly<Record<string, StateSentence>> = {
  loading: { is: 'The conversation is being loaded from its store', next: 'It goes on where it was' },
  idle: { is: 'It is ready for a message', next: ready },
  'asking.saving': saving('The message', 'The request goes out as soon as that is stored'),
  'asking.unsaved': unsaved('the message'),
  'streaming.opening': {
    is: 'A request is under way; nothing of the reply has arrived yet',
    next: 'The reply begins, or the request fails, or is rejected',
  },
  'streaming.receiving': {
    is: 'The reply is arriving',
    next: 'It is complete, calls tools, is refused, or fails',
  },
  'streaming.ending.stopped': {
    is: 'The reply was stopped',
    next: 'What has arrived of it is kept',
  },
  'streaming.ending.aborted': {
    is: 'The reply was stopped by the signal of its message',
    next: 'What has arrived of it is kept',
  },
  waitingToRetry: { is: 'The last attempt failed', next: 'The same request is sent again' },
  'tools.saving': saving('The reply with its tool calls', 'Its tools run as soon as that is stored'),
  'tools.unsaved': unsaved('the reply with its tool calls'),
  'tools.running.working': { is: 'Tools are running', next: 'Their results go to the model' },
  'tools.running.awaitingPeople': {
    is: 'Tool calls wait for people',
    next: 'Once every call has a result, the results go to the model',
  },
  'overflowed.saving': saving('The turn that was too long', 'Then it is decided what to do about it'),
  'overflowed.unsaved': unsaved('the turn that was too long'),
  'overflowed.deciding': {
    is: 'The context window has no room for the turn',
    next: 'The policy decides: the context is compacted, or the turn fails',
  },
  'completed.saving': saving('The answer', 'Then the conversation is ready for a message'),
  'completed.unsaved': unsaved('the answer'),
  'completed.saved': { is: 'The turn is complete', next: ready },
  'stopped.saving': saving('What has arrived of the stopped reply', 'Then the conversation is ready for a message'),
  'stopped.unsaved': unsaved('what has arrived of the stopped reply'),
  'stopped.saved': { is: 'The turn was stopped, and is kept as far as it came', next: ready },
  'failed.saving': saving('The failure of the turn', 'Then the conversation is ready for a message'),
  'failed.unsaved': unsaved('the failure of the turn'),
  'failed.saved': { is: 'The turn failed', next: 'Ask again, or send another message' },
  'refused.saving': saving('The refusal', 'Then it is decided what leaves the context'),
  'refused.unsaved': unsaved('the refusal'),
  'refused.deciding': { is: 'The model refused', next: 'The policy decides what leaves the context' },
  'refused.awaitingDecision': { is: 'The model refused', next: 'A person decides what leaves the context' },
  'rejected.saving': saving('The rejection', 'Then it is decided what the next request leaves out'),
  'rejected.unsaved': unsaved('the rejection'),
  'rejected.deciding': {
    is: 'The API rejected the request',
    next: 'The policy decides what the next request leaves out',
  },
  'rejected.awaitingDecision': {
    is: 'The API rejected the request',
    next: 'A person decides what the next request leaves out',
  },
  'reset.saving': saving('What leaves the context', 'Then the conversation is ready, or asks again'),
  'reset.unsaved': unsaved('what leaves the context'),
  'switching.saving': saving('The move to another branch', 'Then the conversation is ready for a message'),
  'switching.unsaved': unsaved('the move to another branch'),
  closing: { is: 'The conversation is being closed', next: 'It ends as soon as everything is stored' },
  closed: { is: 'The conversation is closed', next: 'Nothing: it can only be read. Open it again to go on' },
  lost: {
    is: 'Another process has taken the conversation over',
    next: 'Nothing goes on here. It goes on in the other process',
  },
}

/** The sentences of a state; `null` for one of another machine or release. */
export const sentenceOf = (state: string): StateSentence | null => stateSentences[state] ?? briefly[state] ?? null

/** States of journals without records, which know only the outermost name. */
const briefly: Readonly<Record<string, StateSentence>> = {
  streaming: { is: 'A turn is under way', next: 'Its reply is complete, calls tools, is refused, or fails' },
  tools: { is: 'Tool calls have no result yet', next: 'Once every call has a result, the results go to the model' },
  completed: { is: 'The turn is complete', next: ready },
  stopped: { is: 'The turn was stopped, and is kept as far as it came', next: ready },
  failed: { is: 'The turn failed', next: 'Ask again, or send another message' },
  refused: { is: 'The model refused', next: 'It is decided what leaves the context' },
  rejected: { is: 'The API rejected the request', next: 'It is decided what the next request leaves out' },
}
