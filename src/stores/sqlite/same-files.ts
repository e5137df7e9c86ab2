// Whether the files of a database are still the ones that were opened: what is written to a file that was removed is lost.
import { realpathSync, statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/** The step of the clock of a file system: the next change of a folder may have the time of the last one that is no older. Milliseconds. */
const stepAt = (time: number): number => (time % 1_000 === 0 ? wholeSeconds : partsOfSeconds)

/** FAT counts in steps of two seconds. */
const wholeSeconds = 2_000

/** Others count at least as often as the timer of the kernel ticks, which is every 10 ms or less. */
const partsOfSeconds = 100

/** The files of an open database. */
export class SameFiles {
  readonly #folder: string
  readonly #files: readonly string[]
  readonly #opened: readonly (Stats | null)[]
  /** The folder as it was when all files were there. A file cannot be removed or replaced without changing it. */
  #seen: Stats | null = null

  /** @param path The path of the database, which exists. SQLite keeps its log next to the file itself, not next to a link to it. */
  constructor(path: string) {
    const file = realpathSync(path)
    this.#folder = dirname(file)
    this.#files = [file, `${file}-wal`]
    this.#opened = this.#files.map(statsOf)
  }

  /**
   * Whether nobody has removed or replaced them. Looks at the folder first, and at the files only if it has changed: since version 6.13
   * Linux gives a file whose time was read a new one with the next write, and `fsync` then takes 1.3 times as long.
   *
   * @param now Milliseconds since 1970
   */
  areThere(now = Date.now()): boolean {
    const folder = statsOf(this.#folder)
    if (isSame(folder, this.#seen) && folder?.ctimeMs === this.#seen?.ctimeMs) return true
    if (!this.#files.every((file, index) => isSame(statsOf(file), this.#opened[index] ?? null))) return false
    this.#seen = folder && now - folder.ctimeMs > stepAt(folder.ctimeMs) ? folder : null
    return true
  }
}

/** `null`: there is no such file. */
export const statsOf = (path: string): Stats | null => statSync(path, { throwIfNoEntry: false }) ?? null

const isSame = (one: Stats | null, other: Stats | null): boolean =>
  one !== null && other !== null && one.ino === other.ino && one.dev === other.dev
