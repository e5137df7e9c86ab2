import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashNames } from '../../src/observe/hash-names.ts'
import { observe } from '../../src/observe/observe.ts'
import { factRedactor } from '../../src/observe/redact.ts'
import { redactContent as redactContentOf } from '../../src/observe/redact-blocks.ts'
import { cacheBreakpoints, messageBytes } from '../../src/observe/sizes.ts'
import {
  buildRequest,
  type Content,
  type Fact,
  fold,
  noUsage,
  promptHashOf,
  step,
  type View,
} from '../../src/journal/index.ts'
import {
  approvalDecided,
  attemptFailed,
  call,
  created,
  moved,
  opened,
  queued,
  refused,
  replied,
  result,
  target,
  text,
} from '../journal/fixtures.ts'
import { program } from '../journal/programs.ts'
import { placeholder } from '../../src/hidden-text.ts'
import { start } from '../conversation/start.ts'
import { overTheWire, typesOf, withoutTexts } from './fixtures.ts'
import { runs } from '../runs.ts'

const word = 'sesame'

/** Keeps the hashes, because requests are built for the prompt that has them. */
const redacted = factRedactor((hash) => hash)
const redactContent = (content: Content) => redactContentOf(content, (id) => id)

/** Puts the word into a text. Blank texts stay blank, because that decides whether they are sent. */
const spoken = (said: string, flourish: string): string => (said.trim() === '' ? said : `${word}${flourish} ${said}`)

const names = new Set(['type', 'id', 'tool_use_id', 'name', 'cache_control', 'from', 'to'])

const saidIn = (value: unknown, flourish: string): unknown => {
  if (typeof value === 'string') return spoken(value, flourish)
  if (Array.isArray(value)) return value.map((inner) => saidIn(inner, flourish))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, names.has(name) ? inner : saidIn(inner, flourish)]),
  )
}

/** The facts with the word in every text: inputs, replies, calls, results, notes, reasons, explanations. */
function inWords(facts: readonly Fact[]): readonly Fact[] {
  const compactions = new Set<string>()
  return facts.map((fact) => {
    if (fact.type === 'turn.opened' && fact.kind === 'compaction') compactions.add(fact.turnId)
    // The size of a summary is counted in characters, so it is not a secret.
    const flourish = 'turnId' in fact && compactions.has(fact.turnId ?? '') ? '' : ' «ñ "quoted"»\n\t\u0001'
    const say = <T>(value: T): T => saidIn(value, flourish) as T
    switch (fact.type) {
      case 'turn.opened':
      case 'input.queued':
        return {
          ...fact,
          input: say(fact.input),
          ...(fact.system === undefined ? {} : { system: say(fact.system) }),
          metadata: { note: word, [word]: 1 },
        }
      case 'reply.recorded':
        return {
          ...fact,
          content: say(fact.content).map((block) =>
            block.type === 'tool_use' ? { ...block, input: { path: word, [word]: [word, { deep: word }] } } : block,
          ),
        }
      case 'toolResults.recorded':
        return { ...fact, results: say(fact.results) }
      case 'turn.settled':
        return {
          ...fact,
          ...(fact.refusal ? { refusal: { ...fact.refusal, explanation: word } } : {}),
          ...(fact.status === 'failed' ? { failure: { code: 'source-failed' as const, message: word } } : {}),
        }
      case 'head.moved':
        return typeof fact.policy === 'object' && 'rephrase' in fact.policy
          ? { ...fact, policy: { rephrase: say(fact.policy.rephrase) } }
          : fact
      case 'approval.decided':
        return { ...fact, reason: word }
      default:
        return fact
    }
  })
}

const targetOf = (view: View) => ({ ...target, model: view.model, cacheBreakpoints: 1 })

const shapeOf = (view: View) => {
  const { messages, ...rest } = buildRequest(view, targetOf(view))
  return {
    ...rest,
    roles: messages.map(({ role }) => role),
    types: messages.map(({ content }) => typesOf(content)),
    breakpoints: messages.map((message) => cacheBreakpoints([message])),
    bytes: messages.map(messageBytes),
  }
}

const check = (name: string, holds: (facts: readonly Fact[], hidden: readonly Fact[]) => void) =>
  it(name, () => {
    const spokenProgram = program.map(inWords)
    fc.assert(
      fc.property(spokenProgram, (facts) => holds(facts, overTheWire(facts.map(redacted)))),
      { numRuns: runs(50) },
    )
  })

describe('in any conversation, redacted facts', () => {
  check('contain no text of anyone', (_, hidden) => {
    expect(JSON.stringify(hidden)).not.toContain(word)
  })

  check('are valid and fold to the same view without texts', (facts, hidden) => {
    expect(withoutTexts(fold(hidden))).toEqual(withoutTexts(fold(facts)))
  })

  check('give a request with the same roles, blocks, cache breakpoints and bytes', (facts, hidden) => {
    for (const length of [facts.length, Math.ceil(facts.length / 2)])
      expect(shapeOf(fold(hidden.slice(0, length)))).toEqual(shapeOf(fold(facts.slice(0, length))))
  })

  check('give a next request of the same shape, with one more message', (facts, hidden) => {
    const view = fold(facts)
    const next = opened('next', view.head, { input: `${word}, go on.` })
    if (view.open) return
    expect(shapeOf(step(fold(hidden), redacted(next)))).toEqual(shapeOf(step(view, next)))
  })
})

const failing = (beside: object) => ({ code: 'request-invalid', message: 'no', ...beside }) as const

const redactedJson = (...facts: readonly Fact[]) => JSON.stringify(facts.map(redacted))

describe('hashes', () => {
  const secret = promptHashOf('The code is 4711.', null)
  const fields = { system: secret, effort: 'b' }
  const facts: readonly Fact[] = [
    replied('a', [text('Yes.')], { promptHash: secret }),
    refused('b', { refusal: { category: null, explanation: null, textShown: false, promptHash: secret } }),
    { type: 'fields.accepted', turnId: 'a', model: 'm1', fields },
    {
      type: 'request.rejected',
      turnId: 'a',
      attempt: 1,
      model: 'm1',
      failure: { code: 'request-invalid', message: 'no' },
      fields,
      thinking: false,
    },
  ]

  it('are replaced by names in redacted facts, equal names for equal hashes', () => {
    const shown = facts.map(factRedactor(hashNames()))
    expect(JSON.stringify(shown)).not.toContain(secret)
    expect(shown).toMatchObject([
      { promptHash: 'hash-1' },
      { refusal: { promptHash: 'hash-1' } },
      { fields: { system: 'hash-1', effort: 'hash-2' } },
      { fields: { system: 'hash-1', effort: 'hash-2' } },
    ])
  })

  it('that are public stay: those of no prompt and of an unknown prompt', () => {
    const nameOf = hashNames()
    for (const hash of ['', promptHashOf(null, null)]) expect(nameOf(hash)).toBe(hash)
    expect(nameOf(secret)).toBe('hash-1')
  })

  it('are absent from all records, and a prompt has the same name as in its replies', async () => {
    const { chat, exchange } = start({ request: { system: 'The code is 4711.' } })
    await exchange('Hello', 'Hi')
    const promptHash = promptHashOf('The code is 4711.', undefined)
    const hidden = observe(chat).records
    expect(JSON.stringify(hidden)).not.toContain(promptHash)
    const named = hidden.flatMap((record) =>
      record.type === 'prompt'
        ? [record.promptHash]
        : 'fact' in record && 'promptHash' in record.fact
          ? [record.fact.promptHash]
          : [],
    )
    expect(named).toEqual(['hash-1', 'hash-1'])
    expect(JSON.stringify(observe(chat, { includeText: true }).records)).toContain(promptHash)
  })
})

describe('redaction', () => {
  it('keeps ids, tool names, types and sizes, and replaces text by its number of characters', () => {
    const fact = redacted(replied('a', [text('secret words'), call('k1', { input: { path: '/secret' } })]))
    expect(fact).toMatchObject({
      content: [
        { type: 'text', text: '‹12 characters›' },
        { type: 'tool_use', id: 'k1', name: 'look', input: {} },
      ],
    })
    expect(JSON.stringify(fact)).not.toContain('secret')
  })

  it('distinguishes one character from several', () => {
    expect([placeholder('a'), placeholder('ab')]).toEqual(['‹1 character›', '‹2 characters›'])
  })

  it.each(['', ' ', '\n\t'])('keeps the blank text %j, because sending depends on it', (blank) => {
    expect(placeholder(blank)).toBe(blank)
    expect(redactContent(blank)).toBe(blank)
  })

  it('keeps white space around text', () => {
    expect(placeholder('  hi \n')).toBe('  ‹2 characters› \n')
  })

  it('drops the metadata of the app from turns and from the queue', () => {
    const queuedWithNotes = { ...queued('q1'), metadata: { user: 'secret' } }
    expect(redactedJson(opened('a', null, { metadata: { user: 'secret' } }), queuedWithNotes)).not.toMatch(
      /secret|metadata/,
    )
  })

  it('hides the text of system messages and keeps its size', () => {
    const got = { system: 'secret' }
    expect(redactedJson(opened('a', null, got), { ...queued('q1'), ...got })).not.toContain('secret')
    expect(redacted(opened('a', null, got))).toMatchObject({ system: redactContent('secret') })
    expect(redacted(opened('a', null))).not.toHaveProperty('system')
  })

  it('hides titles, data and URLs of files', () => {
    const file = {
      type: 'document',
      title: 'secret title',
      context: 'secret context',
      source: { type: 'url', url: 'https://secret.example' },
    }
    const json = redactedJson(opened('a', null, { input: [file] }))
    expect(json).not.toContain('secret')
    expect(json).toContain('"document"')
  })

  it('hides tool results, as text and as blocks', () => {
    const facts: Fact = {
      type: 'toolResults.recorded',
      turnId: 'a',
      results: [result('k1', { content: 'secret' }), result('k2', { content: [text('secret')] })],
    }
    expect(redactedJson(facts)).not.toContain('secret')
    expect(redacted(facts)).toMatchObject({ results: [{ tool_use_id: 'k1' }, { content: [{ type: 'text' }] }] })
  })

  it('hides citations', () => {
    const cited = text('words', { citations: [{ type: 'char_location', cited_text: 'secret', start_char_index: 3 }] })
    expect(redactedJson(replied('a', [cited]))).not.toContain('secret')
  })

  it('hides the content of unknown fields of blocks', () => {
    const json = redactedJson(
      replied('a', [{ type: 'of_tomorrow', words: 'secret', list: ['secret'], deep: { x: 'secret' } }]),
    )
    expect(json).not.toContain('secret')
    expect(json).toContain('of_tomorrow')
  })

  it('hides the reason of a denial, the explanation of the classifier and the rephrased message', () => {
    const json = redactedJson(
      approvalDecided('a', 'k1', false, 'secret reason'),
      refused('a', { refusal: { category: 'cyber', explanation: 'secret explanation', textShown: false } }),
      moved('a', null, { cause: 'refusal', policy: { rephrase: 'secret words' } }),
    )
    expect(json).not.toContain('secret')
    expect(json).toContain('cyber')
  })

  it('keeps a policy without text', () => {
    const fact = moved('a', null, { cause: 'refusal', policy: { rewind: 1 } })
    expect(redacted(fact)).toEqual(fact)
  })

  it('hides names, ids and kinds that are sentences', () => {
    const content = [{ type: 'secret kind', id: 'a secret id', name: 'my secret', caller: { tool_id: 'the secret' } }]
    const odd = replied('a', content, {
      stopReason: 'a secret reason',
      model: 'the secret model',
      requestId: 'one secret request',
      usage: { ...noUsage, toolRequests: { 'of secret tools': 1 } },
      terms: { serviceTier: 'secret service' },
      hops: [{ model: 'secret model', category: 'secret category', textShown: false }],
      appliedEdits: [{ type: 'a secret edit', 'secret field': 1 }],
    })
    expect(JSON.stringify(factRedactor(hashNames())(odd))).not.toContain('secret')
  })

  it('replaces ids that are sentences by names that still match a call with its result', () => {
    const redact = factRedactor(hashNames())
    const asked = redact(replied('a', [call('call one'), call('call two')]))
    const answered = redact({ type: 'toolResults.recorded', turnId: 'a', results: [result('call two')] })
    expect(asked).toMatchObject({ content: [{ id: 'hash-2' }, { id: 'hash-3' }] })
    expect(answered).toMatchObject({ results: [{ tool_use_id: 'hash-3' }] })
  })

  it('hides unknown fields of facts', () => {
    const beside = { notes: 'secret' }
    const failed: Fact = { ...attemptFailed('a', { failure: failing(beside) }), ...beside }
    expect(redactedJson(failed, { ...moved('a', null), ...beside })).not.toContain('secret')
  })

  it('hides the hashes of refused inputs in a fork, because short texts can be guessed', () => {
    const fact: Fact = {
      type: 'conversation.forked',
      from: 'c0',
      turnId: null,
      quarantine: [{ turnId: 'x', inputHash: 'abc123' }],
    }
    expect(redactedJson(fact)).not.toContain('abc123')
    expect(fold(overTheWire([created, redacted(fact)])).refusedInputs).toHaveLength(1)
  })

  it('does not change the given fact', () => {
    const fact = replied('a', [text('words'), call('k1', { input: { a: 1 } })])
    const before = structuredClone(fact)
    redacted(fact)
    expect(fact).toEqual(before)
  })
})
