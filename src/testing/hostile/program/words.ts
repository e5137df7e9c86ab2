/** What a word marks. */
export type HostileWord = 'in' | 'out' | 'arg' | 'res' | 'imagined' | 'refused'

/**
 * The word that marks one thing of one message: `in-3-` its input, `out-3-` its last reply, `arg-3-` what its tools were
 * given, `res-3-` what they gave, `imagined-3-` the name of a tool that there is not, `refused-3-` a refused reply.
 * It ends in a dash so that `in-1-` is not found in `in-12-`, and holds one because base64 does not.
 */
export const wordOf = (kind: HostileWord, message: number): string => `${kind}-${message}-`

/** The numbers of the messages whose words of a kind stand in a text, each once. */
export const wordsIn = (kind: HostileWord, text: string): readonly number[] => [
  ...new Set(Array.from(text.matchAll(new RegExp(`\\b${kind}-(\\d+)-`, 'g')), ([, number]) => Number(number))),
]

/** Whether a text names the tool `note`: what is left of a call where its turn is not sent. */
export const namesTool = (text: string): boolean => /\bnote\b/.test(text)
