import type { ApiFailure } from '../api/api-errors.ts'

/**
 * The API's errors that a script can ask for by name. Types, statuses and codes are the API's, as documented (in the
 * types and comments of `@anthropic-ai/sdk` 1.14) or reported by users. Where only a code is documented, the message is
 * ours: the API warns against matching on messages.
 */
const faults = {
  // Blocked output. Reported many times, both over HTTP and as an `error` event in mid-stream.
  'content-filter': {
    status: 400,
    type: 'invalid_request_error',
    message: 'Output blocked by content filtering policy',
  },

  // Overflow. All are reported; 413 is documented as well.
  'request-too-large': { status: 413, type: 'request_too_large', message: 'Request exceeds the maximum size' },
  'prompt-too-long': {
    status: 400,
    type: 'invalid_request_error',
    message: 'prompt is too long: 212034 tokens > 200000 maximum',
  },
  'context-limit': {
    status: 400,
    type: 'invalid_request_error',
    message:
      'input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length or `max_tokens` and try again',
  },

  // Missing containers. Reports differ in the status; the messages of the first two are ours.
  'container-expired': {
    status: 400,
    type: 'invalid_request_error',
    message: 'container: the container has expired and can no longer be used',
  },
  'container-not-found': { status: 404, type: 'not_found_error', message: 'Container not found' },
  'container-lost': { status: 500, type: 'api_error', message: 'Internal server error' },

  // Missing files. Documented, the first one without a code.
  'file-not-found': { status: 404, type: 'not_found_error', message: 'File not found: file_gone' },
  'file-expired': {
    status: 404,
    type: 'not_found_error',
    message: 'File file_gone has expired',
    details: { error_code: 'file_expired' },
  },

  // Compaction. Documented.
  'compaction-unavailable': {
    status: 529,
    type: 'overloaded_error',
    message: 'Compaction is temporarily unavailable',
    details: { error_code: 'compaction_unavailable' },
  },
  'compaction-signature-invalid': {
    status: 400,
    type: 'invalid_request_error',
    message: 'messages.0.content.0: Invalid `signature` in `compaction` block',
    details: { error_code: 'compaction_signature_invalid' },
  },
  'compaction-block-ambiguous': {
    status: 400,
    type: 'invalid_request_error',
    message: 'messages: more than one `compaction` block with content',
    details: { error_code: 'compaction_block_ambiguous' },
  },
  'compaction-block-misplaced': {
    status: 400,
    type: 'invalid_request_error',
    message: 'messages.2.content.0: the `compaction` block must be the first block of the conversation',
    details: { error_code: 'compaction_block_misplaced' },
  },

  // Accounts. Holds and limits with codes are documented; the messages of the next two are reported.
  'organization-on-hold': {
    status: 400,
    type: 'invalid_request_error',
    message: 'This organization has been disabled.',
    details: { error_code: 'organization_on_hold', appeal_url: null },
  },
  'credit-balance': {
    status: 400,
    type: 'invalid_request_error',
    message:
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  },
  'usage-limit': {
    status: 400,
    type: 'invalid_request_error',
    message: 'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
  },
  // Mentioned by users. No source has its status and message, so both are ours.
  'credits-required': {
    status: 402,
    type: 'billing_error',
    message: 'Credits are required for this request',
    details: { error_code: 'credits_required' },
  },
  'linked-organization-spend-limit': {
    status: 402,
    type: 'billing_error',
    message: 'The linked organization has reached its spend limit',
    details: { error_code: 'linked_organization_spend_limit_reached' },
  },
  'contract-spend-limit': {
    status: 429,
    type: 'rate_limit_error',
    message: 'The organization has reached the spend limit of its contract',
    details: { error_code: 'contract_spend_limit_reached' },
  },
  'tier-spend-limit': {
    status: 429,
    type: 'rate_limit_error',
    message: 'The organization has crossed the monthly usage threshold of its tier',
    details: { error_code: 'enforced_spend_limit_reached' },
  },
  'ramp-limit': {
    status: 429,
    type: 'rate_limit_error',
    message: 'This request would exceed the limit on how fast usage may grow',
    details: { error_code: 'ramp_limit_exceeded' },
  },
} as const satisfies Readonly<Record<string, ApiFailure>>

/** The names of the API's errors that `apiError` and `streamError` know. */
export type ApiFault = keyof typeof faults

const isFault = (name: string): name is ApiFault => Object.hasOwn(faults, name)

/** The names of all errors that `apiError` and `streamError` know. */
export const apiFaults: readonly ApiFault[] = Object.keys(faults).filter(isFault)

export const failureOf = (fault: ApiFault): ApiFailure => faults[fault]
