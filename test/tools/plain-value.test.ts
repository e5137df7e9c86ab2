import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNestedDeeper } from '../../src/journal/index.ts'
import { plainValue } from '../../src/tools/plain-value.ts'
import { nested } from '../nested.ts'
import { runs } from '../runs.ts'

class Point {
  readonly x = 1
  readonly #hidden = 2
  get sum() {
    return this.x + this.#hidden
  }
}
class Itself {
  readonly a = 1
  toJSON() {
    return this
  }
}
class Query {
  // oxlint-disable-next-line unicorn/no-thenable -- query builders are
  then() {}
}
class Sealed {
  readonly #hidden = 1
  get hidden() {
    return this.#hidden
  }
}
const sparse: number[] = []
sparse[4_000_000_000] = 1

describe('the result of a tool', () => {
  it.each<readonly [string, unknown, unknown]>([
    ['an error', new TypeError('disk full'), { name: 'TypeError', message: 'disk full' }],
    [
      'a nested error with its cause',
      { failed: new Error('no page', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }) },
      { failed: { name: 'Error', message: 'no page', cause: { name: 'Error', message: 'reset', code: 'ECONNRESET' } } },
    ],
    [
      'an AggregateError',
      new AggregateError([new Error('a')], 'all'),
      { name: 'AggregateError', message: 'all', errors: [{ name: 'Error', message: 'a' }] },
    ],
    ['an error with a toJSON', Object.assign(new Error('x'), { toJSON: () => 'key' }), { name: 'Error', message: 'x' }],
    ['an error of another realm', runInNewContext('new Error("x")'), { name: 'Error', message: 'x' }],
    ['a map with string keys', new Map([['a', new Map([['b', 1]])]]), { a: { b: 1 } }],
    [
      'a map with other keys',
      new Map<unknown, unknown>([
        [1, 'a'],
        [{ x: 1 }, 'b'],
      ]),
      [
        [1, 'a'],
        [{ x: 1 }, 'b'],
      ],
    ],
    ['an empty map', new Map(), {}],
    ['a set', new Set([1, new Set(['x'])]), [1, ['x']]],
    ['a typed array of numbers', new Float32Array([1, 0.5]), [1, 0.5]],
    ['a typed array of bigints', new BigInt64Array([2n ** 60n]), ['1152921504606846976']],
    ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an invalid date', new Date(NaN), 'Invalid Date'],
    ['a URL and search params', [new URL('https://a.b/?c=d'), new URLSearchParams('c=d')], ['https://a.b/?c=d', 'c=d']],
    ['a regular expression', /a+/g, '/a+/g'],
    ['headers', new Headers({ a: 'b' }), [['a', 'b']]],
    ['numbers that JSON lacks', [NaN, -Infinity, 10n ** 20n], ['NaN', '-Infinity', '100000000000000000000']],
    ['boxed values', [Object(1), Object('a'), Object(false), Object(1n)], [1, 'a', false, '1']],
    ['an instance with fields', new Point(), { x: 1 }],
    ['an undefined field among others', { a: 1, b: undefined }, { a: 1 }],
    ['only undefined fields', { a: undefined }, { a: null }],
    ['an array with an undefined item', [1, undefined], [1, null]],
    ['a sparse array', [1, , 3], { 0: 1, 2: 3, length: 3 }], // eslint-disable-line no-sparse-arrays
    ['a sparse array longer than memory', sparse, { 4000000000: 1, length: 4000000001 }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a field named __proto__', JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
    ['an object with a toJSON', { toJSON: () => new Map([['a', 1n]]) }, { a: '1' }],
    ['an object whose toJSON returns itself', new Itself(), { a: 1 }],
    ['a shared value', [[sparse.slice(0, 0)], [sparse.slice(0, 0)]], [[[]], [[]]]],
  ])('is converted to plain data: %s', (_, value, plain) => {
    expect(plainValue(value)).toEqual(plain)
  })

  const self: Record<string, unknown> = {}
  self['rows'] = [self]
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  it.each<readonly [string, unknown, RegExp]>([
    ['a nested promise', { page: Promise.resolve('x') }, /"page" is a promise\. Await it/],
    ['a query that was not awaited', new Query(), /it is a promise/],
    ['a response', new Response('page'), /it is a Response\. Give its body/],
    ['a request', { sent: new Request('https://a.b') }, /"sent" is a Request/],
    ['a web stream', new ReadableStream(), /it is a stream/],
    ['a Node stream', [Readable.from(['a'])], /"0" is a stream/],
    [
      'an asynchronous generator',
      (async function* () {
        yield 1
      })(),
      /it is a generator or iterator\. Iterate over it/,
    ],
    [
      'a generator',
      {
        rows: (function* () {
          yield 1
        })(),
      },
      /"rows" is a generator or iterator/,
    ],
    ['an iterator', new Map([[1, 2]]).entries(), /it is a generator or iterator/],
    ['a buffer', { file: Buffer.from('abc') }, /"file" is bytes\. .*content block/],
    ['bytes', new ArrayBuffer(3), /it is bytes/],
    ['a blob', new Blob(['a']), /it is a Blob\. Read it/],
    ['a function', { do: { it: () => 1 } }, /"do\.it" is a function/],
    ['a symbol', [Symbol('x')], /"0" is a symbol/],
    ['a cycle', self, /"rows\.0" is a circular reference/],
    ['endless nesting', nested(100_000), /nested deeper than 128 levels/],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no access')
        },
      },
      /"a" can't be read: no access/,
    ],
    [
      'a toJSON that throws',
      {
        a: {
          toJSON: () => {
            throw new Error('no')
          },
        },
      },
      /"a" can't be read: no/,
    ],
    ['a toJSON that returns nothing', { toJSON: () => undefined }, /toJSON\(\) returns undefined/],
    ['a revoked proxy', { a: proxy }, /"a" can't be read/],
    ['an instance without fields', { a: new Sealed() }, /"a" is an instance of Sealed without any field/],
    ['fields with symbol keys', { [Symbol('a')]: 1 }, /without any field/],
    ['a weak map', new WeakMap(), /an instance of WeakMap without any field/],
  ])('is rejected with an error that says what to return: %s', (_, value, says) => {
    expect(() => plainValue(value)).toThrow(says)
  })

  it('is processed in bounded time when it shares values many times over', () => {
    let shared: unknown[] = []
    for (let level = 0; level < 100; level++) shared = [shared, shared]
    expect(() => plainValue(shared)).toThrow(/more than 250000 objects/)
  })

  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })

  /** The number of parts of an object: its fields, entries, or boxed value. */
  const contentsOf = (value: object): number => {
    if (value instanceof Map || value instanceof Set) return value.size
    return Reflect.ownKeys(value).filter((key) => key !== 'length').length
  }
  const toldOf = (value: unknown): { plain: unknown } | { error: unknown } => {
    try {
      return { plain: plainValue(value) }
    } catch (error) {
      return { error }
    }
  }

  it('is JSON without loss or a readable error, whatever the value', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const told = toldOf(value)
        if ('error' in told) {
          expect(told.error).toMatchObject({ name: 'TypeError', message: expect.stringMatching(/\w/) as string })
          return
        }
        const { plain } = told
        if (typeof value !== 'object' || value === null) return
        expect(isNestedDeeper(plain)).toBe(false)
        // A round trip through JSON changes nothing.
        const json = JSON.stringify(plain)
        expect(JSON.stringify(JSON.parse(json))).toBe(json)
        if (json === '{}' || json === '[]' || json === 'null') expect(contentsOf(value)).toBe(0)
      }),
      { numRuns: runs(667) },
    )
  })
})
