// What XState 4 calls the events that XState 5 makes by itself.

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
 * The name of an action. Those that are written in the chart are functions; XState 4 would take their types, as
 * `xstate.raise`, for its own and look for what they hold.
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
