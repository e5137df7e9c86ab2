import { describe, expect, it } from 'vitest'
import { fold, journalVersion } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  cameToNothing,
  created,
  moved,
  opened,
  queued,
  replied,
  settled,
  switched,
  thrownBy,
  tokens,
} from './fixtures.ts'

const errorOf = (fact: unknown, before: readonly unknown[] = abc) => thrownBy(() => fold([...before, fact]))
const reset = (policy: unknown) => ({ ...moved('c', 'c', { cause: 'clear' }), policy })
const setAside = (part: unknown) => ({ type: 'context.setAside', turnId: 'c', parts: [part] })

describe('a journal of a later release', () => {
  it.each<readonly [what: string, fact: object, named: string]>([
    [
      'a fact of a later format',
      { ...opened('d', 'c'), v: journalVersion + 1, seq: abc.length },
      `${journalVersion + 1}`,
    ],
    ['an unknown type', { type: 'turn.dreamt', turnId: 'd' }, 'turn.dreamt'],
    ['an unknown type of a known format', { type: 'turn.dreamt', v: journalVersion, seq: abc.length }, 'turn.dreamt'],
    ['an unknown policy', reset('forget'), 'forget'],
    ['an unknown policy object', reset({ summarise: true }), 'summarise'],
    ['an unknown policy object with strings', reset({ summarise: 'all', upTo: 'c' }), 'summarise'],
    ['a policy with no keys', reset({}), 'policy'],
    ['an unknown depth of a rewind', reset({ rewind: 'half' }), 'policy'],
    ['an unknown time of a fallback', reset({ fallback: 'm', from: 'later' }), 'policy'],
    ['an unknown form of content in a rephrasing', reset({ rephrase: { audio: 'AA==' } }), 'policy'],
    ['an unknown form of an input', { ...opened('d', 'c'), input: { audio: 'AA==' } }, 'audio'],
    ['an unknown form of a queued input', { ...queued('q'), input: { audio: 'AA==' } }, 'audio'],
    ['an unknown kind of part', setAside('dream:c'), 'dream:c'],
    ['an unknown string for a part', setAside('everything'), 'everything'],
    ['an unknown status', { ...settled('d'), status: 'lost' }, 'lost'],
    ['an unknown cause of a move', { ...moved('c', 'c'), cause: 'whim' }, 'whim'],
    ['an unknown cause of a switch', { ...switched('m1', 'm2'), cause: 'whim' }, 'whim'],
    ['an unknown kind of turn', { ...opened('d', 'c'), kind: 'dream' }, 'dream'],
  ])('is recognized by %s', (_, fact, named) => {
    const error = errorOf(fact)
    expect(error).toMatchObject({ code: 'journal-version-unsupported', details: { factIndex: abc.length } })
    expect(String(error)).toContain('from a later release')
    expect(String(error)).toContain(named)
  })

  it('is recognized by its first fact', () => {
    expect(errorOf({ ...created, v: journalVersion + 1 }, [])).toMatchObject({
      code: 'journal-version-unsupported',
      details: { factIndex: 0 },
    })
  })

  it('is recognized by its format, whatever else is wrong with the fact', () => {
    expect(errorOf({ type: 'turn.opened', v: journalVersion + 1 })).toMatchObject({
      code: 'journal-version-unsupported',
    })
  })

  it.each(['constructor', 'toString', '__proto__'])(
    'may have a type that is a property of every object: %s',
    (type) => {
      expect(errorOf({ type })).toMatchObject({ code: 'journal-version-unsupported' })
    },
  )

  it('is reported without long values', () => {
    expect(String(errorOf(reset('x'.repeat(500))))).not.toContain('x'.repeat(100))
  })
})

describe('a journal that no release wrote', () => {
  it.each<readonly [what: string, fact: object]>([
    ['a negative rewind', reset({ rewind: -1 })],
    ['a rewind by a half', reset({ rewind: 0.5 })],
    ['a policy that is a number', reset(7)],
    ['a policy that is a list', reset(['drop-turn'])],
    ['a policy that is null', reset(null)],
    ['a rephrasing that is a number', reset({ rephrase: 7 })],
    ['a rephrasing with a block without a type', reset({ rephrase: [{ text: 'x' }] })],
    ['a fallback to an empty model', reset({ fallback: '', from: 'this-turn' })],
    ['a fallback without a time', reset({ fallback: 'm' })],
    ['an input that is a number', { ...opened('d', 'c'), input: 7 }],
    ['an input that is null', { ...opened('d', 'c'), input: null }],
    ['an input block without a type', { ...opened('d', 'c'), input: [{ text: 'x' }] }],
    ['an input block that is a string', { ...opened('d', 'c'), input: ['x'] }],
    ['a turn without an input', { type: 'turn.opened', turnId: 'd', parent: 'c', at: 1 }],
    ['a reply block without a type', { ...replied('d', []), content: [{ text: 'x' }] }],
    ['a negative count of tokens', replied('d', [], { usage: { ...tokens, outputTokens: -1 } })],
    ['a negative sequence number', { ...opened('d', 'c'), v: 2, seq: -1 }],
    ['a sequence number that is a string', { ...opened('d', 'c'), v: 2, seq: '7' }],
    ['a format that is a string', { ...opened('d', 'c'), v: '3', seq: abc.length }],
    ['a format of zero', { ...opened('d', 'c'), v: 0, seq: abc.length }],
    ['a part that is a number', setAside(7)],
    ['a part that is empty', setAside('')],
    ['a status that is empty', { ...settled('d'), status: '' }],
    ['a status that is a number', { ...settled('d'), status: 7 }],
    ['a kind that is null', { ...opened('d', 'c'), kind: null }],
    ['a cause that is missing', { ...moved('c', 'c'), cause: undefined }],
    ['results that are missing', { ...answered('d'), results: undefined }],
  ])('is rejected as damaged for %s', (_, fact) => {
    expect(errorOf(fact)).toMatchObject({ code: 'journal-damaged', details: { factIndex: abc.length } })
  })

  it('is not assumed for an unknown error code, which is kept', () => {
    const [opening, settling] = cameToNothing('d', 'c')
    const facts = [...abc, opening, { ...settling, failure: { code: 'unheard-of', message: 'x' } }]
    expect(fold(facts).turns.at(-1)).toMatchObject({ failure: { code: 'unheard-of' } })
  })
})
