/** Ids that look like the API's and come from counters, so that two runs of the same program give the same bytes. */
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
