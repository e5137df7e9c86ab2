// Makes text sendable. A JavaScript string may contain half of a surrogate pair (a text that was cut within an emoji); UTF-8
// cannot, and the API answers such a request with a 400 ("The request body is not valid JSON: no low surrogate in string").
// Control characters are fine: JSON escapes them, NUL among them, and no rejection of an escaped one is known.

/**
 * Replaces each lone surrogate by U+FFFD, in keys too, at any depth. Data without lone surrogates is returned as the same object, other
 * data as a copy. Only arrays and plain objects are searched; any other object (a schema, a date) is kept unchanged.
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

// Lists instead of recursion: data from outside may have any depth and contain cycles.

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

/** Two keys that differ only in a lone surrogate stay distinct. `__proto__` is an ordinary key. */
function define(target: Container, key: string, value: unknown): void {
  let name = key
  while (Object.hasOwn(target, name)) name += '\uFFFD'
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}
