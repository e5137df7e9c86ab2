// The real @xstate/inspect and the XState 4 that it works on. Both as CommonJS, so that there is one XState 4.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const xstate4 = require('xstate') as typeof import('xstate')

/** Its receivers take the global `WebSocket` and `window`. */
export const realInspect = require('@xstate/inspect') as typeof import('@xstate/inspect')

export type { AnyState, AnyStateMachine, StateNode } from 'xstate'
export type { InspectReceiver, ParsedReceiverEvent } from '@xstate/inspect/lib/types.js'
