// What happened, in words for the person who writes. Pure.
import type { RefusalReport, Rejection } from '../../index.ts'
import { isRecord } from '../../objects.ts'
import { counted } from '../transcript/texts.ts'

/** What a failure means for the person who writes. */
export interface Trouble {
  readonly title: string
  readonly words: string
  /** What helps: asking again, a shorter conversation, whoever runs this (and then asking again), or nothing that can be done here. */
  readonly helps: 'again' | 'shorter' | 'operator' | 'nothing'
}

/** What left the context after a refusal, and what stays. */
export function afterRefusal({ policy, nothingLeft, model }: RefusalReport, isWaiting: boolean) {
  const stays = nothingLeft ? 'There was nothing before it.' : 'Everything before it stays.'
  if (isWaiting)
    return { left: 'Your message. The model won’t see it again.', stays: `${stays} You choose whether more leaves.` }
  if (policy === 'clear')
    return { left: 'Everything that was said so far.', stays: 'Nothing. The model starts afresh.' }
  if (isRecord(policy)) {
    if ('rewind' in policy) {
      const turns = policy['rewind']
      return turns === 'all'
        ? { left: 'Your message, and all before it.', stays: 'Nothing. The model starts afresh.' }
        : {
            left: `Your message, and ${counted(turns, 'exchange')} before it.`,
            stays: nothingLeft ? 'Nothing came before.' : 'What was said earlier.',
          }
    }
    if ('rephrase' in policy) return { left: 'Your message. Other words were asked in its place.', stays }
    if ('fallback' in policy)
      return { left: `Your message to ${model ?? 'the model'}. ${policy.fallback} goes on.`, stays }
  }
  return { left: 'Your message. The model won’t see it again.', stays }
}

/** What was new in a request, as people would name it. */
export const suspectWords = (suspect: RefusalReport['suspects'][number]): string => {
  switch (suspect.kind) {
    case 'user-text':
      return 'the words of your message'
    case 'file':
      return suspect.title === undefined ? `a file (${suspect.type})` : `the file “${suspect.title}”`
    case 'system-message':
      return 'an instruction of the app'
    case 'tool-result':
      return `the result of the tool “${suspect.name}”`
    case 'system-prompt':
      return 'how the assistant is set up'
    case 'tools':
      return 'the tools'
    case 'reply':
      return 'the reply before'
    case 'container':
      return 'files of an earlier program'
    case 'thinking':
      return 'earlier thoughts of the model'
    case 'field':
      return `the setting “${suspect.field}”`
    case 'model':
      return `the model ${suspect.model}`
  }
}

/** What a rejection says, for people. */
export const rejectionWords = ({ code, pointer, suspects }: Rejection): string =>
  isOverflow(code)
    ? 'What was to be sent is more than the model reads at once.'
    : pointer === null && suspects.length === 0
      ? 'The service can’t accept what was to be sent, and does not say why. It would say so again.'
      : 'The service can’t accept something that was to be sent. It would say so again.'

const overflow = ['prompt-too-long', 'context-window-exceeded', 'request-too-large']

/** Whether there is no room for what was said. */
export const isOverflow = (code: string): boolean => overflow.includes(code)

const busy = ['overloaded', 'rate-limited', 'server-overloaded', 'limit-exceeded']
const unreachable = [
  'connection-failed',
  'connection-lost',
  'stream-truncated',
  'stream-stalled',
  'stream-malformed',
  'api-error',
]

/** Whether a failure is of the service, and passes by itself. */
export const isOutage = (code: string): boolean => busy.includes(code) || unreachable.includes(code)

/** What failures say, for people, by their codes. */
const troubles: readonly (readonly [codes: readonly string[], trouble: Trouble])[] = [
  [
    overflow,
    {
      title: 'The conversation is too long',
      words: 'What was said no longer fits into what the model reads at once. A summary makes room.',
      helps: 'shorter',
    },
  ],
  [
    ['budget-exceeded'],
    {
      title: 'The budget is spent',
      words: 'Nothing was sent. Whoever runs this can raise the limit.',
      helps: 'nothing',
    },
  ],
  [
    busy,
    {
      title: 'The service is busy',
      words: 'It took no more requests. Nothing of the conversation is lost.',
      helps: 'again',
    },
  ],
  [
    unreachable,
    {
      title: 'The service can’t be reached',
      words: 'The reply did not arrive. Nothing of the conversation is lost.',
      helps: 'again',
    },
  ],
  [
    ['interrupted'],
    {
      title: 'The reply was interrupted',
      words: 'The server was started again in the middle of it. Nothing that arrived before is lost.',
      helps: 'again',
    },
  ],
  [
    [
      'authentication-failed',
      'permission-denied',
      'billing-failed',
      'organization-on-hold',
      'spend-limit-reached',
      'not-found',
    ],
    {
      title: 'The service turned this account away',
      words: 'It is not because of what you wrote. Whoever runs this has to look at the account.',
      helps: 'operator',
    },
  ],
  [
    ['model-not-found'],
    {
      title: 'This model can’t be asked',
      words: 'The service does not have it, or not for this account. Another one may answer.',
      helps: 'operator',
    },
  ],
  [
    ['max-steps-reached', 'tools-failed'],
    {
      title: 'The model did not come to an end',
      words: 'It called tools again and again, and was stopped. What they did is part of the conversation.',
      helps: 'again',
    },
  ],
  [
    ['compaction-failed', 'compaction-invalid'],
    {
      title: 'No summary could be made',
      words: 'The conversation is as it was.',
      helps: 'shorter',
    },
  ],
]

/** What a failure says, for people. */
export const troubleOf = (code: string, message: string): Trouble =>
  troubles.find(([codes]) => codes.includes(code))?.[1] ?? { title: 'No reply', words: message, helps: 'again' }
