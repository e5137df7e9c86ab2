import { systemClock } from '../../clock.ts'

/** Waits that can be ended, so that a timer does not keep the process alive after its store is closed. */
export class Pause {
  #end: (() => void) | null = null
  #hasEnded = false

  async wait(milliseconds: number): Promise<void> {
    if (this.#hasEnded) return
    await new Promise<void>((resolve) => {
      const timer = systemClock.setTimeout(resolve, milliseconds)
      this.#end = () => {
        systemClock.clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Ends the wait under way, and all later ones. */
  end(): void {
    this.#hasEnded = true
    this.#end?.()
  }
}
