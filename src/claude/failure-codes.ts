// Determines the error code of a failure from, in this order, the API's sub-code, its error type and the HTTP status. The wording
// of the message counts only where these do not decide, because wording may change. Each table names the source of its entries.
import type { TurnstateErrorCode } from '../errors.ts'
import { beginning } from '../foreign-text.ts'

/** What is known about a failure. Only the message is always there. */
export interface FailureSigns {
  readonly status?: number | undefined
  readonly type?: string | undefined
  /** The status of the failure that this one passes on, for instance from a gateway. Takes precedence over `status` and `type`. */
  readonly originalStatus?: number | undefined
  /** `error.details.error_code`, the stable sub-code (SDK 1.14, `core/error-classes`). */
  readonly errorCode?: string | undefined
  readonly message: string
}

const codeOfSubCode: Readonly<Record<string, TurnstateErrorCode>> = {
  contract_spend_limit_reached: 'spend-limit-reached',
  enforced_spend_limit_reached: 'spend-limit-reached',
  linked_organization_spend_limit_reached: 'spend-limit-reached',
  linked_organization_billing_unavailable: 'billing-failed',
  user_profile_billing_not_authorized: 'billing-failed',
  user_profile_not_billable: 'billing-failed',
  credits_required: 'billing-failed',
  organization_on_hold: 'organization-on-hold',
  request_body_too_large_after_decoding: 'request-too-large',
  file_expired: 'not-found',
  compaction_signature_invalid: 'compaction-invalid',
  compaction_content_mismatch: 'compaction-invalid',
  compaction_tool_changes_mismatch: 'compaction-invalid',
  compaction_block_ambiguous: 'compaction-invalid',
  compaction_block_misplaced: 'compaction-invalid',
  compaction_unavailable: 'overloaded',
}

/** `error.type` of the API, the same in HTTP errors and in `error` events (SDK 1.14, `ErrorType`; API errors page). */
const codeOfApiType: Readonly<Record<string, TurnstateErrorCode>> = {
  invalid_request_error: 'request-invalid',
  authentication_error: 'authentication-failed',
  billing_error: 'billing-failed',
  credits_required: 'billing-failed',
  organization_on_hold: 'organization-on-hold',
  permission_error: 'permission-denied',
  not_found_error: 'not-found',
  conflict_error: 'api-error',
  request_too_large: 'request-too-large',
  rate_limit_error: 'rate-limited',
  api_error: 'api-error',
  timeout_error: 'api-error',
  overloaded_error: 'overloaded',
}

/** Exceptions of Bedrock's runtime, by their names without `Exception` (its API reference, `InvokeModelWithResponseStream`). */
const codeOfBedrockException: Readonly<Record<string, TurnstateErrorCode>> = {
  throttling: 'overloaded',
  serviceUnavailable: 'overloaded',
  modelNotReady: 'overloaded',
  serviceQuotaExceeded: 'rate-limited',
  internalServer: 'api-error',
  internalFailure: 'api-error',
  modelError: 'api-error',
  modelStreamError: 'api-error',
  modelTimeout: 'api-error',
  validation: 'request-invalid',
  resourceNotFound: 'not-found',
  accessDenied: 'permission-denied',
  unrecognizedClient: 'authentication-failed',
  expiredToken: 'authentication-failed',
  invalidSignature: 'authentication-failed',
}

const codeOfStatus: Readonly<Record<number, TurnstateErrorCode>> = {
  400: 'request-invalid',
  401: 'authentication-failed',
  402: 'billing-failed',
  403: 'permission-denied',
  404: 'not-found',
  408: 'api-error',
  409: 'api-error',
  413: 'request-too-large',
  422: 'request-invalid',
  // Bedrock: an error of the model, or of its input; the original status in the error shows which.
  424: 'api-error',
  429: 'rate-limited',
  529: 'overloaded',
}

/** Wording of errors with neither a type nor a status. Gateways send such events in the middle of a stream. */
const kinds: readonly (readonly [words: RegExp, code: TurnstateErrorCode])[] = [
  [/overload|at capacity/i, 'overloaded'],
  [/rate.?limit|too many (?:requests|tokens)|throttl/i, 'rate-limited'],
  [/unauthori[sz]ed|authentication|invalid (?:x-)?api.?key/i, 'authentication-failed'],
  [/invalid.?request|malformed (?:input )?request|validation/i, 'request-invalid'],
]

/** Replaces a general code by a specific one that the API has no type for, by the wording of the message. The first match counts. */
interface Narrowing {
  readonly from: readonly TurnstateErrorCode[]
  readonly to: TurnstateErrorCode
  readonly words: readonly RegExp[]
}

/** Gateways pass a rejection on as an error of their own (500), so that only its wording identifies it. */
const rejected = ['request-invalid', 'api-error'] as const satisfies readonly TurnstateErrorCode[]

const account = [
  'request-invalid',
  'permission-denied',
  'authentication-failed',
  'rate-limited',
  'billing-failed',
] as const satisfies readonly TurnstateErrorCode[]

const narrowings: readonly Narrowing[] = [
  {
    from: rejected,
    to: 'prompt-too-long',
    words: [
      // API: "prompt is too long: 210000 tokens > 200000 maximum"
      /prompt is too long/i,
      // API, older models: "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, …"
      /input length and `?max_tokens`? exceed context limit/i,
      // Bedrock: "Input is too long for requested model."
      /input is too long(?: for (?:the )?requested model)?/i,
      // Vertex and gateways
      /(?:exceeds?|over|beyond) (?:the )?(?:model'?s? )?(?:maximum )?context (?:window|length|limit)/i,
    ],
  },
  {
    from: rejected,
    to: 'request-too-large',
    // API: "Request exceeds the maximum size"; edges in front of it
    words: [/request exceeds the maximum size/i, /request(?: entity| body)? (?:is )?too large/i],
  },
  {
    from: rejected,
    to: 'compaction-invalid',
    // API: "Invalid `signature` in `compaction` block", and errors about the position of such a block
    words: [
      /`?signature`? in `?compaction`? block/i,
      /`?compaction`? block.{0,80}(?:must be the first|first block|ambiguous|misplaced|does not match|was modified)/i,
    ],
  },
  {
    from: rejected,
    to: 'thinking-invalid',
    words: [
      // API: "Invalid `signature` in `thinking` block", with or without what it is bound to
      /invalid `?(?:signature|data|encrypted_content)`? in `?(?:redacted_)?thinking`? block/i,
      // API: "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must remain …"
      /`?(?:redacted_)?thinking`? blocks?\b.{0,200}\b(?:cannot|can't|can not|must not|may not) be (?:modified|changed|reordered)/i,
      /`?(?:redacted_)?thinking`? blocks?\b.{0,300}\bmust remain as they were/i,
      // API: "Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, …"
      /expected `?(?:redacted_)?thinking`?.{0,60}\bbut found\b/i,
      // API: "The final block in an assistant message cannot be `thinking`."
      /final block in an assistant message cannot be `?(?:redacted_)?thinking`?/i,
      // API, Bedrock: "messages.1.content.0.thinking.signature: Field required", "… .signature: Invalid signature"
      /\.(?:redacted_)?thinking\.(?:signature|data|thinking)\b/i,
      // Vertex, Bedrock: "thinking block signature verification failed", "could not decrypt redacted thinking"
      /\bthinking\b.{0,80}\bsignature\b.{0,80}\b(?:invalid|expired|mismatch|fail(?:ed|s)?|not valid|missing|required)\b/i,
      /\b(?:invalid|expired|missing|corrupted?)\b.{0,40}\bsignature\b.{0,80}\bthinking\b/i,
      /\b(?:decrypt|decode|verify)\b.{0,80}\b(?:redacted_)?thinking\b/i,
      /\b(?:redacted_)?thinking`? (?:blocks?|content)\b.{0,200}\b(?:modif|alter|tamper|verif|decrypt)\w*/i,
      /\bredacted_thinking\b.{0,120}\b(?:invalid|decrypt|could not|failed)\b/i,
    ],
  },
  {
    from: account,
    to: 'spend-limit-reached',
    words: [
      // API, 400: "You have reached your specified API usage limits. You will regain access on …"
      /(?:specified )?api usage limits?/i,
      // API, 429 and 400: "This organization has reached its monthly spend limit"
      /spend(?:ing)? (?:limit|cap)\b/i,
      /(?:workspace|organi[sz]ation|account)\b.{0,60}\busage limits?\b/i,
      /monthly (?:usage |spend(?:ing)? )?(?:limit|quota|budget)/i,
    ],
  },
  {
    from: account,
    to: 'billing-failed',
    // API, 400: "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing …"
    words: [
      /credit balance is too low/i,
      /credit_balance_too_low/i,
      /credits?(?:_| (?:is |are )?)required/i,
      /purchase (?:more )?credits/i,
    ],
  },
  {
    from: account,
    to: 'organization-on-hold',
    // API, 400: "This organization has been disabled."; SDK 1.14: `organization_on_hold`
    words: [/organi[sz]ation\b.{0,40}\b(?:on hold|disabled|suspended)\b/i, /organization_on_hold/i],
  },
  {
    from: ['not-found'],
    to: 'not-found',
    // Checked before the model: a message about a missing file, container or skill may also name the model.
    words: [
      /\b(?:file|container|skill|image|document)s?\b.{0,120}\b(?:not found|not exist|not available|unavailable|expired|deleted|no longer)\b/i,
      /\bfile_[A-Za-z0-9]{6,}/,
    ],
  },
  {
    from: ['not-found'],
    to: 'model-not-found',
    words: [
      // API: "model: claude-of-yesterday"
      /^model:/i,
      // Gateways, Vertex: "Publisher Model `…` was not found", "The model `…` does not exist"
      /\bmodel\b.{0,200}\b(?:not found|not exist|not available|unknown)\b/i,
    ],
  },
  {
    from: ['request-invalid'],
    to: 'model-not-found',
    // Bedrock: "The provided model identifier is invalid."
    words: [/model identifier is invalid/i],
  },
]

/** The code of a failure. An unrecognised one is `api-error`, which is retried. */
export function codeOf(signs: FailureSigns): TurnstateErrorCode {
  const { originalStatus, errorCode, message } = signs
  const status = originalStatus ?? signs.status
  const type = originalStatus === undefined ? signs.type : undefined
  const code =
    entry(codeOfSubCode, errorCode) ??
    entry(codeOfApiType, type) ??
    entry(codeOfBedrockException, exceptionIn(type) ?? exceptionBefore(message)) ??
    (status === undefined ? undefined : codeOfStatus[status]) ??
    (status !== undefined && status >= 400 && status < 500 ? 'request-invalid' : undefined) ??
    (status === undefined && type === undefined ? kinds.find(([words]) => words.test(message))?.[1] : undefined) ??
    'api-error'
  return narrowed(code, beginning(message))
}

const narrowed = (code: TurnstateErrorCode, said: string): TurnstateErrorCode =>
  narrowings.find(({ from, words }) => from.includes(code) && words.some((each) => each.test(said)))?.to ?? code

const entry = <Value>(table: Readonly<Record<string, Value>>, key: string | undefined): Value | undefined =>
  key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined

/** The name of an AWS exception in a type: `ThrottlingException`, `throttling`, `com.amazonaws.bedrock#ThrottlingException:http://…`. */
const exceptionIn = (type: string | undefined): string | undefined =>
  lowerFirst(/^(?:[\w.]{1,80}#)?([A-Za-z]{3,40}?)(?:Exception)?(?::|$)/.exec(type ?? '')?.[1])

/** The name of an AWS exception at the start of a message: "ThrottlingException: Slow down". */
const exceptionBefore = (message: string): string | undefined =>
  lowerFirst(/^([A-Za-z]{3,40}?)Exception\b/.exec(message)?.[1])

const lowerFirst = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : `${name.charAt(0).toLowerCase()}${name.slice(1)}`
