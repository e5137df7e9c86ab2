// What each guard of the charts of tools holds for, in words: the end of a sentence that begins with "because".

/** The sentences of the guards of tool-calls.setup.ts and tool-call.setup.ts. */
export const toolGuardSentences = {
  isOpen: 'the call has no result yet',
  hasNews: 'there is something to tell the conversation',
  canStart: 'there is room for another call at the same time',
  isRepeated: 'a call with the same id came before',
  cameAs: 'that is what was known of the call when it came',
} as const
