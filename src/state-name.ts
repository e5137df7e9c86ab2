import type { StateValue } from 'xstate'

/** The name of a state, dotted for nested ones. */
export const stateName = (value: StateValue): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value)
        .map(([key, child]) => (child === undefined ? key : `${key}.${stateName(child)}`))
        .join(' ')
