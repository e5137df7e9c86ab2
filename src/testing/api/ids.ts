/** Ids that look like the API's. They come from counters, so that two runs of a program get the same ids. */
export interface Ids {
  readonly message: () => string
  readonly request: () => string
  readonly toolUse: () => string
  readonly serverToolUse: () => string
  readonly container: () => string
}

const counter = (prefix: string): (() => string) => {
  let count = 0
  return () => {
    count += 1
    return `${prefix}_01Simulated${String(count).padStart(12, '0')}`
  }
}

export const createIds = (): Ids => ({
  message: counter('msg'),
  request: counter('req'),
  toolUse: counter('toolu'),
  serverToolUse: counter('srvtoolu'),
  container: counter('container'),
})
