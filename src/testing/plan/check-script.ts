// Checks a script before it is played: each step by its schema first, then what only the whole of a reply can show.
import { stopReasons } from '../api/stop-reasons.ts'
import { TurnstateError } from '../../errors.ts'
import { faultOutOfReach } from '../script/fault-reach.ts'
import { problemOf } from '../script/schema.ts'
import type { FallbackStep, ReplyStep, Script, ScriptedRefusal, ScriptStep } from '../script/script.ts'
import { step as anyStep } from '../script/step-schema.ts'
import { countScriptedDeltas } from './plan-blocks.ts'
import { deltasOf } from './plan-step.ts'

const refusalProblem = (step: ReplyStep, refused: ScriptedRefusal, place: string): string | undefined => {
  const clash = (['stopReason', 'stopSequence'] as const).find((name) => step[name] !== undefined)
  if (clash) return `${place}.${clash} can't be given beside refusal, which is the stop reason`
  if (step.wholeInStart === true) return `${place}.wholeInStart can't be given beside refusal`
  const { at, openBlock, creditToken, continuationOnly, hasPrefillClaim } = refused
  const total = countScriptedDeltas(step.content)
  if (typeof at === 'object' && at.afterDeltas > total)
    return `${place}.refusal.at.afterDeltas must be at most ${total}, the number of deltas of the content, not ${at.afterDeltas}`
  if (openBlock === true && (at === 'before' || step.content.length === 0))
    return `${place}.refusal.openBlock needs a block that is open: there is none before any output`
  if (continuationOnly === true && (creditToken !== 'mint' || hasPrefillClaim === false))
    return `${place}.refusal.continuationOnly needs creditToken 'mint', and hasPrefillClaim must not be false`
  return undefined
}

const stopProblem = ({ stopReason, stopSequence }: ReplyStep, place: string): string | undefined => {
  if (stopReason === stopReasons.refusal) return `${place}.stopReason can't be "refusal": give refusal instead`
  if (stopReason === stopReasons.stopSequence && stopSequence === undefined)
    return `${place}.stopSequence is missing: stop reason "stop_sequence" names its match`
  return stopSequence !== undefined && stopReason !== undefined && stopReason !== stopReasons.stopSequence
    ? `${place}.stopSequence needs stop reason "stop_sequence", not ${JSON.stringify(stopReason)}`
    : undefined
}

const countProblem = ({ content, indexes = [], usage = {} }: ReplyStep, place: string): string | undefined => {
  const { cacheCreationInputTokens: written = 0, cacheCreation1hInputTokens: forAnHour = 0 } = usage
  if (forAnHour > written)
    return `${place}.usage.cacheCreation1hInputTokens must be at most cacheCreationInputTokens, ${written}, not ${forAnHour}`
  return indexes.length > content.length
    ? `${place}.indexes must be at most ${content.length}, one for each block, not ${indexes.length}`
    : undefined
}

/** What is wrong with the answers of fallback models. */
const fallbacksProblem = (hops: readonly FallbackStep[], place: string): string | undefined => {
  for (const [index, hop] of hops.entries()) {
    const here = `${place}[${index}]`
    const problem = replyProblem(hop, here)
    if (problem !== undefined) return problem
    if (!hop.refusal && index < hops.length - 1)
      return `${here} must be a refusal: the models after it are asked only if it refuses`
  }
  return undefined
}

const replyProblem = (step: ReplyStep, place: string): string | undefined =>
  fallbacksProblem(step.refusal?.fallbacks ?? [], `${place}.refusal.fallbacks`) ??
  (step.refusal && refusalProblem(step, step.refusal, place)) ??
  stopProblem(step, place) ??
  countProblem(step, place) ??
  (step.faults && faultOutOfReach(step.faults, deltasOf(step), `${place}.faults`))

/** What is wrong with a step, in one sentence that names the field; undefined when nothing is. */
export const problemOfStep = (step: ScriptStep, place: string): string | undefined =>
  problemOf(anyStep, step, place) ?? ('content' in step ? replyProblem(step, place) : undefined)

/** Throws `script-invalid` for the first mistake in a list of steps. The steps of a function are checked as they come. */
export const checkScript = (script: Script): void => {
  if (typeof script === 'function') return
  for (const [index, step] of script.entries()) {
    const problem = problemOfStep(step, `script[${index}]`)
    if (problem !== undefined) throw new TurnstateError('script-invalid', problem)
  }
}
