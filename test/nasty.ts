// Values of every kind that walks of data fall over: deep, wide, without an end, and such as run code when they are read.
import { nested } from './nested.ts'

const throwing = (): never => {
  throw new Error('not for you')
}

/** Throws whatever is asked of it. */
const closedDoor = (target: object): object =>
  new Proxy(target, {
    get: throwing,
    has: throwing,
    ownKeys: throwing,
    getOwnPropertyDescriptor: throwing,
    getPrototypeOf: throwing,
  })

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function holdingItself(): object {
  const list: unknown[] = []
  const value = { list, type: 'text', text: 'x' }
  list.push(value, list)
  return value
}

/** Shared in ever more ways: written out, it has 2^40 leaves. */
function bomb(): object {
  let value: object = {}
  for (let level = 0; level < 40; level++) value = { a: value, b: value }
  return value
}

function deepArray(levels: number): unknown[] {
  let value: unknown[] = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

/** Each is made anew, by its name. */
export const nastyValues: Readonly<Record<string, () => unknown>> = {
  '200,000 levels': () => nested(200_000),
  '5,000 levels of arrays': () => deepArray(5_000),
  '129 levels': () => nested(129),
  'a circular value': holdingItself,
  'a value that doubles with each level': bomb,
  '100,000 fields': () => Object.fromEntries(Array.from({ length: 100_000 }, (_, nth) => [`f${nth}`, nth])),
  'a proxy that throws': () => closedDoor({}),
  'an array whose proxy throws': () => closedDoor([]),
  'a function whose proxy throws': () => closedDoor(() => {}),
  'a revoked proxy': revoked,
  'a getter that throws': () => ({
    type: 'text',
    get text(): string {
      return throwing()
    },
  }),
  'a toJSON that throws': () => ({ toJSON: throwing }),
  'a toJSON that gives itself': () => {
    const value = { toJSON: (): unknown => value }
    return value
  },
  'a toJSON() with a deep result': () => ({ toJSON: (): unknown => nested(100_000) }),
  'a key that is a prototype': (): unknown =>
    JSON.parse('{"__proto__":{"type":"text","text":"x"},"constructor":{"prototype":1}}'),
  'an object without a prototype': (): unknown => Object.assign(Object.create(null), { type: 'text', text: 'x' }),
  'a symbol': () => Symbol('x'),
  'a bigint': () => 1n,
  'a function': () => throwing,
  'not a number': () => Number.NaN,
  'half a surrogate pair': () => '\ud83d',
  null: () => null,
  nothing: () => undefined,
  'an empty array': () => [],
  'a date that is none': () => new Date(Number.NaN),
  'a map of itself': () => {
    const map = new Map<unknown, unknown>()
    map.set(map, map)
    return map
  },
  'a promise that is rejected': () => {
    const promise = Promise.reject(new Error('not for you'))
    promise.catch(() => {})
    return promise
  },
}
