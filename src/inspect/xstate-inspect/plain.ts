// Copies values as JSON. Apps, tools and models can put any value into events and contexts: deep, large, shared or circular
// ones, and ones that throw when they are read. None of them may end or slow down the app that is inspected.
import { Actor } from 'xstate'
import { deepestNesting } from '../../journal/index.ts'

/** How much of a value is copied. A part beyond it is replaced by a marker with its size. */
export interface PlainLimits {
  /** Levels of objects and arrays. */
  readonly levels: number
  /** Objects and arrays, and the values in them. */
  readonly values: number
  /** Characters of one text. */
  readonly text: number
  /** Characters of all texts, and of the names of fields. */
  readonly texts: number
}

/** A message of this size takes a few milliseconds to make, and has more than people read. */
const defaultLimits: PlainLimits = { levels: deepestNesting, values: 20_000, text: 50_000, texts: 250_000 }

/**
 * Copies a value as JSON. Functions and symbols are left out. An actor becomes `{ id }`, an error its name and message, a set an
 * array, a map an object, a bigint its digits, and a circular reference `[Circular]`. A part beyond a limit becomes a marker,
 * such as `[Nested too deeply]`, `[24000000 characters]` or `[70000 items]`. A value that throws when it is read becomes
 * `[Not readable]`. Outer values are copied before inner ones, and newer items of a list before older ones. Never throws.
 */
export function toPlain(value: unknown, limits: Partial<PlainLimits> = {}): unknown {
  const copying = new Copying({ ...defaultLimits, ...limits })
  const around: Record<string, unknown> = {}
  copying.add({ target: around, key: 'value', value, depth: 0, around: null })
  copying.run()
  return around['value']
}

type Container = unknown[] | Record<string, unknown>

/** A value that waits to be copied, and the place for its copy. */
interface Waiting {
  readonly target: Container
  readonly key: string | number
  readonly value: unknown
  readonly depth: number
  readonly around: Opened | null
}

/** An object whose fields are being copied, and the objects around it. */
interface Opened {
  readonly value: object
  readonly around: Opened | null
}

class Copying {
  readonly #limits: PlainLimits
  /** In the order in which they are copied: outer values first. */
  readonly #waiting: Waiting[] = []
  #values = 0
  #characters = 0

  constructor(limits: PlainLimits) {
    this.#limits = limits
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting)
  }

  run(): void {
    for (const waiting of this.#waiting) put(waiting.target, waiting.key, this.#copyOf(waiting))
  }

  #copyOf(waiting: Waiting): unknown {
    try {
      return this.#unguarded(waiting)
    } catch {
      return '[Not readable]'
    }
  }

  #unguarded(waiting: Waiting): unknown {
    const { value } = waiting
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'bigint') return this.#text(String(value))
    if (typeof value === 'function' || typeof value === 'symbol') return undefined
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Actor) return { id: this.#text(value.id) }
    for (let at = waiting.around; at; at = at.around) if (at.value === value) return '[Circular]'
    if (waiting.depth >= this.#limits.levels) return '[Nested too deeply]'
    if (value instanceof Error) {
      const { name, message }: { readonly name: unknown; readonly message: unknown } = value
      return { name: this.#text(String(name)), message: this.#text(String(message)) }
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    if (value instanceof Map) return this.#open(waiting, value, value.size, value)
    if (value instanceof Set) return this.#list(waiting, value, value.size, [...first(value, this.#room)])
    if (Array.isArray(value)) return this.#list(waiting, value, value.length, value)
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const around = { value, around: waiting.around }
      return this.#unguarded({ ...waiting, value: value.toJSON(), depth: waiting.depth + 1, around })
    }
    const keys = Object.keys(value)
    return this.#open(waiting, value, keys.length, fieldsOf(value, keys))
  }

  /** The number of values that may still be copied. */
  get #room(): number {
    return this.#limits.values - this.#values
  }

  #list(waiting: Waiting, value: object, length: number, items: readonly unknown[]): unknown {
    if (length > this.#room) return `[${length} items]`
    this.#values += length
    const copy: unknown[] = Array.from({ length })
    const around = { value, around: waiting.around }
    for (let key = length - 1; key >= 0; key--)
      this.add({ target: copy, key, value: items[key], depth: waiting.depth + 1, around })
    return copy
  }

  #open(waiting: Waiting, value: object, count: number, fields: Iterable<readonly [unknown, unknown]>): unknown {
    if (count > this.#room) return `[${count} fields]`
    const named = [...fields].map(([key, field]) => [String(key), field] as const)
    const length = named.reduce((sum, [key]) => sum + key.length, 0)
    if (!this.#takes(length)) return `[${count} fields]`
    this.#values += count
    const copy: Record<string, unknown> = {}
    const around = { value, around: waiting.around }
    for (const [key, field] of named) this.add({ target: copy, key, value: field, depth: waiting.depth + 1, around })
    return copy
  }

  #text(text: string): string {
    return text.length <= this.#limits.text && this.#takes(text.length) ? text : `[${text.length} characters]`
  }

  /** Takes a number of characters. Returns `false`, and takes none, if fewer are left. */
  #takes(length: number): boolean {
    if (this.#characters + length > this.#limits.texts) return false
    this.#characters += length
    return true
  }
}

const fieldsOf = (value: object, keys: readonly string[]): readonly (readonly [string, unknown])[] =>
  keys.map((key) => [key, read(value, key)] as const)

/** Reads a field; one that throws becomes a marker. */
function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    return '[Not readable]'
  }
}

function* first<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const item of items) if (left-- > 0) yield item
}

function put(target: Container, key: string | number, value: unknown): void {
  if (Array.isArray(target)) target[Number(key)] = value
  // An ordinary name, but assigning to it would set the prototype.
  else if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
