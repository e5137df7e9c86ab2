/** What the app provides later: files, tools, other inputs. It comes when the program says so. */
export function createHeld() {
  const waiting: (() => void)[] = []
  return {
    wait: <T>(give: () => T): Promise<T> => new Promise((resolve) => waiting.push(() => resolve(give()))),
    /** Lets the oldest come; `false` when nothing waits. */
    let: (): boolean => {
      const next = waiting.shift()
      next?.()
      return next !== undefined
    },
  }
}

export type Held = ReturnType<typeof createHeld>
