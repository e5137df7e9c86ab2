/**
 * Reports what a promise rejects with. For results of functions that the app passed in: an unhandled rejection would end the
 * process. Does nothing for a result that is not an object.
 *
 * @param onRejected Called once, with the reason.
 */
export function reportRejection(result: unknown, onRejected: (cause: unknown) => void): void {
  // Promise.resolve() also accepts promises of other realms and libraries. A `then` getter that throws becomes a rejection.
  if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(onRejected)
}
