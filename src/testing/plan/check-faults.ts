import {
  all,
  anything,
  type Check,
  filledText,
  flag,
  list,
  milliseconds,
  nullable,
  oneOf,
  plainObject,
  shape,
  text,
  wholeNumber,
} from './check-fields.ts'
import { isObject } from '../api/json.ts'
import type { ScriptFaults } from '../script/script-faults.ts'

const count = wholeNumber(0)
const atLeastOne = wholeNumber(1, 2 ** 31 - 1)

const onePlace: Check = (value, place) =>
  isObject(value) && value['at'] !== undefined && value['afterDeltas'] !== undefined
    ? `${place} must have at or afterDeltas, not both`
    : undefined

const oneForm: Check = (value, place) =>
  isObject(value) && (value['data'] === undefined) === (value['text'] === undefined)
    ? `${place} must have either data or text`
    : undefined

const extraEvent = all(
  shape(
    { event: nullable(filledText) },
    { afterDeltas: count, at: oneOf('beforeStop', 'afterStop'), data: anything, text },
  ),
  onePlace,
  oneForm,
)

export const faults: Check = shape(
  {},
  {
    headersDelay: milliseconds,
    delay: milliseconds,
    stallBeforeHeaders: flag,
    resetBeforeHeaders: flag,
    stallAfterDeltas: count,
    dropAtByte: count,
    resetAtByte: count,
    truncateAfterDeltas: count,
    truncateBeforeStop: flag,
    midStreamError: shape({}, { afterDeltas: count, type: nullable(filledText), message: text, details: plainObject }),
    malformedAfterDeltas: count,
    splitEveryByte: flag,
    chunkBytes: wholeNumber(1),
    lineEnding: oneOf('\n', '\r', '\r\n'),
    comments: flag,
    unknownEvents: flag,
    extraEvents: list(extraEvent),
    startAgain: shape({}, { afterDeltas: count, id: filledText }),
    pingAfterStop: atLeastOne,
    pingEvery: count,
    answerAsJson: flag,
  },
)

/** Every count of deltas in the faults, with the field that holds it. */
const deltaCounts = (given: ScriptFaults): readonly (readonly [string, number | undefined])[] => [
  ['stallAfterDeltas', given.stallAfterDeltas],
  ['truncateAfterDeltas', given.truncateAfterDeltas],
  ['malformedAfterDeltas', given.malformedAfterDeltas],
  ['startAgain.afterDeltas', given.startAgain?.afterDeltas],
  ['midStreamError.afterDeltas', given.midStreamError?.afterDeltas],
  ...(given.extraEvents ?? []).map((extra, index) => [`extraEvents[${index}].afterDeltas`, extra.afterDeltas] as const),
]

/** A fault that counts more deltas than there are would never strike, and its test would prove nothing. */
export const faultOutOfReach = (given: ScriptFaults, sent: number, place: string): string | undefined => {
  const beyond = deltaCounts(given).find(([, counted]) => (counted ?? 0) > sent)
  return beyond && `${place}.${beyond[0]} must be at most ${sent}, the number of deltas sent, not ${beyond[1]}`
}
