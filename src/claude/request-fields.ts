import type Anthropic from '@anthropic-ai/sdk'
import { TurnstateError } from '../errors.ts'

/**
 * Fields of a request that the conversation makes itself. A server-side `thread` or `container` would carry refused
 * content; `fallbacks` and credit tokens are refusal policies.
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
 * as the header `anthropic-beta`, in the place of one among the client's default headers.
 */
export type RequestFields = Partial<Omit<Anthropic.Beta.MessageCreateParams, Reserved>> & {
  /** Skills for the container that code runs in. Its id is the conversation's own. */
  readonly container?: Pick<Anthropic.Beta.BetaContainerParams, 'skills'>
}

/** Fields in place of the conversation's own, or beside them; `null` leaves one out. Tools are the conversation's. */
export type ModelFields = {
  readonly [Name in Exclude<keyof RequestFields, 'tools'>]?: RequestFields[Name] | null
}

/** @throws TurnstateError `reserved-field` */
export function checkRequestFields(fields: object): void {
  const reserved = reservedFields.find(
    (field) => field in fields && !(field === 'container' && namesSkillsOnly(fields)),
  )
  if (reserved !== undefined)
    throw new TurnstateError('reserved-field', `request.${reserved} is the conversation's own: ${adviceFor(reserved)}`)
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
      return 'it always streams.'
    case 'thread':
      return 'state kept on the server would carry refused content past a reset.'
    case 'container':
      return 'state kept on the server would carry refused content past a reset. Only { skills } may be asked for.'
    case 'compaction':
      return 'compact() and the option "onOverflow" ask for it.'
    case 'fallbacks':
    case 'fallback_credit_token':
      return 'what follows a refusal is said by the options "onRefusal" and "serverFallbacks".'
  }
}
