// Choices of the person at the page that outlive a reload.
import { useState } from 'preact/hooks'

export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'

/** A state that the browser keeps, under a name. What it kept and `isValid` does not accept counts as nothing. */
export function useRemembered<Value>(
  name: string,
  otherwise: Value,
  isValid: (value: unknown) => value is Value,
): readonly [Value, (value: Value) => void] {
  const [value, setValue] = useState<Value>(() => {
    const kept = recall(name)
    return isValid(kept) ? kept : otherwise
  })
  return [
    value,
    (next) => {
      setValue(next)
      remember(name, next)
    },
  ]
}

const keyOf = (name: string): string => `turnstate inspector: ${name}`

function recall(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null')
  } catch {
    return null
  }
}

function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value))
  } catch {
    // Storage may be full or forbidden. The choice lasts until the page is closed.
  }
}
