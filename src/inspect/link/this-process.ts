import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { Origin } from '../wire/messages.ts'

/** The secret by which an inspector recognises this process after a reconnect. Each process, and each thread, has its own. */
export const resumeSecret = randomBytes(24).toString('base64url')

/** This process, as the inspector's list shows it. */
export const thisProcess = (name = basename(process.argv[1] ?? process.title)): Origin => ({
  kind: 'process',
  name,
  pid: process.pid,
})
