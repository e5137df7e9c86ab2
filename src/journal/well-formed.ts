// Text that can be sent. A JavaScript string may hold half of a surrogate pair (a text that was cut within an emoji); UTF-8
// can't, and the API answers a request with one by a 400 ("The request body is not valid JSON: no low surrogate in string").
// Control characters are fine: JSON escapes them, NUL among them, and no rejection of an escaped one is known.

/**
 * The same data with U+FFFD in the place of each lone surrogate, in keys too, however deep it is nested. Data without lone
 * surrogates comes back as it is, the same object; else a copy does. Only arrays and plain objects are looked into: what
 * else an app hands over (a schema, a date) stays what it is.
 */
export function wellFormed<T>(value: T): T
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
  return isContainer(value) && !isWellFormed(value) ? repaired(value) : value
}

type Container = unknown[] | Record<string, unknown>

function isContainer(value: unknown): value is Container {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

// Lists in place of recursion, in both: data from outside can be nested at will, and hold itself.

function isWellFormed(root: Container): boolean {
  const found = new Set<Container>([root])
  const isFine = (value: unknown): boolean => {
    if (isContainer(value)) found.add(value)
    return typeof value !== 'string' || value.isWellFormed()
  }
  for (const container of found) {
    if (Array.isArray(container)) {
      if (!container.every(isFine)) return false
      continue
    }
    for (const key of Object.keys(container)) if (!key.isWellFormed() || !isFine(container[key])) return false
  }
  return true
}

function repaired(root: Container): Container {
  const copies = new Map<Container, Container>()
  const begun = (container: Container): Container => {
    const known = copies.get(container)
    if (known) return known
    const copy: Container = Array.isArray(container) ? [] : {}
    copies.set(container, copy)
    return copy
  }
  const copyOf = (value: unknown): unknown =>
    typeof value === 'string' ? value.toWellFormed() : isContainer(value) ? begun(value) : value
  const copy = begun(root)
  for (const [container, target] of copies)
    if (!Array.isArray(target))
      for (const [key, value] of Object.entries(container)) define(target, key.toWellFormed(), copyOf(value))
    else if (Array.isArray(container)) for (const value of container) target.push(copyOf(value))
  return copy
}

/** Two names that differ in a lone surrogate alone stay two. `__proto__` is a name like any other. */
function define(target: Container, key: string, value: unknown): void {
  let name = key
  while (Object.hasOwn(target, name)) name += '\uFFFD'
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}
