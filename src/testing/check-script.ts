import { TurnstateError } from '../errors.ts'
import { block } from './check-blocks.ts'
import { faultOutOfReach, faults } from './check-faults.ts'
import {
  dictionary,
  either,
  filledText,
  flag,
  list,
  nullable,
  oneOf,
  plainObject,
  shape,
  text,
  wholeNumber,
} from './check-fields.ts'
import { isObject } from './json.ts'
import { deltasOf } from './plan-script.ts'
import { countDeltas } from './planned-reply.ts'
import { planBlock } from './plan-blocks.ts'
import type { ReplyStep, Script, ScriptedBlock, ScriptStep } from './script.ts'

const count = wholeNumber(0)
const headers = dictionary(text)

const refusal = shape(
  { at: either(oneOf('before', 'after'), shape({ afterDeltas: count }), "'before', 'after' or { afterDeltas: n }") },
  {
    openBlock: flag,
    category: nullable(text),
    explanation: nullable(text),
    omitDetails: flag,
    creditToken: nullable(text),
    hasPrefillClaim: nullable(flag),
    recommendedModel: nullable(text),
  },
)

const usage = shape(
  {},
  {
    inputTokens: count,
    outputTokens: count,
    cacheCreationInputTokens: count,
    cacheReadInputTokens: count,
    thinkingTokens: count,
    extra: plainObject,
  },
)

const httpError = shape(
  { status: wholeNumber(400, 599) },
  {
    type: filledText,
    message: text,
    details: plainObject,
    retryAfter: either(count, filledText, 'whole seconds or an HTTP date'),
    shouldRetry: flag,
    headers,
    body: text,
  },
)

const totalDeltas = (content: readonly ScriptedBlock[]): number =>
  countDeltas(content.map((scripted) => planBlock(scripted, { model: '', ids: { toolUse: () => '' } })))

/** What only the whole of a reply can show: runs after the shapes are known to be right. */
const consistentReply = (step: ReplyStep, place: string): string | undefined => {
  if (step.refusal) {
    const clash = (['stopReason', 'stopSequence'] as const).find((name) => step[name] !== undefined)
    if (clash) return `${place}.${clash} can't be given beside refusal, which is the stop reason`
    const { at } = step.refusal
    const total = totalDeltas(step.content)
    if (typeof at === 'object' && at.afterDeltas > total)
      return `${place}.refusal.at.afterDeltas must be at most ${total}, the number of deltas of the content, not ${at.afterDeltas}`
    if (step.refusal.openBlock === true && (at === 'before' || step.content.length === 0))
      return `${place}.refusal.openBlock needs a block that is open: there is none before any output`
  }
  if (step.stopReason === 'refusal') return `${place}.stopReason can't be "refusal": give refusal instead`
  if (step.stopReason === 'stop_sequence' && step.stopSequence === undefined)
    return `${place}.stopSequence is missing: stop reason "stop_sequence" names its match`
  if (step.stopSequence !== undefined && step.stopReason !== undefined && step.stopReason !== 'stop_sequence')
    return `${place}.stopSequence needs stop reason "stop_sequence", not ${JSON.stringify(step.stopReason)}`
  return step.faults && faultOutOfReach(step.faults, deltasOf(step), `${place}.faults`)
}

const replyShape = shape(
  { content: list(block) },
  {
    stopReason: nullable(text),
    stopSequence: text,
    refusal,
    usage,
    model: filledText,
    container: plainObject,
    startFields: plainObject,
    deltaFields: plainObject,
    faults,
    headers,
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
  return replyShape(step, place) ?? ('content' in step ? consistentReply(step, place) : undefined)
}

/** Throws `script-invalid` for the first thing wrong in a list of steps. A function is checked step by step, in use. */
export const checkScript = (script: Script): void => {
  if (typeof script === 'function') return
  for (const [index, step] of script.entries()) {
    const problem = problemOfStep(step, `script[${index}]`)
    if (problem !== undefined) throw new TurnstateError('script-invalid', problem)
  }
}
