// The faults that a script may ask for, as a schema. The types, with what each fault does, are in script-faults.ts.
import * as v from 'valibot'
import {
  anything,
  filledText,
  flag,
  jsonObject,
  list,
  longestTimer,
  milliseconds,
  oneOf,
  rule,
  shape,
  text,
  wholeNumber,
} from './schema.ts'

const count = v.optional(wholeNumber(0))
const switchedOn = v.optional(flag)
const wait = v.optional(milliseconds)

const extraEvent = v.pipe(
  shape({
    event: v.nullable(filledText),
    afterDeltas: count,
    at: v.optional(oneOf('beforeStop', 'afterStop')),
    data: v.optional(anything),
    text: v.optional(text),
  }),
  rule(({ at, afterDeltas }) =>
    at !== undefined && afterDeltas !== undefined ? [undefined, 'must have at or afterDeltas, not both'] : undefined,
  ),
  rule((event) =>
    (event.data === undefined) === (event.text === undefined)
      ? [undefined, 'must have either data or text']
      : undefined,
  ),
)

/** The faults of one answer. */
export const faults = shape({
  headersDelay: wait,
  delay: wait,
  stallBeforeHeaders: switchedOn,
  resetBeforeHeaders: switchedOn,
  stallAfterDeltas: count,
  dropAtByte: count,
  resetAtByte: count,
  truncateAfterDeltas: count,
  truncateBeforeStop: switchedOn,
  midStreamError: v.optional(
    shape({
      afterDeltas: count,
      type: v.optional(v.nullable(filledText)),
      message: v.optional(text),
      details: v.optional(jsonObject),
    }),
  ),
  malformedAfterDeltas: count,
  splitEveryByte: switchedOn,
  chunkBytes: v.optional(wholeNumber(1)),
  lineEnding: v.optional(oneOf('\n', '\r', '\r\n')),
  comments: switchedOn,
  unknownEvents: switchedOn,
  extraEvents: v.optional(list(extraEvent)),
  startAgain: v.optional(shape({ afterDeltas: count, id: v.optional(filledText) })),
  pingAfterStop: v.optional(wholeNumber(1, longestTimer)),
  pingEvery: count,
  answerAsJson: switchedOn,
})
