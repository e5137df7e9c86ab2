// What the clients of good will and the besieged server both know.

/** The conversations of these ids change while the server is besieged; all others must not. */
export const goodPrefix = 'good-'

/** What the source of the besieged server refuses, after it has said these words. */
export const refusedInput = 'refuse this'
export const refusedWords = 'words that nobody may keep'
