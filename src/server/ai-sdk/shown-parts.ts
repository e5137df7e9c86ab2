// What a client shows of a message. It runs in browsers and imports nothing.

/** What is read of a part. */
interface AnyPart {
  readonly type: string
}

/**
 * The parts of a message that stand. Version 6 of the AI SDK has no chunk that takes back what a step has shown, so a retracted step
 * is followed by a `data-retracted` part; this leaves out both. Messages without one come back unchanged, as the same array.
 */
export function shownParts<Part extends AnyPart>(message: { readonly parts: readonly Part[] }): readonly Part[] {
  const { parts } = message
  if (!parts.some(({ type }) => type === 'data-retracted')) return parts
  const shown: Part[] = []
  for (const part of parts) {
    if (part.type !== 'data-retracted') shown.push(part)
    else for (let steps = stepsOf(part); steps > 0 && shown.length > 0; steps--) dropStep(shown)
  }
  return shown
}

/** How many steps before the part are void. */
function stepsOf(part: AnyPart): number {
  const data: unknown = 'data' in part ? part.data : undefined
  const steps: unknown = typeof data === 'object' && data !== null && 'steps' in data ? data.steps : undefined
  return steps === 'all' ? Infinity : typeof steps === 'number' ? steps : 1
}

/** Removes the last step, back to its `step-start`. */
function dropStep(shown: AnyPart[]): void {
  const start = shown.findLastIndex(({ type }) => type === 'step-start')
  shown.length = Math.max(start, 0)
}
