// Two windows: a page and a frame in it.
import type { InspectMessageEvent } from '../../../src/inspect/xstate-inspect/index.ts'

/** A window that receives copies of messages in the next microtask, as in browsers. */
function fakeWindow(origin: string) {
  const target = new EventTarget()
  const posted: { readonly message: unknown; readonly targetOrigin: string }[] = []
  const window = {
    location: { origin },
    addEventListener: (type: string, listener: never) => target.addEventListener(type, listener),
    removeEventListener: (type: string, listener: never) => target.removeEventListener(type, listener),
  }
  const dispatch = (type: string, fields: Partial<InspectMessageEvent>) =>
    target.dispatchEvent(Object.assign(new Event(type), fields))
  return {
    window,
    posted,
    dispatch,
    /** The view of this window from another one. */
    seenFrom: (source: () => unknown, from: string) => ({
      postMessage: (message: unknown, targetOrigin: string) => {
        posted.push({ message, targetOrigin })
        const data: unknown = structuredClone(message)
        if (targetOrigin === '*' || targetOrigin === origin)
          queueMicrotask(() => dispatch('message', { data, origin: from, source: source() }))
      },
    }),
  }
}

export function pageAndFrame(frameOrigin = 'https://app.example') {
  const page = fakeWindow('https://app.example')
  const frame = fakeWindow(frameOrigin)
  const frameForPage = frame.seenFrom(() => pageForFrame, 'https://app.example')
  const pageForFrame: ReturnType<typeof page.seenFrom> = page.seenFrom(() => frameForPage, frameOrigin)
  return { page, frame, frameForPage, pageForFrame }
}
