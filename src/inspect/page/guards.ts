// Guards in words.
import { guardSentences } from '../../../machines/conversation/guard-sentences.ts'
import { toolGuardSentences } from '../../../machines/tool-calls/guard-sentences.ts'

const sentences: ReadonlyMap<string, string> = new Map(Object.entries({ ...toolGuardSentences, ...guardSentences }))

/** What a guard holds for, as the end of a sentence; `null` for one of an app's own, or of another release. */
const guardSentence = (guard: string): string | null => sentences.get(guard) ?? null

/** The guards of a record, each in words as far as there are some: `everything is stored`. */
export const guardsInWords = (guards: string): string =>
  guards
    .split(', ')
    .map((guard) => guardSentence(guard) ?? guard)
    .join(', and ')
