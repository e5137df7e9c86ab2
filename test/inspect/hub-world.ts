// A hub that the tests control, with pages and processes that record what they receive.
import { SimulatedClock } from 'xstate'
import type { Process } from '../../src/inspect/hub/connected-process.ts'
import { Hub, type HubOptions } from '../../src/inspect/hub/hub.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import type {
  AppMessage,
  ControlMessage,
  FromPage,
  Offer,
  Origin,
  PageMessage,
} from '../../src/inspect/wire/messages.ts'
import { chart } from './fixtures.ts'

export const app: Origin = { kind: 'process', name: 'app.js', pid: 12 }
export const secret = 'a secret of the process'
export const stopOffer: Offer = { command: { command: 'stop' }, label: 'Stop', event: 'user.stop' }

/** Precedes the first fact of `asRecords`; a hub counts from 0, so all later records have a number one higher there. */
export const observed = (id: string): InspectionRecord => ({
  v: 1,
  seq: -1,
  at: 5,
  conversation: id,
  type: 'observed',
  model: 'm1',
  machine: { id: 'conversation', version: '1' },
  state: 'idle',
  revision: 0,
  includesText: false,
})

export const ended: InspectionRecord = { v: 1, seq: 1_000, at: 9, conversation: 'c1', type: 'ended', status: 'done' }

export function world(options: HubOptions = {}) {
  const clock = new SimulatedClock()
  const hub = new Hub({ clock, ...options })
  const asked: ControlMessage[] = []
  const process = (given: Partial<Process> = {}) =>
    hub.addProcess({ origin: app, resume: secret, ask: (message) => asked.push(message) > 0, ...given })
  const page = (mayControl = false) => {
    const got: PageMessage[] = []
    const connection = hub.addPage({ mayControl, send: (message) => void got.push(message) })
    return {
      receive: (message: FromPage) => connection.receive(message),
      close: () => connection.close(),
      got,
      last: <Type extends PageMessage['type']>(type: Type) =>
        got.findLast((message): message is Extract<PageMessage, { type: Type }> => message.type === type),
    }
  }
  return { clock, hub, asked, process, page }
}

export const conversation = (key: string, allowsControl = false): AppMessage => ({
  type: 'conversation',
  key,
  chart,
  allowsControl,
})
export const records = (key: string, list: readonly InspectionRecord[], state = 'idle'): AppMessage => ({
  type: 'records',
  key,
  records: list,
  state,
})
