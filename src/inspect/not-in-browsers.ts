// What a browser can't do, under the names that it has elsewhere: an import works in every bundle, and a call says what is wrong.
import { TurnstateError } from '../errors.ts'
import type { connectInspector as connect } from './link/connect-inspector.ts'
import type { startInspector as start } from './web/start-inspector.ts'
import type { toPng as draw } from './chart/png.ts'

const missing = (name: string, instead: string): Promise<never> =>
  Promise.reject(
    new TurnstateError('not-available', `${name}() needs Node, and is not available in a browser. ${instead}`),
  )

/** @throws TurnstateError `not-available`: a browser has no server */
export const startInspector: typeof start = () =>
  missing('startInspector', 'Start it in Node; in a browser, pass a function or logRecords() as `inspect`.')

/** @throws TurnstateError `not-available`: an inspector accepts no connections from pages */
export const connectInspector: typeof connect = () =>
  missing('connectInspector', 'An inspector accepts no pages; pass a function or logRecords() as `inspect`.')

/** @throws TurnstateError `not-available`: a browser draws SVG by itself */
export const toPng: typeof draw = () => missing('toPng', 'Draw the SVG onto a canvas.')
