import { describe, expect, it } from 'vitest'
import { requestFailure, streamError } from '../../src/claude/api-failures.ts'
import { errorConsequences, isRejection, type TurnstateErrorCode } from '../../src/errors.ts'

const typeOfStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
}

/** An error in the form that the SDK throws. */
const answered = (
  status: number,
  message: string,
  more: { readonly errorCode?: string; readonly type?: string } = {},
) =>
  Object.assign(new Error(`${status} ${message}`), {
    status,
    headers: new Headers(),
    error: {
      type: 'error',
      error: {
        type: more.type ?? typeOfStatus[status],
        message,
        ...(more.errorCode === undefined ? {} : { details: { error_code: more.errorCode } }),
      },
    },
  })

type Said = readonly [status: number, message: string, code: TurnstateErrorCode, pointer?: string]

const said: readonly Said[] = [
  // prompts that are too long, in all wordings
  [400, 'prompt is too long: 210000 tokens > 200000 maximum', 'prompt-too-long'],
  [400, 'input length and `max_tokens` exceed context limit: 199000 + 8000 > 200000, decrease one', 'prompt-too-long'],
  [400, 'input length and max_tokens exceed context limit: 199000 + 8000 > 200000', 'prompt-too-long'],
  [400, 'Input is too long for requested model.', 'prompt-too-long'],
  [400, 'The model returned the following errors: Input is too long for requested model.', 'prompt-too-long'],
  [500, 'upstream said: prompt is too long: 3 tokens > 2 maximum', 'prompt-too-long'],
  [413, 'Request exceeds the maximum size', 'request-too-large'],
  [400, 'Request exceeds the maximum size', 'request-too-large'],
  [400, 'max_tokens: 200000 > 128000, which is the most that the model writes', 'request-invalid', 'max_tokens'],
  // missing resources and unknown models
  [404, 'model: claude-of-yesterday', 'model-not-found'],
  [404, 'Publisher Model `projects/p/models/claude-x` was not found', 'model-not-found'],
  [400, 'The provided model identifier is invalid.', 'model-not-found'],
  [404, 'Container not found: container_1', 'not-found', 'container'],
  [404, 'The container container_1 of this model is not available', 'not-found', 'container'],
  [400, 'container_011abc has expired and can no longer be used', 'request-invalid', 'container'],
  [404, 'File not found: file_011abcdef', 'not-found', 'file_011abcdef'],
  [404, 'The model asked for file_011abcdef, which does not exist', 'not-found', 'file_011abcdef'],
  [404, 'Nothing here', 'not-found'],
  [400, 'messages.1.content.0: `container_upload` is not allowed', 'request-invalid', 'messages.1.content.0'],
  // signatures
  ...[
    'messages.1.content.0: Invalid `signature` in `thinking` block',
    'messages.1.content.0: Invalid `data` in `redacted_thinking` block',
    'messages.1.content.8: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.',
    'messages.1.content.8: thinking blocks must remain as they were in the original response',
    'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled …',
    'messages.1.content.0.thinking.signature: Field required',
    'messages.1.content.1.redacted_thinking.data: Field required',
    'messages.1: The final block in an assistant message cannot be `thinking`.',
    'messages.1.content.0: thinking block signature verification failed',
    'messages.1.content.0: could not decrypt redacted_thinking',
  ].map((words): Said => [400, words, 'thinking-invalid']),
  [400, 'thinking.budget_tokens: Field required', 'request-invalid', 'thinking'],
  [
    400,
    'messages.0.content.0: Invalid `signature` in `compaction` block',
    'compaction-invalid',
    'messages.0.content.0',
  ],
  // money
  [400, 'Your credit balance is too low to access the API. Please go to Plans & Billing.', 'billing-failed'],
  [403, 'Your credit balance is too low', 'billing-failed'],
  [402, 'Pay first', 'billing-failed'],
  [
    400,
    'You have reached your specified API usage limits. You will regain access on 2026-12-01.',
    'spend-limit-reached',
  ],
  [429, 'This organization has reached its monthly spend limit', 'spend-limit-reached'],
  [429, 'This workspace has reached its usage limit', 'spend-limit-reached'],
  [429, "This request would exceed your organization's rate limit of 40,000 input tokens per minute", 'rate-limited'],
  [400, 'This organization has been disabled.', 'organization-on-hold'],
  // errors of a Bedrock model behind a 424
  [424, 'The request failed due to an error while processing the model.', 'api-error'],
]

const told = said.map(([status, message, code, pointer = null]) => [status, message, code, pointer] as const)

describe('the message of an error response', () => {
  it.each(told)('maps %i "%s" to %s', (status, message, code, pointer) => {
    const failure = requestFailure(answered(status, message))
    expect([failure.code, failure.details.status]).toEqual([code, status])
    if (pointer !== null) expect(failure.details.pointer).toBe(pointer)
  })

  it.each(told.filter(([status]) => status < 429 && status !== 424))(
    'maps %i "%s" to %s in the middle of a stream too',
    (status, message, code) => {
      const type = typeOfStatus[status]
      expect(streamError({ type: 'error', error: { type, message } }).code).toBe(code)
    },
  )

  it.each<readonly [number, string, TurnstateErrorCode]>([
    [429, 'contract_spend_limit_reached', 'spend-limit-reached'],
    [429, 'enforced_spend_limit_reached', 'spend-limit-reached'],
    [402, 'linked_organization_spend_limit_reached', 'spend-limit-reached'],
    [402, 'linked_organization_billing_unavailable', 'billing-failed'],
    [400, 'credits_required', 'billing-failed'],
    [400, 'organization_on_hold', 'organization-on-hold'],
    [400, 'compaction_signature_invalid', 'compaction-invalid'],
    [400, 'compaction_block_ambiguous', 'compaction-invalid'],
    [400, 'compaction_block_misplaced', 'compaction-invalid'],
    [529, 'compaction_unavailable', 'overloaded'],
    [404, 'file_expired', 'not-found'],
    [429, 'ramp_limit_exceeded', 'rate-limited'],
    [400, 'constructor', 'request-invalid'],
  ])('ranks below its sub-code: %i %s is %s', (status, errorCode, code) => {
    expect(requestFailure(answered(status, 'It said so', { errorCode })).code).toBe(code)
  })

  it('points to the compaction when it names no place', () => {
    const failure = requestFailure(answered(400, 'It is not the last one', { errorCode: 'compaction_block_ambiguous' }))
    expect(failure.details.pointer).toBe('compaction')
    expect(isRejection({ code: failure.code, message: '' })).toBe(true)
  })

  it.each(['billing-failed', 'spend-limit-reached', 'organization-on-hold'] as const)(
    '%s needs a person: it is neither retried nor treated as an invalid request',
    (code) => {
      expect([errorConsequences[code], isRejection({ code, message: '' })]).toEqual(['stop', false])
    },
  )

  it('is shortened to one line of limited length', () => {
    const { quote } = requestFailure(answered(400, `One\n\n  two ${'x'.repeat(5_000)}`)).details
    expect(quote).toMatch(/^One two x/)
    expect(quote?.length).toBeLessThan(600)
  })

  it.each([
    [
      '<!DOCTYPE html>\n<html><head><title>\n  502 Bad Gateway </title><style>a{b:c}</style></head></html>',
      '502 Bad Gateway',
    ],
    ['<html>\n<body><h1>Web server is down</h1><p>Try later</p></body></html>', 'Web server is down'],
    ['<html><script>var x = 1</script><body>\n<p>Just\na moment</p></body></html>', 'Just a moment'],
  ])('is the title, heading or text of an HTML page', (page, words) => {
    const failure = requestFailure(Object.assign(new Error(`502 ${page}`), { status: 502, headers: new Headers() }))
    expect(failure.code).toBe('api-error')
    expect(failure.details.quote).toContain(words)
    expect(failure.details.quote).not.toMatch(/[<>\n]/)
  })
})

describe('a Bedrock error', () => {
  const exceptions: readonly (readonly [string, TurnstateErrorCode])[] = [
    ['throttling', 'overloaded'],
    ['serviceUnavailable', 'overloaded'],
    ['internalServer', 'api-error'],
    ['modelStreamError', 'api-error'],
    ['modelTimeout', 'api-error'],
    ['validation', 'request-invalid'],
    ['accessDenied', 'permission-denied'],
  ]
  const upper = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Exception`

  it.each(exceptions)('named %s is %s in every form', (name, code) => {
    const exception = `${name}Exception`
    const codes = [
      streamError({ type: 'error', error: { type: exception, message: 'Hm' } }),
      streamError({ [exception]: { message: 'Hm' } }),
      streamError({ error: { __type: `com.amazonaws.bedrock#${upper(name)}:http://internal`, message: 'Hm' } }),
      streamError({ error: { message: `${upper(name)}: Hm` } }),
      requestFailure(Object.assign(new Error('Hm'), { name: upper(name), $metadata: { httpStatusCode: 400 } })),
      requestFailure(
        Object.assign(new Error('Hm'), { status: 400, headers: new Headers({ 'x-amzn-errortype': upper(name) }) }),
      ),
    ].map((failure) => failure.code)
    expect(new Set(codes)).toEqual(new Set([code]))
  })

  it('that forwards a rejection by its model is a rejection and is not retried', () => {
    const thrown = { name: 'ModelErrorException', $metadata: { httpStatusCode: 424 }, originalStatusCode: 400 }
    const failure = requestFailure(Object.assign(new Error('Hm'), thrown))
    expect([failure.code, failure.details.status, failure.retryable]).toEqual(['request-invalid', 424, false])
    expect(streamError({ modelStreamErrorException: { message: 'Hm', originalStatusCode: 400 } }).code).toBe(
      'request-invalid',
    )
  })

  it('is refined by its message like other errors', () => {
    const message = 'Input is too long for requested model.'
    expect(streamError({ type: 'error', error: { type: 'validationException', message } }).code).toBe('prompt-too-long')
  })

  it.each([
    ['in a header', { status: 429, headers: new Headers({ 'x-amzn-requestid': 'aws-1' }) }],
    ['in its metadata', { name: 'ThrottlingException', $metadata: { httpStatusCode: 429, requestId: 'aws-1' } }],
  ])('keeps its request id: %s', (_, thrown) => {
    expect(requestFailure(Object.assign(new Error('Hm'), thrown)).details.requestId).toBe('aws-1')
  })
})

describe('an error that a gateway inserts into the stream', () => {
  it.each<readonly [string, unknown, TurnstateErrorCode, string]>([
    ['a status in its code', { error: { message: 'Provider busy', code: 529 } }, 'overloaded', 'Provider busy'],
    ['a status as text', { error: { message: 'Slow down', code: '429' } }, 'rate-limited', 'Slow down'],
    ['a message alone', { error: { message: 'Provider overloaded' } }, 'overloaded', 'Provider overloaded'],
    ['a string alone', { error: 'Too many requests' }, 'rate-limited', 'Too many requests'],
    ['a type as its code', { error: { message: 'Hm', code: 'rate_limit_error' } }, 'rate-limited', 'Hm'],
    [
      'a message next to the error',
      { type: 'error', message: 'Prompt is too long' },
      'prompt-too-long',
      'Prompt is too long',
    ],
    ['no further information', { error: { message: 'Bad day' } }, 'api-error', 'Bad day'],
  ])('keeps its message and is classified by %s', (_, event, code, words) => {
    const failure = streamError(event)
    expect(failure.details.quote).toContain(words)
    expect(failure.code).toBe(code)
  })
})
