// Everything that is said in a random conversation carries a word of its own, so that it is found wherever it goes.

/** Makes unique words: `w1.`, `w2.` … The dot keeps `w1.` from being found in `w12.`. */
export function createWords(): () => string {
  let count = 0
  return () => `w${++count}.`
}

/** The words in anything that JSON can hold. */
export const wordsIn = (value: unknown): readonly string[] => [
  ...new Set((typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).match(/w\d+\./g)),
]
