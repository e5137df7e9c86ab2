/** What to do after an error. `retry`: the same call may succeed later. `stop`: something has to change first. */
export type Consequence = 'retry' | 'stop'

// This table alone decides whether the chart may retry.
// HTTP statuses and error types: the Messages API's error table; 408 and 409 are retryable there too.
const consequences = {
  // what the caller gave
  'invalid-option': 'stop',
  'reserved-field': 'stop',
  'not-available': 'stop',
  'message-empty': 'stop',
  'message-invalid': 'stop',
  'block-unknown': 'stop',
  'input-too-large': 'stop',
  'metadata-invalid': 'stop',
  'file-too-large': 'stop',
  'file-type-unsupported': 'stop',
  'file-unreadable': 'stop',
  'file-empty': 'stop',
  'policy-invalid': 'stop',
  'fallback-empty': 'stop',
  'fallback-same-model': 'stop',
  'model-invalid': 'stop',
  'budget-invalid': 'stop',
  'tool-invalid': 'stop',
  'tool-name-invalid': 'stop',
  'tool-duplicate': 'stop',
  'tool-schema-invalid': 'stop',
  'tool-result-invalid': 'stop',
  'call-unknown': 'stop',
  'call-settled': 'stop',
  'approval-decided': 'stop',
  'turn-unknown': 'stop',
  'turn-quarantined': 'stop',
  'turn-withdrawn': 'stop',
  'turn-not-kept': 'stop',
  'turn-exists': 'stop',
  'input-refused-before': 'stop',
  'nothing-to-compact': 'stop',
  'item-unknown': 'stop',
  'no-refusal': 'stop',
  'no-rejection': 'stop',
  'nothing-to-retry': 'stop',
  'conversation-busy': 'retry',
  'conversation-closed': 'stop',
  'input-withdrawn': 'stop',
  aborted: 'stop',
  interrupted: 'stop',
  'listener-failed': 'stop',
  'internal-error': 'stop',
  // the journal
  'journal-damaged': 'stop',
  'journal-version-unsupported': 'stop',
  'journal-write-failed': 'retry',
  'conversation-lost': 'stop',
  // the store
  'conversation-unknown': 'stop',
  'conversation-exists': 'stop',
  'store-closed': 'stop',
  'store-invalid': 'stop',
  'store-unavailable': 'retry',
  'store-version-unsupported': 'stop',
  'import-invalid': 'stop',
  'key-unknown': 'stop',
  // the reply, from its transport
  'connection-failed': 'retry',
  'connection-lost': 'retry',
  'stream-truncated': 'retry',
  'stream-stalled': 'retry',
  'stream-malformed': 'stop',
  'reply-too-large': 'stop',
  'source-failed': 'stop',
  'slot-not-filled': 'stop',
  // the reply, as the API answered
  'request-invalid': 'stop',
  'prompt-too-long': 'stop',
  'context-window-exceeded': 'stop',
  'thinking-invalid': 'stop',
  'authentication-failed': 'stop',
  'compaction-invalid': 'stop',
  'billing-failed': 'stop',
  'organization-on-hold': 'stop',
  'permission-denied': 'stop',
  'model-not-found': 'stop',
  'not-found': 'stop',
  'request-too-large': 'stop',
  'history-rejected': 'stop',
  'rate-limited': 'retry',
  'spend-limit-reached': 'stop',
  'api-error': 'retry',
  overloaded: 'retry',
  // the turn
  'tools-failed': 'stop',
  'max-steps-reached': 'stop',
  'compaction-failed': 'stop',
  'budget-exceeded': 'stop',
  'output-invalid': 'stop',
  // the inspector
  'inspector-unreachable': 'retry',
  'inspection-file-invalid': 'stop',
  'inspection-file-version-unsupported': 'stop',
  // the server
  'not-authenticated': 'stop',
  'request-forbidden': 'stop',
  'request-malformed': 'stop',
  'content-type-unsupported': 'stop',
  'route-unknown': 'stop',
  'method-not-allowed': 'stop',
  'idempotency-mismatch': 'stop',
  'limit-exceeded': 'retry',
  'server-overloaded': 'retry',
  'server-misconfigured': 'stop',
  'server-closing': 'retry',
  // the client
  'server-unreachable': 'retry',
  'wire-version-unsupported': 'stop',
  // the simulator
  'script-invalid': 'stop',
  'script-unfinished': 'stop',
  'port-unavailable': 'stop',
} as const satisfies Record<string, Consequence>

/** Every code that a `TurnstateError` can carry. The list is closed: an addition is a minor release. */
export type TurnstateErrorCode = keyof typeof consequences

/** `retry` or `stop` for each code. */
export const errorConsequences: Readonly<Record<TurnstateErrorCode, Consequence>> = consequences

type RetryableCode = {
  [Code in TurnstateErrorCode]: (typeof consequences)[Code] extends 'retry' ? Code : never
}[TurnstateErrorCode]

/** The codes of the table with `retry`, apart from it: a client in a browser has no use for the others. The compiler compares. */
export const retryableCodes: Readonly<Record<RetryableCode, true>> = {
  'conversation-busy': true,
  'journal-write-failed': true,
  'store-unavailable': true,
  'connection-failed': true,
  'connection-lost': true,
  'stream-truncated': true,
  'stream-stalled': true,
  'rate-limited': true,
  'api-error': true,
  overloaded: true,
  'inspector-unreachable': true,
  'limit-exceeded': true,
  'server-overloaded': true,
  'server-closing': true,
  'server-unreachable': true,
}
