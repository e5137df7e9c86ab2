// Replays conversations to viewers that join late, in short slices, so that the app keeps running however many viewers join.
import { type Clock, unref } from '../../clock.ts'
import { safely } from './safely.ts'
import type { Viewer } from './viewer.ts'

/** Milliseconds of a slice of work, and of the pause after it. */
const slice = 5
const pause = 15

/** The most characters of new messages that wait for a viewer until its replay is over. It misses any beyond. */
const mostKept = 16 * 1_024 * 1_024

interface Replay {
  /** Each starts the replay of one conversation. */
  readonly shows: (() => Iterable<unknown>)[]
  steps: Iterator<unknown> | null
  /** Messages since the replay began. */
  readonly kept: unknown[]
  characters: number
}

export class Replays {
  readonly #clock: Clock
  readonly #post: (viewer: Viewer, encoded: unknown) => void
  /** In the order in which they were added. */
  readonly #all = new Map<Viewer, Replay>()
  #isScheduled = false

  constructor(clock: Clock, post: (viewer: Viewer, encoded: unknown) => void) {
    this.#clock = clock
    this.#post = post
  }

  /** Adds a replay. It begins at once if no other one is running. */
  add(viewer: Viewer, shows: readonly (() => Iterable<unknown>)[]): void {
    const known = this.#all.get(viewer)
    if (known) known.shows.push(...shows)
    else this.#all.set(viewer, { shows: [...shows], steps: null, kept: [], characters: 0 })
    if (!this.#isScheduled) this.#run()
  }

  /** Keeps a message for a viewer until its replay is over. Returns `false` if the viewer has no replay. */
  keep(viewer: Viewer, encoded: unknown): boolean {
    const replay = this.#all.get(viewer)
    if (!replay) return false
    replay.characters += typeof encoded === 'string' ? encoded.length : 1_000
    if (replay.characters <= mostKept) replay.kept.push(encoded)
    return true
  }

  /** Sends the rest of every replay at once, and then the messages that were kept. */
  finish(): void {
    for (const [viewer, replay] of this.#all) {
      while (this.#all.has(viewer) && this.#step(replay));
      this.#close(viewer, replay)
    }
  }

  end(viewer: Viewer): void {
    this.#all.delete(viewer)
  }

  #run(): void {
    const end = performance.now() + slice
    // A step may add a replay, which must not start another run.
    this.#isScheduled = true
    for (const [viewer, replay] of this.#all) {
      let isOver = false
      while (!isOver && this.#all.has(viewer) && performance.now() < end) isOver = !this.#step(replay)
      if (!this.#all.has(viewer)) continue
      if (!isOver) break
      this.#close(viewer, replay)
    }
    this.#isScheduled = this.#all.size > 0
    if (!this.#isScheduled) return
    const timer = this.#clock.setTimeout(() => this.#run(), pause)
    unref(timer)
  }

  /** Ends a replay: the messages that were kept follow, unless the viewer has left. */
  #close(viewer: Viewer, { kept }: Replay): void {
    if (!this.#all.delete(viewer)) return
    for (const encoded of kept) this.#post(viewer, encoded)
  }

  /** Does one step. Returns whether there are more. */
  #step(replay: Replay): boolean {
    safely(() => {
      replay.steps ??= replay.shows.shift()?.()[Symbol.iterator]() ?? null
      if (replay.steps?.next().done) replay.steps = null
    })
    return replay.steps !== null || replay.shows.length > 0
  }
}
