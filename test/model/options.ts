// The options of a random conversation, by names that a printed program can be read by.
import * as fc from 'fast-check'
import type { Budget, ConversationOptions, OnRefusal } from '../../src/index.ts'

export const models = ['claude-opus-5-5', 'claude-opus-4-8', 'claude-opus-5', 'claude-haiku-4-5'] as const
export type ModelName = (typeof models)[number]
export const mainModel: ModelName = 'claude-opus-5-5'

/** What the app's own functions are for these options: the world fills them in. */
export interface AppFunctions {
  /** Returns another input; `later` when the program says so. */
  readonly rephrase: (how: 'at once' | 'later' | 'not' | 'throwing' | 'blank') => () => Promise<string | null>
  readonly overflow: (how: 'later' | 'throwing') => () => Promise<'compact'>
}

const refusalPolicies = {
  ladder: () => ['drop-turn', { rewind: 1 }, 'clear'],
  'drop-turn': () => 'drop-turn',
  clear: () => 'clear',
  'rewind 2': () => ({ rewind: 2 }),
  manual: () => 'manual',
  fallback: () => ({ fallback: [{ model: 'claude-opus-4-8' }, { model: 'claude-opus-5' }] }),
  'fallback from the next turn': () => ({ fallback: [{ model: 'claude-opus-5' }], from: 'next-turn' }),
  'rephrase, then fallback, then clear': (app) => [
    { rephrase: app.rephrase('at once') },
    { fallback: [{ model: 'claude-opus-5' }] },
    'clear',
  ],
  'rephrase later': (app) => ({ rephrase: app.rephrase('later') }),
  'rephrase throws': (app) => ({ rephrase: app.rephrase('throwing') }),
  'rephrase gives nothing': (app) => ({ rephrase: app.rephrase('blank') }),
  'by category': (app) => ({
    default: 'drop-turn',
    cyber: ['manual', { rewind: 'all' }],
    bio: { rephrase: app.rephrase('not') },
    null: [{ fallback: [{ model: 'claude-opus-4-8' }] }, 'manual'],
  }),
} as const satisfies Readonly<Record<string, (app: AppFunctions) => OnRefusal>>

export interface GivenOptions {
  readonly onRefusal?: keyof typeof refusalPolicies
  readonly whenBusy?: 'reject' | 'queue' | 'interrupt'
  readonly onStop?: 'keep' | 'drop'
  readonly onTruncated?: 'stop' | 'continue' | { readonly continue: number }
  readonly onOverflow?: 'fail' | 'compact' | 'later' | 'throwing'
  readonly compactBy?: 'auto' | 'api' | 'summary'
  readonly maxAttempts?: number
  readonly outageModels?: readonly ModelName[]
  readonly returnToModel?: number
  readonly budget?: Budget
  readonly resendRefused?: 'allow' | 'warn' | 'block'
  readonly serverFallbacks?: 'default' | 'one'
  readonly maxSteps?: number
  readonly toolLimit?: number
  readonly isSeeded?: boolean
}

const onlyGiven = <T extends object>(model: { [Key in keyof T]-?: fc.Arbitrary<NonNullable<T[Key]>> }) =>
  fc.record(model, { requiredKeys: [] }) as unknown as fc.Arbitrary<T>

export const givenOptions: fc.Arbitrary<GivenOptions> = onlyGiven<GivenOptions>({
  onRefusal: fc.constantFrom(...(Object.keys(refusalPolicies) as (keyof typeof refusalPolicies)[])),
  whenBusy: fc.constantFrom('reject', 'queue', 'interrupt'),
  onStop: fc.constantFrom('keep', 'drop'),
  onTruncated: fc.constantFrom<('stop' | 'continue' | { continue: number })[]>('stop', 'continue', { continue: 1 }),
  onOverflow: fc.constantFrom('fail', 'compact', 'later', 'throwing'),
  compactBy: fc.constantFrom('auto', 'api', 'summary'),
  maxAttempts: fc.constantFrom(1, 2, 3),
  outageModels: fc.constantFrom<ModelName[][]>(['claude-opus-5'], ['claude-haiku-4-5', 'claude-opus-4-8']),
  returnToModel: fc.constantFrom(1, 2),
  budget: fc.constantFrom<Budget[]>({ tokens: 3_000 }, { refusalsInARow: 2 }),
  resendRefused: fc.constantFrom('allow', 'warn', 'block'),
  serverFallbacks: fc.constantFrom('default', 'one'),
  maxSteps: fc.constantFrom(1, 2, 5),
  toolLimit: fc.constantFrom(1, 2),
  isSeeded: fc.boolean(),
})

/** As the app gives them. */
export function asOptions(given: GivenOptions, app: AppFunctions): Partial<ConversationOptions> {
  const { onRefusal, onOverflow, compactBy, maxAttempts, outageModels, serverFallbacks, isSeeded, ...rest } = given
  return {
    ...rest,
    ...(onRefusal === undefined ? {} : { onRefusal: refusalPolicies[onRefusal](app) }),
    ...(onOverflow === undefined
      ? {}
      : { onOverflow: onOverflow === 'fail' || onOverflow === 'compact' ? onOverflow : app.overflow(onOverflow) }),
    ...(compactBy === undefined ? {} : { compaction: { by: compactBy } }),
    retry: {
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(outageModels === undefined ? {} : { models: outageModels }),
    },
    ...(serverFallbacks === undefined
      ? {}
      : { serverFallbacks: serverFallbacks === 'default' ? serverFallbacks : [{ model: 'claude-opus-4-8' }] }),
    ...(isSeeded === true
      ? {
          messages: [
            { role: 'user' as const, content: 'Before.' },
            { role: 'assistant' as const, content: 'What was.' },
          ],
        }
      : {}),
  }
}
