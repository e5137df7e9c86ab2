import { createHash } from 'node:crypto'
import { isObject } from './json.ts'

export const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 32)

/** JSON that is equal for equal values: fields are sorted, and those that are null, undefined or in `omitted` are left out. */
export const canonical = (value: unknown, omitted: readonly string[] = []): string => {
  if (Array.isArray(value)) return `[${value.map((entry) => canonical(entry, omitted)).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const fields = Object.keys(value)
    .filter((name) => (value[name] ?? null) !== null && !omitted.includes(name))
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name], omitted)}`)
  return `{${fields.join(',')}}`
}
