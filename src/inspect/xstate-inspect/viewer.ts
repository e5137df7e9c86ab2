/** A viewer. */
export interface Viewer {
  /** Sends an encoded message. @throws if the viewer can't be reached any more */
  post(message: unknown): void
}
