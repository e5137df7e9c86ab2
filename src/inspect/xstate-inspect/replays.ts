// What viewers that come late are shown, a little at a time: the app goes on meanwhile, however many come, and how often.
import { type Clock, unref } from '../../clock.ts'
import { safely } from './safely.ts'
import type { Viewer } from './viewer.ts'

/** Milliseconds of work, and of the pause after it. */
const slice = 5
const pause = 15

/** Characters of the messages that wait for a viewer until its replay is over. It misses those beyond. */
const mostKept = 16 * 1_024 * 1_024

interface Replay {
  /** Each begins one conversation. */
  readonly shows: (() => Iterable<unknown>)[]
  steps: Iterator<unknown> | null
  /** What happened since it began. */
  readonly kept: unknown[]
  characters: number
}

export class Replays {
  readonly #clock: Clock
  readonly #post: (viewer: Viewer, encoded: unknown) => void
  /** In the order in which they came. */
  readonly #all = new Map<Viewer, Replay>()
  #isScheduled = false

  constructor(clock: Clock, post: (viewer: Viewer, encoded: unknown) => void) {
    this.#clock = clock
    this.#post = post
  }

  /** Begins at once, where nothing is being replayed. */
  add(viewer: Viewer, shows: readonly (() => Iterable<unknown>)[]): void {
    const known = this.#all.get(viewer)
    if (known) known.shows.push(...shows)
    else this.#all.set(viewer, { shows: [...shows], steps: null, kept: [], characters: 0 })
    if (!this.#isScheduled) this.#run()
  }

  /** Keeps a message for a viewer until its replay is over. `false`: nothing is being replayed to it. */
  keep(viewer: Viewer, encoded: unknown): boolean {
    const replay = this.#all.get(viewer)
    if (!replay) return false
    replay.characters += typeof encoded === 'string' ? encoded.length : 1_000
    if (replay.characters <= mostKept) replay.kept.push(encoded)
    return true
  }

  /** Shows the rest of every replay at once, and what happened meanwhile. */
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
    // What a step tells may lead here again.
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

  /** The replay is over: what was kept for the viewer follows. Nothing does for one who left. */
  #close(viewer: Viewer, { kept }: Replay): void {
    if (!this.#all.delete(viewer)) return
    for (const encoded of kept) this.#post(viewer, encoded)
  }

  /** Whether there is more. */
  #step(replay: Replay): boolean {
    safely(() => {
      replay.steps ??= replay.shows.shift()?.()[Symbol.iterator]() ?? null
      if (replay.steps?.next().done) replay.steps = null
    })
    return replay.steps !== null || replay.shows.length > 0
  }
}
