import { TurnstateError } from '../../errors.ts'
import { faults } from './check-faults.ts'
import { either, filledText, flag, oneOf, plainObject, shape, text, wholeNumber } from './check-fields.ts'
import { headers, problemOfReply } from './check-reply.ts'
import { isObject } from '../api/json.ts'
import type { Script, ScriptStep } from '../script/script.ts'

const httpError = shape(
  { status: wholeNumber(400, 599) },
  {
    type: filledText,
    message: text,
    details: plainObject,
    retryAfter: either(wholeNumber(Number.MIN_SAFE_INTEGER), filledText, 'whole seconds or an HTTP date'),
    shouldRetry: flag,
    headers,
    body: text,
  },
)

const defaultStep = shape({ default: oneOf(true) }, { faults, headers })
const errorStep = shape({ httpError }, { faults })

/** What is wrong with a step, in a sentence that names the field and what is right. */
export const problemOfStep = (step: ScriptStep, place: string): string | undefined => {
  const given: unknown = step
  if (!isObject(given)) return plainObject(given, place)
  const kinds = ['content', 'httpError', 'default'].filter((name) => given[name] !== undefined)
  if (kinds.length !== 1)
    return `${place} must have exactly one of content, httpError and default; it has ${kinds.join(' and ') || 'none'}`
  if (given['httpError'] !== undefined) return errorStep(step, place)
  if (given['default'] !== undefined) return defaultStep(step, place)
  return 'content' in step ? problemOfReply(step, place) : undefined
}

/** Throws `script-invalid` for the first thing wrong in a list of steps. A function is checked step by step, in use. */
export const checkScript = (script: Script): void => {
  if (typeof script === 'function') return
  for (const [index, step] of script.entries()) {
    const problem = problemOfStep(step, `script[${index}]`)
    if (problem !== undefined) throw new TurnstateError('script-invalid', problem)
  }
}
