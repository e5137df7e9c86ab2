// The object that apps hold: the properties of several parts, as one object. A process may have thousands of conversations with some
// fifty properties each, so all of them share the accessors. A part is made when it is first used, and so is a method.
import { guarded } from './guarded-doors.ts'

/** Classes whose getters and methods an object has. */
type PartClasses<Core> = readonly (new (core: Core) => object)[]

type All<Parts> = Parts extends readonly [new (core: never) => infer First, ...infer Rest] ? First & All<Rest> : unknown

interface State<Core> {
  readonly core: Core
  /** Those that were used. */
  readonly parts: object[]
  /** Those that were read: the same function each time. */
  readonly methods: Map<string, Method>
}

type Method = (...given: readonly unknown[]) => unknown

/**
 * Joins parts to one kind of object. A getter of a part is a property of the object. So is a method: it needs no `this`, so it can
 * be passed on, and it throws documented errors only, whatever reading an argument throws. Arguments are read before anything is done.
 * `coreOf` finds what an object was made of.
 */
export function facadeOf<Core, Parts extends PartClasses<Core>>(
  parts: Parts,
): { readonly make: (core: Core) => All<Parts>; readonly coreOf: (made: object) => Core | undefined } {
  // A function, because an object would be wrapped with the conversation by what observes objects through proxies.
  const stateKey = Symbol('state')
  interface Facade {
    readonly [stateKey]: () => State<Core>
  }
  const accessors: PropertyDescriptorMap = {}
  for (const [index, Part] of parts.entries()) {
    const partOf = (state: State<Core>): object => (state.parts[index] ??= new Part(state.core))
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors<object>(Part.prototype))
    for (const [name, { value }] of descriptors.filter(([key]) => key !== 'constructor')) {
      accessors[name] = {
        enumerable: true,
        configurable: true,
        ...(isMethod(value) ? methodAccessor(name, value, partOf) : getAccessor(name, partOf)),
      }
    }
  }
  function getAccessor(name: string, partOf: (state: State<Core>) => object) {
    return {
      get(this: Facade): unknown {
        return Reflect.get(partOf(this[stateKey]()), name)
      },
    }
  }
  function methodAccessor(name: string, method: Method, partOf: (state: State<Core>) => object) {
    return {
      get(this: Facade): Method {
        const state = this[stateKey]()
        const known = state.methods.get(name)
        if (known) return known
        const made: Method = (...given) => guarded(`chat.${name}()`, () => Reflect.apply(method, partOf(state), given))
        state.methods.set(name, made)
        return made
      },
      // For apps that put a method of their own in its place, as tests do.
      set(this: Facade, value: unknown): void {
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
      },
    }
  }
  const make = (core: Core) => {
    const state: State<Core> = { core, parts: [], methods: new Map() }
    const facade: object = {}
    Object.defineProperty(facade, stateKey, { value: () => state })
    Object.defineProperties(facade, accessors)
    // Every property of every part was added.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return facade as All<Parts>
  }
  const isFacade = (made: object): made is Facade => stateKey in made
  return { make, coreOf: (made) => (isFacade(made) ? made[stateKey]().core : undefined) }
}

const isMethod = (value: unknown): value is Method => typeof value === 'function'
