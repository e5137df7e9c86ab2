// A viewer on the real WebSocket receiver: `?server=<host:port>`. The test reads `window.seen`.
import { createWebSocketReceiver } from '@xstate/inspect'
import { show } from './show.ts'

show(
  createWebSocketReceiver({
    server: new URLSearchParams(location.search).get('server') ?? '',
    serialize: undefined,
  }),
)
