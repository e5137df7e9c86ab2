/** One who can look. */
export interface Viewer {
  /** @throws when it can't be reached any more */
  post(message: unknown): void
}
