// Compares what processes said, one after the other, with what the next one finds.
import type { Seen } from './seen.ts'

interface Outcome {
  readonly status: string
  readonly revision: number
}

/** What was seen of all processes so far. */
export class Observer {
  readonly faults: string[] = []
  readonly #told = new Map<string, Outcome>()
  readonly #refusals = new Map<string, string>()
  readonly #runs = new Map<string, number>()
  /** Conversations that the present process has opened. */
  #found = new Set<string>()
  counts = { told: 0, ran: 0, refused: 0, found: 0 }

  /** A process has begun. */
  begin(): void {
    this.#found = new Set()
  }

  see(seen: Seen): void {
    switch (seen.what) {
      case 'began':
        return
      case 'found': {
        this.counts.found++
        this.#found.add(seen.id)
        const turns = new Map(seen.turns)
        for (const [key, { status, revision }] of this.#told) {
          const [id, turnId = ''] = key.split(' ')
          if (id !== seen.id) continue
          if (revision > seen.revision)
            this.#fault(`${key} was told at revision ${revision}; ${seen.revision} are stored`)
          // A message that never became a turn has an outcome too.
          else if (turns.has(turnId) && turns.get(turnId) !== status)
            this.#fault(`${key} was told as ${status}, and is ${String(turns.get(turnId))}`)
        }
        return
      }
      case 'told': {
        this.counts.told++
        const key = `${seen.id} ${seen.turnId}`
        const before = this.#told.get(key)
        if (before) this.#fault(`${key} was told twice: as ${before.status}, and as ${seen.status}`)
        this.#told.set(key, seen)
        return
      }
      case 'refused': {
        this.counts.refused++
        const key = `${seen.id} ${seen.turnId}`
        const before = this.#refusals.get(key)
        if (before !== undefined && before !== seen.policy)
          this.#fault(`the refusal of ${key} was told as ${before}, and as ${seen.policy}`)
        this.#refusals.set(key, seen.policy)
        return
      }
      case 'ran': {
        this.counts.ran++
        const runs = (this.#runs.get(seen.callId) ?? 0) + 1
        this.#runs.set(seen.callId, runs)
        if (runs > 1) this.#fault(`call ${seen.callId} ran ${runs} times`)
      }
    }
  }

  #fault(what: string): void {
    if (!this.faults.includes(what)) this.faults.push(what)
  }
}
