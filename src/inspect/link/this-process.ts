import { basename } from 'node:path'
import type { Origin } from '../wire/messages.ts'

/** New with each process, and with each thread of one. */
const id = crypto.randomUUID()

/** This process, as an inspector shows it. */
export const thisProcess = (name = basename(process.argv[1] ?? process.title)): Origin => ({
  kind: 'process',
  name,
  pid: process.pid,
  id,
})
