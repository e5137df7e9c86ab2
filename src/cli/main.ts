#!/usr/bin/env node
import { Console } from 'node:console'
import { holdsToken } from './inspector-tokens.ts'
import { run } from './program.ts'

// Standard output is the command's own: what libraries log (the SDK with ANTHROPIC_LOG) must not get between its lines.
globalThis.console = new Console(process.stderr, process.stderr)

// 128 and the number of the signal, as shells count. A second signal of the same kind ends the process at once.
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

const leaving = new AbortController()
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => leaving.abort(exitCodes[signal]))

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Somebody who reads the first lines only, as `head` does, is no error.
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`turnstate: standard output can't be written: ${error.message}\n`)
  process.exit(1)
})

const argv = process.argv.slice(2)
// Everybody on the machine can read the arguments of a process. Where it can change its own, they are gone from here on.
if (holdsToken(argv)) process.title = 'turnstate'

process.exitCode = await run(argv, {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  env: process.env,
  leaving: leaving.signal,
})
