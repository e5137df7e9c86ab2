// Translates the names of XState 5's own events and actions to those of XState 4.

const renamed = [
  [/^xstate\.done\.actor\./, 'done.invoke.'],
  [/^xstate\.error\.actor\./, 'error.platform.'],
  [/^xstate\.done\.state\./, 'done.state.'],
] as const

/** The name of an event in XState 4. `xstate.after.<delay>.<id>` becomes `xstate.after(<delay>)#<id>`; others stay. */
export function nameInV4(type: string): string {
  if (!type.startsWith('xstate.')) return type
  for (const [pattern, name] of renamed) if (pattern.test(type)) return type.replace(pattern, name)
  return type.replace(/^xstate\.after\.([^.]+)\.(.*)$/, 'xstate.after($1)#$2')
}

/**
 * The name of an action, without the prefix `xstate.`. XState 4 would mistake a type such as `xstate.raise` for its own action,
 * and look for fields that it does not have.
 */
export function actionName(action: unknown): string {
  const name =
    typeof action === 'string'
      ? action
      : (typeof action === 'object' || typeof action === 'function') && action !== null && 'type' in action
        ? String(action.type)
        : typeof action === 'function'
          ? action.name
          : ''
  return name.replace(/^xstate\./, '') || 'a function'
}
