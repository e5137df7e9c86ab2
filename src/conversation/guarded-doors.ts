import { quoteOf, TurnstateError } from '../errors.ts'

/** Calls a function. @throws TurnstateError its own, or `invalid-option` if reading an argument throws */
export function guarded<Result>(what: string, run: () => Result): Result {
  try {
    return run()
  } catch (cause) {
    if (TurnstateError.is(cause)) throw cause
    throw new TurnstateError(
      'invalid-option',
      `${what} can't read what it was given. Nothing was done. Give plain data.`,
      { cause, ...quoteOf(cause) },
    )
  }
}

/**
 * Wraps the conversation so that its functions throw documented errors only. An argument may throw whenever it is read: a proxy,
 * a getter, a value without a text form. Arguments are read before anything is done.
 */
export function withGuardedDoors<Guarded extends object>(conversation: Guarded): Guarded {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(conversation))) {
    const door: unknown = value
    if (typeof door === 'function')
      Object.defineProperty(conversation, name, {
        value: (...given: readonly unknown[]): unknown =>
          guarded(`chat.${name}()`, () => Reflect.apply(door, conversation, given)),
        enumerable: true,
      })
  }
  return conversation
}

/** One object with the properties of several. Getters stay getters, which a spread would read once. */
export function merged<const Parts extends readonly object[]>(...parts: Parts): All<Parts> {
  const whole: object = {}
  for (const part of parts) Object.defineProperties(whole, Object.getOwnPropertyDescriptors(part))
  return whole as All<Parts>
}

type All<Parts> = Parts extends readonly [infer First, ...infer Rest] ? First & All<Rest> : unknown
