// Redacts facts. Ids, names, sizes, and whether there was any content remain, so that redacted facts fold to the same view and
// an inspector can compute with them. Each type of fact lists the fields that may be shown; all others are removed.
import { type Failure, TurnstateError } from '../errors.ts'
import {
  type AnyFact,
  type Block,
  type Content,
  type Evidence,
  type Fact,
  type Iteration,
  type Part,
  type Pointed,
  type Refusal,
  policyFields,
  policyWordFields,
  type ResetPolicy,
  type Usage,
} from '../journal/index.ts'
import { isNameLike, placeholder, shownName } from '../hidden-text.ts'
import { shownFailure } from '../shown-failure.ts'
import type { NameOfHash } from './hash-names.ts'
import { redactBlocks, redactContent, redactObject } from './redact-blocks.ts'

/** A fact with its texts, but without keys. */
export function withoutKeys(fact: Fact): Fact {
  if (fact.type === 'attempt.failed' || fact.type === 'request.rejected')
    return { ...fact, failure: shownFailure(fact.failure, true) }
  return fact.type === 'turn.settled' && fact.failure ? { ...fact, failure: shownFailure(fact.failure, true) } : fact
}

/** Shows an id of the API, unless it looks like words: then a name replaces it, the same for equal ids. */
export const idNames =
  (nameOf: NameOfHash) =>
  (id: string): string =>
    isNameLike(id) ? id : nameOf(id)

type Show<Value> = (value: Exclude<Value, undefined>) => Exclude<Value, undefined>

/** How to show each field of a fact. A field that is not in the table is removed. */
type Table<Value> = { readonly [Name in keyof Value]-?: Show<Value[Name]> | typeof hidden }

type FactOf<Type extends Fact['type']> = Extract<AnyFact, { readonly type: Type }>
type Tables = { readonly [Type in Fact['type']]: Omit<Table<FactOf<Type>>, 'type' | 'seq' | 'v'> }

const hidden = 'hidden'

/** For counts, flags, ids that the app chose, and turnstate's own words. */
const plain = <Value>(value: Value): Value => value

type Shows = readonly (readonly [name: string, show: Show<unknown>])[]

const showsByTable = new WeakMap<object, Shows>()

/** The fields of a table that are shown, and how. */
function showsOf(table: object): Shows {
  const known = showsByTable.get(table)
  if (known) return known
  const shows = Object.entries(table).filter((entry): entry is [string, Show<unknown>] => entry[1] !== hidden)
  showsByTable.set(table, shows)
  return shows
}

/** Keeps the fields that the table lists. Each entry returns the type of its field. */
function only<Value extends object>(value: Value, table: object): Value {
  const shown: Record<string, unknown> = {}
  for (const [name, show] of showsOf(table)) {
    const field: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
    if (field !== undefined) shown[name] = show(field)
  }
  if (isOf(value, shown)) return shown
  throw new TurnstateError('internal-error', 'A fact could not be redacted, so it is not shown.')
}

const isOf = <Value extends object>(value: Value, shown: object): shown is Value =>
  Object.keys(shown).every((name) => name in value)

const nameOrNull = (name: string | null): string | null => (name === null ? null : shownName(name))

const usageTable: Table<Usage> = {
  inputTokens: plain,
  outputTokens: plain,
  cacheReadTokens: plain,
  cacheWriteTokens: plain,
  cacheWrite1hTokens: plain,
  thinkingTokens: plain,
  toolRequests: (requests) => Object.fromEntries(Object.entries(requests).map(([name, n]) => [shownName(name), n])),
  estimated: plain,
}
const usage = (told: Usage): Usage => only(told, usageTable)

const iterationTable: Table<Iteration> = { type: shownName, model: shownName, usage }
const iterations = (rounds: readonly Iteration[]): readonly Iteration[] =>
  rounds.map((round) => only(round, iterationTable))

const termsTable: Table<Exclude<Evidence['terms'], undefined>> = {
  serviceTier: shownName,
  speed: shownName,
  inferenceGeo: shownName,
}
const hopTable: Table<Exclude<Evidence['hops'], undefined>[number]> = {
  model: shownName,
  category: nameOrNull,
  textShown: plain,
}

const redactPolicy = (policy: ResetPolicy, nameOfId: (id: string) => string): ResetPolicy =>
  typeof policy === 'string'
    ? policy
    : only(
        policy,
        Object.fromEntries(
          policyFields.map((field) => [
            field,
            policyWordFields.includes(field) ? (said: Content) => redactContent(said, nameOfId) : plain,
          ]),
        ),
      )

const failure = (told: Failure): Failure => shownFailure(told, false)

/** How to show each type of fact to one observer. */
function tablesFor(nameOf: NameOfHash): Tables {
  const nameOfId = idNames(nameOf)
  const content = (said: Content): Content => redactContent(said, nameOfId)
  const blocks = (said: readonly Block[]): readonly Block[] => redactBlocks(said, nameOfId)
  const hashes = (told: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(told).map(([field, hash]) => [field, nameOf(hash)]))
  const part = <Told extends Pointed>(told: Told): Told | Part =>
    told.startsWith('container:') ? `container:${nameOfId(told.slice('container:'.length))}` : told
  const parts = (told: readonly Part[]): readonly Part[] => told.map(part)
  const evidence: Table<Evidence> = {
    messageId: nameOfId,
    requestId: nameOfId,
    stopSequence: placeholder,
    appliedEdits: (edits) => edits.map(redactObject),
    inputTransformations: (changes) => changes.map(redactObject),
    containerExpiresAt: shownName,
    terms: (told) => only(told, termsTable),
    hops: (told) => told.map((hop) => only(hop, hopTable)),
  }
  const refusal: Table<Refusal> = {
    category: nameOrNull,
    explanation: (words) => words && placeholder(words),
    textShown: plain,
    model: shownName,
    promptHash: nameOf,
    recommendedModel: shownName,
  }
  const turn = { turnId: plain }
  const call = { turnId: plain, callId: nameOfId }
  return {
    'conversation.created': { id: plain, model: plain, at: plain, request: plain },
    'turn.opened': {
      ...turn,
      parent: plain,
      input: content,
      system: content,
      at: plain,
      kind: plain,
      model: plain,
      replaces: plain,
      continues: plain,
      force: plain,
      metadata: hidden,
    },
    'reply.recorded': {
      ...turn,
      ...evidence,
      attempt: plain,
      model: shownName,
      requestedModel: shownName,
      promptHash: nameOf,
      content: blocks,
      stopReason: nameOrNull,
      usage,
      iterations,
      servedAfterRefusal: plain,
      fallbackCredit: redactObject,
      structured: plain,
      container: nameOfId,
      thinkingTimes: plain,
    },
    'toolResults.recorded': { ...turn, results: blocks },
    'turn.settled': {
      ...turn,
      ...evidence,
      status: plain,
      kept: plain,
      refusal: (told) => only(told, refusal),
      failure,
      sameWords: plain,
      isReplaced: plain,
      usage,
      model: shownName,
      iterations,
    },
    'head.moved': {
      from: plain,
      to: plain,
      cause: plain,
      policy: (policy) => redactPolicy(policy, nameOfId),
      turnId: plain,
      withdrawn: plain,
      force: plain,
      decidedBy: plain,
    },
    'model.switched': { from: plain, to: plain, cause: plain },
    'attempt.failed': { ...turn, ...evidence, attempt: plain, model: shownName, failure, usage },
    'thinking.stripped': turn,
    'request.rejected': {
      ...turn,
      attempt: plain,
      model: plain,
      failure,
      fields: hashes,
      container: nameOfId,
      thinking: plain,
      pointed: part,
      lossless: plain,
    },
    'fields.accepted': { ...turn, model: plain, fields: hashes },
    'context.setAside': { ...turn, parts },
    'context.takenBack': { ...turn, parts },
    'approval.requested': call,
    'approval.decided': { ...call, approved: plain, reason: placeholder },
    'answer.requested': call,
    'call.started': { ...call, again: plain },
    'conversation.forked': {
      from: plain,
      turnId: plain,
      // A hash of few words can be guessed.
      quarantine: (turns) => turns.map(({ turnId }) => ({ turnId, inputHash: '‹redacted›' })),
    },
    'input.queued': { ...turn, input: content, system: content, at: plain, metadata: hidden },
    'input.withdrawn': turn,
    'queue.released': {},
    'queue.held': {},
    'refusal.deferred': turn,
    'budget.set': { budget: plain },
  }
}

/** Redacts facts for one observer. Names replace hashes of texts, because they could be guessed. */
export function factRedactor(nameOf: NameOfHash): (fact: Fact) => Fact {
  const tables = tablesFor(nameOf)
  return (fact: AnyFact) => only(fact, { type: plain, seq: plain, v: plain, ...tables[fact.type] })
}
