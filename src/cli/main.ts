#!/usr/bin/env node
import { Console } from 'node:console'
import { systemClock, unref } from '../clock.ts'
import { holdsToken } from './inspector-tokens.ts'
import { processJobs } from './jobs.ts'
import { run } from './program.ts'
import { holdsPassword } from './stores/store-address.ts'

// Logs of libraries (the SDK with ANTHROPIC_LOG) go to standard error, so that standard output has only the command's lines.
globalThis.console = new Console(process.stderr, process.stderr)

// 128 + the number of the signal, as in shells. A second signal of the same kind, a moment later, ends the process at once.
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Milliseconds in which it is still the first one: npm passes on to the command what the terminal has sent to both. */
const echoed = 500

/** Milliseconds. */
const longestFarewell = 3_000

const leaving = new AbortController()
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  const end = () => {
    leaving.abort(exitCodes[signal])
    unref(systemClock.setTimeout(() => process.off(signal, end), echoed))
  }
  process.on(signal, end)
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The terminal is gone. The conversation is closed as after the signal for that, which may be late.
  if (error.code === 'EIO') return leaving.abort(exitCodes.SIGHUP)
  // A reader that stops early, as `head` does, is not an error.
  if (error.code === 'EPIPE') return leave(0)
  if (!leaving.signal.aborted) process.stderr.write(`turnstate: standard output can't be written: ${error.message}\n`)
  leave(1)
})

/** Ends the command, so that it gives up what it has open; after a while without that. */
function leave(exitCode: number): void {
  leaving.abort(exitCode)
  unref(systemClock.setTimeout(() => process.exit(exitCode), longestFarewell))
}

const argv = process.argv.slice(2)
// All users of the machine can read the arguments of a process. Setting the title hides them, where the system allows it.
if (holdsToken(argv) || holdsPassword(argv)) process.title = 'turnstate'

process.exitCode = await run(argv, {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  script: process.argv[1] ?? '',
  env: process.env,
  leaving: leaving.signal,
  jobs: processJobs(),
})
