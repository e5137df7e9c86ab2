// Processes that run tests. One that doesn't answer in time, or dies, has killed its mutant, and is replaced.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Task, Verdict } from './mutant.ts'

const start = (folder: string): ChildProcess =>
  fork(join(import.meta.dirname, 'worker.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, TURNSTATE_MUTANTS: folder },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })

/** Runs tasks in one process, which it starts when it needs one. */
export type Runner = {
  /** Resolves to null when the process died or took longer than `limit` milliseconds. */
  readonly run: (task: Task, limit: number) => Promise<Verdict | null>
  readonly close: () => void
}

/** A runner of tests against the instrumented code in `folder`. */
export const createRunner = (folder: string): Runner => {
  let child: ChildProcess | null = null
  const close = (): void => {
    child?.kill('SIGKILL')
    child = null
  }
  return {
    close,
    run: async (task, limit) => {
      if (child?.connected !== true) child = start(folder)
      child.send(task)
      const done = new AbortController()
      const signal = AbortSignal.any([done.signal, AbortSignal.timeout(limit)])
      const verdict = await Promise.race([
        once(child, 'message', { signal }).then(([message]) => message as Verdict),
        once(child, 'exit', { signal }).then(() => null),
      ]).catch(() => null)
      // The listener that lost the race goes; its promise rejects, and the race has taken care of it.
      done.abort()
      if (verdict === null) close()
      return verdict
    },
  }
}

/** Does `work` for each item, as many at a time as there are runners, and returns the results in the items' order. */
export const spread = async <Item, Result>(
  items: readonly Item[],
  runners: readonly Runner[],
  work: (item: Item, runner: Runner) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results: Result[] = []
  const queue = items.entries()
  await Promise.all(
    runners.map(async (runner) => {
      for (const [index, item] of queue) results[index] = await work(item, runner)
    }),
  )
  return results
}
