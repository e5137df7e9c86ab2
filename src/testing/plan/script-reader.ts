import { messageOf, TurnstateError, type TurnstateErrorCode } from '../../errors.ts'
import { problemOfStep } from './check-script.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { Script, ScriptStep } from '../script/script.ts'

type NextStep =
  | { readonly kind: 'step'; readonly step: ScriptStep; readonly index: number | undefined }
  | { readonly kind: 'default' }
  | { readonly kind: 'problem'; readonly message: string }

/** Reads the script step by step, and keeps the first thing that went wrong with it. */
export interface ScriptReader {
  readonly next: (request: RecordedRequest) => NextStep
  /** Records a mistake, which `problem` returns later. */
  readonly report: (code: TurnstateErrorCode, message: string) => void
  /** The first mistake; with `leftovers`, unused steps are one. */
  readonly problem: (leftovers: boolean) => TurnstateError | undefined
  /** Forgets the reported mistake. */
  readonly clear: () => void
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

export const createScriptReader = (script: Script | undefined, onExhausted: 'answer' | 'fail'): ScriptReader => {
  let used = 0
  /** Only the first mistake is kept: there may be thousands, and later ones mostly follow from it. */
  let first: TurnstateError | undefined
  const report = (code: TurnstateErrorCode, message: string): void => {
    first ??= new TurnstateError(code, message)
  }
  const fail = (code: TurnstateErrorCode, message: string): NextStep => {
    report(code, message)
    return { kind: 'problem', message }
  }

  const nextOfFunction = (ask: Exclude<Script, readonly ScriptStep[]>, request: RecordedRequest): NextStep => {
    const where = `the script's step for request ${request.index + 1}`
    let step: ScriptStep | undefined
    try {
      step = ask(request)
    } catch (thrown) {
      return fail('script-invalid', `The script threw on request ${request.index + 1}: ${messageOf(thrown)}`)
    }
    if (step === undefined) return { kind: 'default' }
    const problem = problemOfStep(step, where)
    return problem === undefined ? { kind: 'step', step, index: undefined } : fail('script-invalid', problem)
  }

  return {
    next: (request) => {
      if (script === undefined) return { kind: 'default' }
      if (typeof script === 'function') return nextOfFunction(script, request)
      const index = used
      const step = script[index]
      if (step !== undefined) {
        used += 1
        return { kind: 'step', step, index }
      }
      if (onExhausted === 'answer') return { kind: 'default' }
      return fail(
        'script-unfinished',
        `The script has no step for request ${request.index + 1}: all ${count(script.length, 'step')} are used. ` +
          "Add a step, or start the simulator with onExhausted: 'answer'.",
      )
    },
    report,
    problem: (leftovers) => {
      const left = leftovers && Array.isArray(script) ? script.length - used : 0
      if (first !== undefined || left === 0) return first
      return new TurnstateError(
        'script-unfinished',
        `The script has ${count(left, 'unused step')}, from script[${used}] on: no request arrived for them.`,
      )
    },
    clear: () => {
      first = undefined
    },
  }
}
