import { systemClock, unref } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { Store } from '../index.ts'
import type { Waited } from './waited.ts'
import type { OpenRooms } from './rooms.ts'

/** Milliseconds between two attempts to open a conversation that another process has, or had, or that there is no room for. */
const pause = 3_000

/**
 * Opens conversations whose viewers wait for a turn, once the process that answered it has given up its lease: opening settles the turn.
 * Otherwise, after a crash, they would be shown a reply in progress for good.
 */
export function takingUp(
  rooms: Pick<OpenRooms, 'enter'>,
  store: Pick<Store, 'get'>,
  failed: (cause: unknown) => void,
): (of: Waited) => void {
  const underWay = new Set<Waited>()
  const takeUp = async (broadcast: Waited) => {
    while (broadcast.isWaitedFor) {
      const owner = (await store.get(broadcast.id))?.owner
      if (owner === null || owner === undefined) return
      try {
        const guest = await rooms.enter(broadcast.id, { id: owner })
        guest.leave()
        return
      } catch (error) {
        const code = TurnstateError.is(error) ? error.code : null
        // The process that opens it next takes it up.
        if (code === 'server-closing') return
        if (code !== 'conversation-busy' && code !== 'server-overloaded') throw error
      }
      await new Promise<void>((resolve) => unref(systemClock.setTimeout(resolve, pause)))
    }
  }
  return (broadcast) => {
    if (underWay.has(broadcast)) return
    underWay.add(broadcast)
    takeUp(broadcast)
      .catch(failed)
      .finally(() => underWay.delete(broadcast))
  }
}
