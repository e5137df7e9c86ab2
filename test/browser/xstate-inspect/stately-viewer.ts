// A viewer in a frame, on the real receiver of @statelyai/inspect. The test reads `window.seen`.
import { createBrowserReceiver } from '@statelyai/inspect'

const seen: string[] = []
createBrowserReceiver().subscribe((got) => {
  const what =
    got.type === '@xstate.event'
      ? got.event.type
      : JSON.stringify('value' in got.snapshot ? got.snapshot.value : undefined)
  seen.push([got.type, what].join(' '))
})
Object.assign(window, { seen })
