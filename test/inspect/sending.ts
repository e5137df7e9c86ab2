import { SimulatedClock } from 'xstate'
import { Sender, type SenderOptions } from '../../src/inspect/link/sender.ts'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { type AppMessage, type ControlCommand } from '../../src/inspect/wire/messages.ts'
import { overTheWire } from './fixtures.ts'

type MessageOf<Type extends AppMessage['type']> = Extract<AppMessage, { type: Type }>

export function sending(options: Partial<SenderOptions> = {}) {
  const clock = new SimulatedClock()
  const sent: AppMessage[] = []
  const port: { isReady: boolean; fail: (message: AppMessage) => boolean } = { isReady: true, fail: () => false }
  const send = (message: AppMessage) => {
    if (port.fail(message)) throw new Error('It could not be sent')
    sent.push(overTheWire(message))
  }
  const sender = new Sender(
    { isReady: () => port.isReady, send },
    { includeText: false, allowControl: false, clock, ...options },
  )
  const ofMessage = <Type extends AppMessage['type']>(type: Type) =>
    sent.filter((message): message is MessageOf<Type> => message.type === type)
  const records = () => ofMessage('records').flatMap((message) => message.records)
  const offers = () => ofMessage('offers').at(-1)?.offers ?? []
  const key = () => ofMessage('conversation').at(-1)?.key ?? ''
  const control = (command: ControlCommand) => {
    sender.control({ type: 'control', id: 'a', key: key(), command })
    return ofMessage('done').at(-1)
  }
  return { clock, sent, port, sender, ofMessage, records, offers, key, control }
}

/** Enough time for more batches than can wait. */
export const drain = (clock: SimulatedClock) => {
  for (let frame = 0; frame < 20; frame++) clock.increment(50)
}

export const logOf = (records: readonly InspectionRecord[]) => {
  const log = new ConversationLog()
  for (const record of records) log.add(record)
  return log
}
