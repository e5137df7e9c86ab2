// Iterables that wait for something to happen.
import type { FollowedFacts } from './store.ts'
import type { StoredFact } from '../journal/index.ts'

/** Where a follower reads from. */
export interface Followed {
  /** The facts from a revision on, at most a page; `null` once the conversation is deleted or the store is closed. */
  read(from: number): Promise<readonly StoredFact[] | null>
  /** Calls back when there may be more to read. Returns what ends that. */
  watch(changed: () => void): () => void
}

/** The facts from a revision on, and those that follow, until the signal aborts or there is nothing more to follow. */
export const follow = (
  open: () => Promise<Followed>,
  revision: number,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<FollowedFacts> => endable(signal, (end) => following(open, revision, end))

async function* following(
  open: () => Promise<Followed>,
  revision: number,
  end: AbortSignal,
): AsyncGenerator<FollowedFacts, void> {
  const followed = await open()
  const changes = new Changes(end)
  const unwatch = followed.watch(() => changes.report())
  try {
    for (let from = revision; !end.aborted;) {
      // Before it reads: what changes meanwhile is a reason to read again.
      changes.taken()
      const facts = await followed.read(from)
      if (facts === null || end.aborted) return
      if (facts.length === 0) await changes.next()
      else {
        from += facts.length
        yield { facts, revision: from }
      }
    }
  } finally {
    unwatch()
    changes.close()
  }
}

/** Whether something has changed since the last look, and a promise of the next change. */
class Changes {
  readonly #end: AbortSignal
  readonly #report = () => this.report()
  #changed = false
  #resume: (() => void) | null = null

  constructor(end: AbortSignal) {
    this.#end = end
    end.addEventListener('abort', this.#report)
  }

  report(): void {
    this.#changed = true
    this.#resume?.()
  }

  taken(): void {
    this.#changed = false
  }

  async next(): Promise<void> {
    if (this.#changed || this.#end.aborted) return
    await new Promise<void>((resolve) => {
      this.#resume = resolve
    })
  }

  close(): void {
    this.#end.removeEventListener('abort', this.#report)
  }
}

/** An iterable that also ends by `return()` while somebody waits for its next value; a plain generator would wait on. */
function endable<Value>(
  signal: AbortSignal | undefined,
  make: (end: AbortSignal) => AsyncGenerator<Value, void>,
): AsyncIterableIterator<Value> {
  const ended = new AbortController()
  const values = make(signal ? AbortSignal.any([signal, ended.signal]) : ended.signal)
  return {
    next: () => values.next(),
    return: () => {
      ended.abort()
      return values.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
