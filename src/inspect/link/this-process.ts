import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { Origin } from '../wire/messages.ts'

/** The secret by which an inspector knows this process again. New with each process, and with each thread of one. */
export const resumeSecret = randomBytes(24).toString('base64url')

/** This process, as an inspector shows it. */
export const thisProcess = (name = basename(process.argv[1] ?? process.title)): Origin => ({
  kind: 'process',
  name,
  pid: process.pid,
})
