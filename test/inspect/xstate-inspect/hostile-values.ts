// Values that make a serializer throw, recurse endlessly, or run forever.
import { nested } from '../../nested.ts'

const throwing = () => {
  throw new Error('not for you')
}

/** An object whose two fields are the same object, nested this deep: its full JSON would be exponential. */
function doubled(levels: number): object {
  let value: object = {}
  for (let level = 0; level < levels; level++) value = { a: value, b: value }
  return value
}

/** Each toJSON() returns another object with a toJSON(). */
const endless = (): object => ({ toJSON: endless })

const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()

/** Each value with its shown form. */
export const hostile: readonly (readonly [string, unknown, unknown])[] = [
  [
    'a getter that throws',
    Object.defineProperty({ a: 1 }, 'b', { get: throwing, enumerable: true }),
    { a: 1, b: '[Not readable]' },
  ],
  ['a toJSON() that throws', { toJSON: throwing }, '[Not readable]'],
  ['a toJSON() that never ends', endless(), '[Nested too deeply]'],
  ['a revoked proxy', revoked, '[Not readable]'],
  ['a proxy that throws', new Proxy({}, { ownKeys: throwing }), '[Not readable]'],
  ['a proxy whose prototype cannot be read', new Proxy({}, { getPrototypeOf: throwing }), '[Not readable]'],
  [
    'an error whose message is an object that throws',
    Object.assign(new Error('x'), { message: { toString: throwing } }),
    '[Not readable]',
  ],
  ['a map whose keys throw', new Map([[{ toString: throwing }, 1]]), '[Not readable]'],
  ['24 MB of text', { data: 'x'.repeat(24_000_000) }, { data: '[24000000 characters]' }],
  ['24 MB of bytes', { data: new Uint8Array(24_000_000) }, { data: '[24000000 bytes]' }],
  [
    'a sparse array of a billion items',
    { list: Array.from({ length: 0 }).concat(Object.assign([], { length: 1e9 })) },
    { list: '[1000000000 items]' },
  ],
  [
    'an object of 100,000 fields',
    Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`f${n}`, n])),
    '[100000 fields]',
  ],
  ['a set of 100,000', new Set(Array.from({ length: 100_000 }, (_, n) => n)), '[100000 items]'],
  ['a field called __proto__', JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
  [
    'a bigint, an invalid date and NaN',
    { a: 10n, b: new Date(Number.NaN), c: Number.NaN },
    { a: '10', b: null, c: Number.NaN },
  ],
]

/** Values that are too deep, or too large in JSON. */
export const endsSomewhere: readonly (readonly [string, unknown])[] = [
  ['5,000 levels', nested(5_000)],
  ['a million levels', nested(1_000_000)],
  ['60 levels of shared objects', doubled(60)],
  ['120 levels of shared objects', doubled(120)],
]
