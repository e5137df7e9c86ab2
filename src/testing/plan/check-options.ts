import * as v from 'valibot'
import { TurnstateError } from '../../errors.ts'
import {
  aFunction,
  anything,
  either,
  filledText,
  flag,
  list,
  milliseconds,
  oneOf,
  problemOf,
  shape,
  text,
  wholeNumber,
} from '../script/schema.ts'
import { checkScript } from './check-script.ts'
import type { SimulatorOptions } from './simulator-options.ts'

const names = v.optional(list(filledText))
const switchedOn = v.optional(flag)

const refusal = shape({
  models: names,
  afterDeltas: v.optional(wholeNumber(0)),
  category: v.optional(v.nullable(text)),
  explanation: v.optional(v.nullable(text)),
  openBlock: switchedOn,
  credit: switchedOn,
  hasPrefillClaim: switchedOn,
  continuationOnly: switchedOn,
})

/** The options as a schema. The type, with what each of them means, is in simulator-options.ts. */
export const simulatorOptions = shape({
  port: v.optional(wholeNumber(0, 65_535)),
  // Its steps are checked once the other options are known to be right, and have an error code of their own.
  script: v.optional(either(list(anything), aFunction(), 'an array of steps or a function')),
  onExhausted: v.optional(oneOf('answer', 'fail')),
  refusal: v.optional(refusal),
  models: names,
  apiKeys: names,
  cors: switchedOn,
  pingEvery: v.optional(wholeNumber(0)),
  deltaDelay: v.optional(milliseconds),
  contextWindow: v.optional(wholeNumber(1)),
  now: v.optional(aFunction<() => number>()),
})

/** Throws `invalid-option` or `script-invalid` before anything listens. */
export const checkOptions = (given: SimulatorOptions): void => {
  const problem = problemOf(simulatorOptions, given, 'options')
  if (problem !== undefined) throw new TurnstateError('invalid-option', problem)
  if (given.script !== undefined) checkScript(given.script)
}
