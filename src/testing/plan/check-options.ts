import { TurnstateError } from '../../errors.ts'
import {
  anything,
  type Check,
  either,
  filledText,
  flag,
  list,
  milliseconds,
  nullable,
  oneOf,
  shape,
  text,
  wholeNumber,
} from './check-fields.ts'
import { checkScript } from './check-script.ts'
import type { SimulatorOptions } from './simulator-options.ts'

const functionOrList = either(
  list(anything),
  (value) => (typeof value === 'function' ? undefined : 'no'),
  'an array of steps or a function',
)

const aFunction: Check = (value, place) => (typeof value === 'function' ? undefined : `${place} must be a function`)

const options = shape(
  {},
  {
    port: wholeNumber(0, 65_535),
    script: functionOrList,
    onExhausted: oneOf('answer', 'fail'),
    refusal: shape(
      {},
      {
        models: list(filledText),
        afterDeltas: wholeNumber(0),
        category: nullable(text),
        explanation: nullable(text),
        openBlock: flag,
        credit: flag,
        hasPrefillClaim: flag,
        continuationOnly: flag,
      },
    ),
    models: list(filledText),
    apiKeys: list(filledText),
    cors: flag,
    pingEvery: wholeNumber(0),
    deltaDelay: milliseconds,
    contextWindow: wholeNumber(1),
    now: aFunction,
  },
)

/** Throws `invalid-option` or `script-invalid` before anything listens. */
export const checkOptions = (given: SimulatorOptions): void => {
  const problem = options(given, 'options')
  if (problem !== undefined) throw new TurnstateError('invalid-option', problem)
  if (given.script !== undefined) checkScript(given.script)
}
