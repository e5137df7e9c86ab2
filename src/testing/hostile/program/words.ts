/** What a word marks. */
export type HostileWord = 'in' | 'out' | 'arg' | 'res' | 'imagined' | 'refused'

/**
 * The word that marks a part of a message: `in-3-` its input, `out-3-` its last reply, `arg-3-` the input of its tools,
 * `res-3-` their results, `imagined-3-` the name of a tool that does not exist, `refused-3-` a refused reply. It ends with
 * a dash so that `in-1-` is not found in `in-12-`, and contains one because base64 does not.
 */
export const wordOf = (kind: HostileWord, message: number): string => `${kind}-${message}-`

/** The numbers of the messages whose words of a kind are in a text, without repetition. */
export const wordsIn = (kind: HostileWord, text: string): readonly number[] => [
  ...new Set(Array.from(text.matchAll(new RegExp(`\\b${kind}-(\\d+)-`, 'g')), ([, number]) => Number(number))),
]

/** Whether a text names the tool `note`, as the note does that replaces a turn with a call. */
export const namesTool = (text: string): boolean => /\bnote\b/.test(text)
