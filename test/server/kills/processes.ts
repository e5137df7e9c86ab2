// Processes of servers, which tests start and kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { World } from './follower.ts'

/** A server that listens. What it says as an error is a fault. */
export async function started(args: readonly string[], world: World): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => {
    errors.push(String(chunk))
    world.fault(`the server said: ${String(chunk).slice(0, 500)}`)
  })
  await Promise.race([
    child.stdout ? once(child.stdout, 'data') : null,
    once(child, 'exit').then(() => {
      throw new Error(`the server ended by itself: ${errors.join('')}`)
    }),
  ])
  return child
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const over = once(child, 'exit')
  child.kill('SIGKILL')
  await over
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
