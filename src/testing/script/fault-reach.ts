// Faults that an answer never reaches. They are errors: a test whose fault never strikes would prove nothing.
import type { ScriptFaults } from './script-faults.ts'

/** Every count of deltas in the faults, with the field that holds it. */
const deltaCounts = (given: ScriptFaults): readonly (readonly [field: string, count: number | undefined])[] => [
  ['stallAfterDeltas', given.stallAfterDeltas],
  ['truncateAfterDeltas', given.truncateAfterDeltas],
  ['malformedAfterDeltas', given.malformedAfterDeltas],
  ['startAgain.afterDeltas', given.startAgain?.afterDeltas],
  ['midStreamError.afterDeltas', given.midStreamError?.afterDeltas],
  ...(given.extraEvents ?? []).map((extra, index) => [`extraEvents[${index}].afterDeltas`, extra.afterDeltas] as const),
]

/** What is wrong with faults that count more deltas than are sent. `place` is what the faults are called. */
export const faultOutOfReach = (given: ScriptFaults, sent: number, place: string): string | undefined => {
  const beyond = deltaCounts(given).find(([, counted]) => (counted ?? 0) > sent)
  return beyond && `${place}.${beyond[0]} must be at most ${sent}, the number of deltas sent, not ${beyond[1]}`
}

const streamFaults = [
  'stallAfterDeltas',
  'truncateAfterDeltas',
  'truncateBeforeStop',
  'malformedAfterDeltas',
  'startAgain',
  'pingAfterStop',
] as const

/** A fault among those given that only a stream can have. */
export const faultOfStreams = (given: ScriptFaults): string | undefined =>
  streamFaults.find((name) => given[name] !== undefined && given[name] !== false)
