// The actor slots. Each has a harmless default, so that the bare machines start.
import type { EventObject } from 'xstate'
import { typedCallback } from '../define-slots.ts'
import { errorResult, notRun } from './results.ts'
import type { CallInput, NeedsEvent, RunEvent, StartEvent } from './tool-calls.types.ts'

/** Finds out what a call needs before it runs. */
export const learnNeedsSlot = typedCallback<EventObject, CallInput, NeedsEvent>(({ sendBack }) => {
  sendBack({ type: 'needs.place' })
})

/** Runs one call. When the actor is stopped, it must abort its work. */
export const runToolSlot = typedCallback<EventObject, CallInput, RunEvent>(({ input, sendBack }) => {
  sendBack({ type: 'run.failed', result: errorResult(input.call.callId, notRun) })
})

/** Reports every start: the first one, and each restore of a persisted actor. */
export const tellStartSlot = typedCallback<EventObject, undefined, StartEvent>(({ sendBack }) => {
  let isOver = false
  sendBack({ type: 'slot.started' })
  queueMicrotask(() => {
    if (!isOver) sendBack({ type: 'slot.ready' })
  })
  return () => {
    isOver = true
  }
})
