import type Anthropic from '@anthropic-ai/sdk'
import { TurnstateError } from '../errors.ts'

/**
 * Fields that the conversation sets itself. A server-side `thread` or `container` would carry refused content; `fallbacks` and
 * credit tokens belong to the refusal policies.
 */
const reservedFields = [
  'messages',
  'model',
  'stream',
  'max_tokens',
  'thread',
  'container',
  'fallbacks',
  'fallback_credit_token',
  'compaction',
] as const

type Reserved = (typeof reservedFields)[number]

/**
 * Any other field of a request, as the SDK types it: `system`, `thinking`, `output_config`, `metadata` … `betas` goes out
 * as the header `anthropic-beta` and replaces one among the client's default headers.
 */
export type RequestFields = Partial<Omit<Anthropic.Beta.MessageCreateParams, Reserved>> & {
  /** Skills for the container that code runs in. The conversation sets its id. */
  readonly container?: Pick<Anthropic.Beta.BetaContainerParams, 'skills'>
}

/** Request fields for one model: they replace or extend the conversation's; `null` leaves one out. Tools can't be replaced. */
export type ModelFields = {
  readonly [Name in Exclude<keyof RequestFields, 'tools'>]?: RequestFields[Name] | null
}

/** @throws TurnstateError `reserved-field` */
export function checkRequestFields(fields: object): void {
  const reserved = reservedFields.find(
    (field) => field in fields && !(field === 'container' && namesSkillsOnly(fields)),
  )
  if (reserved !== undefined)
    throw new TurnstateError(
      'reserved-field',
      `The conversation sets request.${reserved} itself: ${adviceFor(reserved)}`,
    )
}

const namesSkillsOnly = (fields: object): boolean =>
  'container' in fields &&
  typeof fields.container === 'object' &&
  fields.container !== null &&
  Object.keys(fields.container).every((name) => name === 'skills')

function adviceFor(field: Reserved): string {
  switch (field) {
    case 'messages':
      return 'seed a history with the option "messages", and send with sendMessage().'
    case 'model':
      return 'set it with the option "model", or setModel().'
    case 'max_tokens':
      return 'set it with the option "maxTokens".'
    case 'stream':
      return 'replies are always streamed.'
    case 'thread':
      return 'state kept on the server would carry refused content past a reset.'
    case 'container':
      return 'state kept on the server would carry refused content past a reset. Give only { skills }.'
    case 'compaction':
      return 'use compact() or the option "onOverflow".'
    case 'fallbacks':
    case 'fallback_credit_token':
      return 'use the options "onRefusal" and "serverFallbacks".'
  }
}
