// The conversations of a cluster, as the routes of one process enter them: here where its workflow runs here, else elsewhere.
import { TurnstateError } from '../errors.ts'
import type { Conversation, Store } from '../index.ts'
import type { Guest, Principal } from '../server/context.ts'
import { Elsewhere, type HostedRooms } from '../server/host.ts'
import { isStored, type OpenRooms, unknown } from '../server/rooms.ts'
import type { Home } from './home.ts'

export interface ClusterRoomsOptions {
  readonly store: Store
  /** Those that are in memory. */
  readonly here: OpenRooms
  /** The home of a conversation whose workflow runs here. */
  readonly homeOf: (id: string) => Pick<Home, 'during'> | undefined
}

export class ClusterRooms implements HostedRooms {
  readonly #options: ClusterRoomsOptions
  /** Forks that are being begun here: nobody can have them elsewhere. */
  readonly #forks = new Map<string, Conversation>()

  constructor(options: ClusterRoomsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#options.here.size
  }

  get queued(): number {
    return this.#options.here.queued
  }

  async enter(id: string, principal: Principal, opens?: string): Promise<Guest> {
    const { here, homeOf } = this.#options
    // It may be closing: the home stays until it is open again.
    const home = homeOf(id)
    if (home) return home.during(() => here.enter(id, principal)).catch(elsewhereByNow)
    const fork = this.#forks.get(id)
    if (fork) return this.#guestOf(id, fork)
    await here.mustHave(id, principal)
    throw new Elsewhere(id, opens)
  }

  async enterOrCreate(...[id, principal, messages]: Parameters<HostedRooms['enterOrCreate']>): Promise<Guest> {
    const { here, homeOf, store } = this.#options
    const home = homeOf(id)
    if (home) return home.during(() => here.enterOrCreate(id, principal, messages)).catch(elsewhereByNow)
    const listing = await store.get(id)
    if (listing && listing.owner !== principal.id) throw unknown()
    throw new Elsewhere(id, undefined)
  }

  has(id: string, principal: Principal): Promise<boolean> {
    return this.#options.here.has(id, principal)
  }

  mustHave(id: string, principal: Principal): Promise<void> {
    return this.#options.here.mustHave(id, principal)
  }

  takeIn(id: string, _owner: string, begin: () => Conversation): boolean {
    if (this.#options.homeOf(id) || this.#forks.has(id)) return false
    this.#forks.set(id, begin())
    return true
  }

  release(id: string): Promise<void> {
    return this.#options.here.release(id)
  }

  /** A fork is at rest: it is closed at once, and opened where its first message is run. */
  async #guestOf(id: string, fork: Conversation): Promise<Guest> {
    await isStored(fork)
    const leave = () => {
      this.#forks.delete(id)
      void fork.close()
    }
    return { chat: fork, leave }
  }
}

/** This process was the home, and does not know yet that it is not any more: nothing was done. */
function elsewhereByNow(error: unknown): never {
  if (!TurnstateError.is(error) || error.code !== 'conversation-lost') throw error
  throw new TurnstateError('server-closing', 'Another process of the cluster has the conversation now. Ask again.', {
    retryAfter: 1_000,
    cause: error,
  })
}
