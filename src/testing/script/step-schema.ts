// The steps of a script, as schemas. The types, with what each field means, are in script.ts.
import * as v from 'valibot'
import { isObject } from '../api/json.ts'
import { block } from './block-schema.ts'
import { faults } from './fault-schema.ts'
import {
  dictionary,
  either,
  filledText,
  flag,
  hint,
  jsonObject,
  list,
  mustBe,
  oneOf,
  onlyTrue,
  shape,
  text,
  wholeNumber,
} from './schema.ts'

const count = v.optional(wholeNumber(0))
const headers = v.optional(dictionary(text))

const refusal = {
  at: either(
    oneOf('before', 'after'),
    shape({ afterDeltas: wholeNumber(0) }),
    "'before', 'after' or { afterDeltas: n }",
  ),
  openBlock: v.optional(flag),
  category: v.optional(v.nullable(text)),
  explanation: v.optional(v.nullable(text)),
  omitDetails: v.optional(flag),
  creditToken: v.optional(v.nullable(text)),
  hasPrefillClaim: v.optional(v.nullable(flag)),
  recommendedModel: v.optional(v.nullable(text)),
  continuationOnly: v.optional(flag),
}

const usage = shape({
  inputTokens: count,
  outputTokens: count,
  cacheCreationInputTokens: count,
  cacheCreation1hInputTokens: count,
  cacheReadInputTokens: count,
  thinkingTokens: count,
  extra: v.optional(jsonObject),
})

/** What the replies of the asked model and of fallback models have in common. */
const reply = {
  content: list(block),
  stopReason: v.optional(v.nullable(text)),
  stopSequence: v.optional(text),
  usage: v.optional(usage),
  container: v.optional(jsonObject),
  wholeInStart: v.optional(flag),
  indexes: v.optional(list(wholeNumber(0))),
  startFields: v.optional(jsonObject),
  deltaFields: v.optional(jsonObject),
}

const onePart = "a fallback model's answer is part of its step's reply"

/** The answer of a fallback model. */
export const fallbackStep = shape(
  {
    ...reply,
    refusal: v.optional(
      shape(refusal, { fallbacks: 'list the answers of the fallback models one after another, in the first refusal' }),
    ),
  },
  { faults: onePart, headers: onePart, model: onePart },
)

export const replyStep = shape({
  ...reply,
  refusal: v.optional(shape({ ...refusal, fallbacks: v.optional(list(fallbackStep)) })),
  model: v.optional(filledText),
  faults: v.optional(faults),
  headers,
})

export const defaultStep = shape({ default: onlyTrue, faults: v.optional(faults), headers })

export const httpErrorStep = shape({
  httpError: shape({
    status: wholeNumber(400, 599),
    type: v.optional(filledText),
    message: v.optional(text),
    details: v.optional(jsonObject),
    retryAfter: v.optional(either(wholeNumber(Number.MIN_SAFE_INTEGER), filledText, 'whole seconds or an HTTP date')),
    shouldRetry: v.optional(flag),
    headers,
    body: v.optional(text),
  }),
  faults: v.optional(faults),
})

const kinds = { content: replyStep, httpError: httpErrorStep, default: defaultStep } as const

const kindNames = ['content', 'httpError', 'default'] as const

/** A step of any kind. The kind is chosen by the field that only it has, so that errors are about that kind only. */
export const step = v.lazy((given) => {
  const found = isObject(given) ? kindNames.filter((name) => given[name] !== undefined) : []
  const [kind] = found
  if (kind !== undefined && found.length === 1) return kinds[kind]
  if (!isObject(given)) return v.custom<never>(() => false, mustBe('an object'))
  const counted = `must have exactly one of content, httpError and default; it has ${found.join(' and ') || 'none'}`
  const hints = found.length > 0 ? [] : Object.keys(given).map((name) => hint(name, kindNames))
  return v.custom<never>(() => false, counted + (hints.find((question) => question !== '') ?? ''))
})
