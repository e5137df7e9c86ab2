/**
 * Waits for what a function of the app's returned, where that is a promise. Whatever it rejects with goes to `failed`: a
 * rejection that nobody handles ends the process.
 */
export function watchResult(result: unknown, failed: (cause: unknown) => void): void {
  // A promise of another realm, or of a library, is one too; reading it may throw, which the promise turns into a rejection.
  if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(failed)
}
