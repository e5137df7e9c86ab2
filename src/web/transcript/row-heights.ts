// Where the rows of a long list are, by the heights that were measured. Pure.

/** Rows that are drawn, and the room that the others take. In pixels. */
export interface Window {
  readonly from: number
  readonly to: number
  readonly above: number
  readonly below: number
}

/** The height of a row that was never drawn, before any was. */
const usualHeight = 120

export class RowHeights {
  readonly #known = new Map<string, number>()
  #sum = 0
  /** What a row counts that was never drawn. It stays what it was first: places would move under whoever reads. */
  #usual: number | null = null

  /** @returns whether it is another height than before */
  set(id: string, height: number): boolean {
    const before = this.#known.get(id)
    if (before === height) return false
    this.#sum += height - (before ?? 0)
    this.#known.set(id, height)
    return true
  }

  /** The rows from a place on, or at the end, in a view of this height, and as much again on both sides. */
  window(ids: readonly string[], place: number | 'end', height: number): Window {
    if (this.#known.size > 0) this.#usual ??= this.#sum / this.#known.size
    const usual = this.#usual ?? usualHeight
    const top = place === 'end' ? this.#total(ids, usual) - height : place
    const [first, last] = [top - height, top + 2 * height]
    let at = 0
    let [from, to, above, below] = [-1, ids.length, 0, 0]
    for (const [index, id] of ids.entries()) {
      const own = this.#known.get(id) ?? usual
      if (at + own < first) above += own
      else {
        if (from < 0) from = index
        if (at > last) {
          if (to === ids.length) to = index
          below += own
        }
      }
      at += own
    }
    return { from: from < 0 ? ids.length : from, to, above, below }
  }

  #total(ids: readonly string[], usual: number): number {
    return ids.reduce((sum, id) => sum + (this.#known.get(id) ?? usual), 0)
  }
}
