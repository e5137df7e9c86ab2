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
import { countScriptedDeltas } from './plan-blocks.ts'
import { deltasOf } from './plan-script.ts'
import type { FallbackStep, ReplyStep, ScriptedRefusal } from '../script/script.ts'

const count = wholeNumber(0)
export const headers = dictionary(text)

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
    continuationOnly: flag,
    // Looked at one by one, once the shape of the rest is known to be right.
    fallbacks: list(plainObject),
  },
)

const usage = shape(
  {},
  {
    inputTokens: count,
    outputTokens: count,
    cacheCreationInputTokens: count,
    cacheCreation1hInputTokens: count,
    cacheReadInputTokens: count,
    thinkingTokens: count,
    extra: plainObject,
  },
)

/** What a refusal needs of its reply. */
const consistentRefusal = (step: ReplyStep, refused: ScriptedRefusal, place: string): string | undefined => {
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
    return `${place}.refusal.continuationOnly needs creditToken 'mint', and no hasPrefillClaim of false`
  return undefined
}

/** What only the whole of a reply can show: runs after the shapes are known to be right. */
const consistentReply = (step: ReplyStep, place: string): string | undefined => {
  const refused = step.refusal && consistentRefusal(step, step.refusal, place)
  if (refused !== undefined) return refused
  if (step.stopReason === 'refusal') return `${place}.stopReason can't be "refusal": give refusal instead`
  if (step.stopReason === 'stop_sequence' && step.stopSequence === undefined)
    return `${place}.stopSequence is missing: stop reason "stop_sequence" names its match`
  if (step.stopSequence !== undefined && step.stopReason !== undefined && step.stopReason !== 'stop_sequence')
    return `${place}.stopSequence needs stop reason "stop_sequence", not ${JSON.stringify(step.stopReason)}`
  const { cacheCreationInputTokens: written = 0, cacheCreation1hInputTokens: forAnHour = 0 } = step.usage ?? {}
  if (forAnHour > written)
    return `${place}.usage.cacheCreation1hInputTokens must be at most cacheCreationInputTokens, ${written}, not ${forAnHour}`
  if ((step.indexes?.length ?? 0) > step.content.length)
    return `${place}.indexes must be at most ${step.content.length}, one for each block, not ${step.indexes?.length}`
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
    wholeInStart: flag,
    indexes: list(count),
    startFields: plainObject,
    deltaFields: plainObject,
    faults,
    headers,
  },
)

const foreign = ['faults', 'headers', 'model']

/** What is wrong with the answers of fallback models. */
const problemOfHops = (hops: readonly FallbackStep[], place: string): string | undefined => {
  for (const [index, hop] of hops.entries()) {
    const here = `${place}[${index}]`
    const given: Readonly<Record<string, unknown>> = { ...hop }
    const stray = foreign.find((name) => given[name] !== undefined)
    if (stray !== undefined) return `${here}.${stray} can't be given: a fallback's answer is part of its step's reply`
    const problem = problemOfReply(hop, here)
    if (problem !== undefined) return problem
    if (hop.refusal?.fallbacks) return `${here}.refusal.fallbacks can't be given: list the answers one after another`
    if (!hop.refusal && index < hops.length - 1)
      return `${here} must be a refusal: nobody asks the models that come after it otherwise`
  }
  return undefined
}

/** What is wrong with a reply, in a sentence that names the field and what is right. */
export const problemOfReply = (step: ReplyStep, place: string): string | undefined =>
  replyShape(step, place) ??
  problemOfHops(step.refusal?.fallbacks ?? [], `${place}.refusal.fallbacks`) ??
  consistentReply(step, place)
