// A viewer in a frame, on the real window receiver. The test reads `window.seen`.
import { createWindowReceiver } from '@xstate/inspect'
import { show } from './show.ts'

// It takes the frame's own window and its parent; its types ask for both.
const receiver = createWindowReceiver({ window, targetWindow: window.parent })
show(receiver)
