import { creditLifetime } from '../refusals/refused-requests.ts'
import type { Host } from './host.ts'
import { OpenRooms } from './rooms.ts'
import { takingUp } from './take-up.ts'

/** This process alone: the host of a server that is given none. */
export const localHost = (): Host => ({
  name: 'local',
  start: ({ store, optionsFor, limits, report, opened, closed }) => {
    const rooms = new OpenRooms({
      store,
      optionsFor,
      limits: { ...limits, credit: creditLifetime },
      report,
      opened,
      closed,
    })
    return {
      rooms,
      ready: async () => {},
      submit: null,
      feed: null,
      takeUp: takingUp(rooms, store, (cause) => report('A conversation could not be taken up', cause)),
      close: (milliseconds) => rooms.close(milliseconds),
    }
  },
})
