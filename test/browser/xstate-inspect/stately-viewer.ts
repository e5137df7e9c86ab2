// A viewer in a frame, on the real receiver of @statelyai/inspect. The test reads `window.seen`.
import { createBrowserReceiver } from '@statelyai/inspect'

const seen: string[] = []
createBrowserReceiver().subscribe((told) => {
  const what =
    told.type === '@xstate.event'
      ? told.event.type
      : JSON.stringify('value' in told.snapshot ? told.snapshot.value : undefined)
  seen.push([told.type, what].join(' '))
})
Object.assign(window, { seen })
