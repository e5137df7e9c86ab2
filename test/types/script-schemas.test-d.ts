import type { GenericSchema, InferOutput } from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import type {
  DefaultStep,
  FallbackStep,
  HttpErrorStep,
  ReplyStep,
  ScriptedBlock,
  ScriptFaults,
  SimulatorOptions,
} from '../../src/testing/index.ts'
import type { simulatorOptions } from '../../src/testing/plan/check-options.ts'
import type { block } from '../../src/testing/script/block-schema.ts'
import type { faults } from '../../src/testing/script/fault-schema.ts'
import type { defaultStep, fallbackStep, httpErrorStep, replyStep } from '../../src/testing/script/step-schema.ts'

/** Removes `readonly` and allows `undefined` in optional fields, as the schemas do. */
type Plain<T> = T extends (...given: never[]) => unknown
  ? T
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? {
          -readonly [Name in keyof T]: undefined extends T[Name]
            ? Plain<Exclude<T[Name], undefined>> | undefined
            : Plain<T[Name]>
        }
      : T

/** Only the schema forbids fallbacks within the refusal of a fallback model. */
type WithoutFallbacks<Step extends { refusal?: object | undefined }> = Omit<Step, 'refusal'> & {
  refusal: Omit<Exclude<Step['refusal'], undefined>, 'fallbacks'>
}

type Checked<Schema extends GenericSchema> = Plain<InferOutput<Schema>>

describe('the schemas of scripts accept exactly what the types allow', () => {
  it('for blocks', () => {
    expectTypeOf<Checked<typeof block>>().toEqualTypeOf<Plain<ScriptedBlock>>()
  })

  it('for faults', () => {
    expectTypeOf<Checked<typeof faults>>().toEqualTypeOf<Plain<ScriptFaults>>()
  })

  it('for steps', () => {
    expectTypeOf<WithoutFallbacks<Checked<typeof replyStep>>>().toEqualTypeOf<WithoutFallbacks<Plain<ReplyStep>>>()
    expectTypeOf<WithoutFallbacks<Checked<typeof fallbackStep>>>().toEqualTypeOf<
      WithoutFallbacks<Plain<FallbackStep>>
    >()
    expectTypeOf<Checked<typeof defaultStep>>().toEqualTypeOf<Plain<DefaultStep>>()
    expectTypeOf<Checked<typeof httpErrorStep>>().toEqualTypeOf<Plain<HttpErrorStep>>()
  })

  it('for the options of a simulator, without the script, whose steps have their own schema', () => {
    expectTypeOf<Omit<Checked<typeof simulatorOptions>, 'script'>>().toEqualTypeOf<
      Plain<Omit<SimulatorOptions, 'script'>>
    >()
  })
})
