// Facts without what anybody said. What is left folds to the same view: ids, names, sizes, and whether there was something
// at all; so an inspector can reckon with it as with the real ones.
import { type Failure, type TurnstateErrorCode, withoutPasswords } from '../../errors.ts'
import {
  type ApiObject,
  type Block,
  type Content,
  deepestNesting,
  type Evidence,
  type Fact,
  type Refusal,
  type ResetPolicy,
} from '../../journal/index.ts'
import type { NameOfHash } from './hash-names.ts'
import { isSize, jsonBytes } from './sizes.ts'

/** Fields of blocks that name and structure, and tell nothing of what was said. */
const structural = new Set([
  'type',
  'id',
  'tool_use_id',
  'name',
  'toolset_name',
  'server_name',
  'is_error',
  'cache_control',
  'caller',
  'from',
  'to',
  'trigger',
])

/** What stands for a text. Blanks stay where they are: what is sent depends on them. */
export function placeholder(text: string): string {
  const { length } = text.trim()
  if (length === 0) return text
  const [before, after] = [text.length - text.trimStart().length, text.trimEnd().length]
  return `${text.slice(0, before)}‹${length} ${length === 1 ? 'character' : 'characters'}›${text.slice(after)}`
}

/**
 * A block without its words. In `redacted` stands how many bytes it had more than it shows, so that its size is known even
 * when a request changes something about it.
 */
function redactBlock(block: Block, levels: number): Block {
  const shown = Object.fromEntries(
    Object.entries(block).map(([name, value]) => [name, structural.has(name) ? value : blank(value, levels)]),
  )
  return { type: block.type, ...shown, redacted: { bytes: jsonBytes(block) - jsonBytes({ ...shown, redacted: none }) } }
}

const none = { bytes: 0 }

/** Blocks inside of a block are redacted, too. Those below the deepest level that is sent are not shown. */
function blank(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return placeholder(value)
  if (Array.isArray(value))
    return value.flatMap((inner) => (levels > 0 && isBlock(inner) ? [redactBlock(inner, levels - 1)] : []))
  return typeof value === 'object' && value !== null ? {} : value
}

const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

const redacted = (block: Block): Block => redactBlock(block, deepestNesting)

export function redactContent(content: Content): Content {
  if (typeof content !== 'string') return content.map(redacted)
  if (content.trim() === '') return content
  const { redacted: size, ...block } = redacted({ type: 'text', text: content })
  return [{ ...block, type: 'text', redacted: { ...none, ...(isSize(size) ? size : {}), isString: true } }]
}

/** Failures whose message is what somebody else's code threw. The others are the API's sentences, or our own. */
const foreign: ReadonlySet<TurnstateErrorCode> = new Set([
  'source-failed',
  'tools-failed',
  'journal-write-failed',
  'internal-error',
  'output-invalid',
])

/** A failure that can be shown: no words of strangers, no key, and no password of a proxy's address. */
export const redactFailure = (failure: Failure): Failure =>
  foreign.has(failure.code) ? { ...failure, message: placeholder(failure.message) } : withoutKey(failure)

const withoutKey = (failure: Failure): Failure => ({
  ...failure,
  message: withoutPasswords(failure.message.replaceAll(/sk-ant-[\w-]+/g, 'sk-ant-…')),
})

/** A fact with everything that was said, but no key: the API may quote one, and the network an address with a password. */
export function withoutKeys(fact: Fact): Fact {
  if (fact.type === 'attempt.failed' || fact.type === 'request.rejected')
    return { ...fact, failure: withoutKey(fact.failure) }
  return fact.type === 'turn.settled' && fact.failure ? { ...fact, failure: withoutKey(fact.failure) } : fact
}

const redactPolicy = (policy: ResetPolicy): ResetPolicy =>
  typeof policy === 'object' && 'rephrase' in policy ? { rephrase: redactContent(policy.rephrase) } : policy

/** What the API says about the context: counts, positions and kinds are kept, and no word of it. */
const redactObject = (told: ApiObject): ApiObject =>
  Object.fromEntries(
    Object.entries(told).map(([name, value]) => [
      name,
      structural.has(name) || name === 'path' || name === 'reason' ? value : blank(value, 0),
    ]),
  )

const redactEvidence = ({ stopSequence, appliedEdits, inputTransformations }: Evidence): Evidence => ({
  ...(stopSequence === undefined ? {} : { stopSequence: placeholder(stopSequence) }),
  ...(appliedEdits ? { appliedEdits: appliedEdits.map(redactObject) } : {}),
  ...(inputTransformations ? { inputTransformations: inputTransformations.map(redactObject) } : {}),
})

type Hashes = Readonly<Record<string, string>>

const named = (hashes: Hashes, nameOf: NameOfHash): Hashes =>
  Object.fromEntries(Object.entries(hashes).map(([field, hash]) => [field, nameOf(hash)]))

const withNamedHash = (refusal: Refusal, nameOf: NameOfHash): Refusal =>
  refusal.promptHash === undefined ? refusal : { ...refusal, promptHash: nameOf(refusal.promptHash) }

/** A fact without what anybody said. Hashes of it, which could be guessed, get names. */
export function redactFact(fact: Fact, nameOf: NameOfHash): Fact {
  switch (fact.type) {
    case 'turn.opened':
    case 'input.queued': {
      const { metadata: _, ...rest } = fact
      return {
        ...rest,
        input: redactContent(fact.input),
        ...(fact.system === undefined ? {} : { system: redactContent(fact.system) }),
      }
    }
    case 'reply.recorded':
      return {
        ...fact,
        ...redactEvidence(fact),
        promptHash: nameOf(fact.promptHash),
        content: fact.content.map(redacted),
      }
    case 'toolResults.recorded':
      return { ...fact, results: fact.results.map(redacted) }
    case 'turn.settled': {
      const { refusal, failure } = fact
      const explanation = refusal?.explanation ?? null
      return {
        ...fact,
        ...redactEvidence(fact),
        ...(refusal
          ? { refusal: { ...withNamedHash(refusal, nameOf), explanation: explanation && placeholder(explanation) } }
          : {}),
        ...(failure ? { failure: redactFailure(failure) } : {}),
      }
    }
    case 'attempt.failed':
      return { ...fact, ...redactEvidence(fact), failure: redactFailure(fact.failure) }
    case 'request.rejected':
      return { ...fact, failure: redactFailure(fact.failure), fields: named(fact.fields, nameOf) }
    case 'fields.accepted':
      return { ...fact, fields: named(fact.fields, nameOf) }
    case 'head.moved':
      return fact.policy === undefined ? fact : { ...fact, policy: redactPolicy(fact.policy) }
    case 'approval.decided':
      return fact.reason === undefined ? fact : { ...fact, reason: placeholder(fact.reason) }
    case 'conversation.forked':
      // A hash of few words can be guessed.
      return { ...fact, quarantine: fact.quarantine.map(({ turnId }) => ({ turnId, inputHash: '‹redacted›' })) }
    default:
      return fact
  }
}
