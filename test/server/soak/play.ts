// Sends malformed requests to a server in another process, while good conversations go on in it: all of those have to complete. Compares
// how the server is before and after.
import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { mulberry } from '../../mulberry.ts'
import { type Malformed, malformed } from './malformed.ts'
import type { Health } from './besieged.ts'
import { goodConversation } from './good.ts'
import { goodPrefix } from './words.ts'

export interface SoakOptions {
  /** The path of `besieged.ts`, as it can be run. */
  readonly program: string
  readonly requests: number
  /** The least that the siege takes, in milliseconds: it repeats its requests until then. */
  readonly time?: number
  readonly seed: number
  readonly progress?: (sent: number, health: Health) => void
}

export interface SoakReport {
  readonly faults: readonly string[]
  readonly sent: number
  /** Good conversations that went on meanwhile, and completed. */
  readonly completed: number
  /** Answers, by kind of request and status. */
  readonly answers: ReadonlyMap<string, number>
  readonly health: readonly Health[]
}

const abreast = 20

/** Good conversations that go on at the same time. */
const talking = 2

/** Milliseconds after which a client that waits for an answer gives up: streams of events go on. */
const patience = 3_000

export async function besiege({ program, requests, time = 0, seed, progress }: SoakOptions): Promise<SoakReport> {
  const child = fork(program, [], { execArgv: ['--expose-gc'] })
  const port = await next<number>(child)
  const origin = `http://127.0.0.1:${port}`
  const faults = new Set<string>()
  const answers = new Map<string, number>()
  const draw = mulberry(seed)
  const measured: Health[] = []
  let sent = 0
  let begun = 0
  let completed = 0
  const since = Date.now()
  const isOver = () => sent >= requests && Date.now() - since >= time
  try {
    for (const id of ['a0', 'a1', 'a2']) await talk(origin, id)
    const worker = async (until: () => boolean) => {
      while (!until()) {
        sent++
        const one = malformed(draw)
        const status = await answerTo(port, one)
        const key = `${one.kind} ${status}`
        answers.set(key, (answers.get(key) ?? 0) + 1)
        if (Number(status) >= 500 && Number(status) !== 501 && Number(status) !== 505)
          faults.add(`${one.kind} was answered ${status}: ${one.bytes.toString('latin1', 0, 400)}`)
        if (Number(status) === 201 || Number(status) === 202) faults.add(`${one.kind} was answered ${status}`)
      }
    }
    const talker = async (until: () => boolean) => {
      do {
        const id = `${goodPrefix}${begun++}`
        try {
          await goodConversation(origin, id)
          completed++
        } catch (error) {
          faults.add(`${id} did not complete: ${error instanceof Error ? error.message : String(error)}`)
        }
      } while (!until())
    }
    const siege = (until: () => boolean) =>
      Promise.all([
        ...Array.from({ length: abreast }, () => worker(until)),
        ...Array.from({ length: talking }, () => talker(until)),
      ])
    // What is compiled and kept once is not counted.
    const warmUp = Math.min(2_000, Math.ceil(requests / 5))
    await siege(() => sent >= warmUp)
    const before = await atRest(child)
    measured.push(before)
    const rounds = 8
    for (let round = 1; round <= rounds; round++) {
      const isDone = () => sent >= warmUp + (requests * round) / rounds && Date.now() - since >= (time * round) / rounds
      await siege(() => isDone() || (round === rounds && isOver()))
      const health = await atRest(child)
      measured.push(health)
      progress?.(sent, health)
    }
    const after = measured.at(-1) ?? before
    if (after.facts !== before.facts) faults.add('the facts have changed')
    for (const line of after.logged) faults.add(`the server reported: ${line.slice(0, 500)}`)
    for (const what of ['handles', 'listeners', 'open', 'streams', 'turns'] as const)
      if (after[what] > before[what]) faults.add(`${what}: ${before[what]} before, ${after[what]} after`)
    const [early, late] = [measured.slice(1, 4), measured.slice(-3)].map((some) =>
      Math.min(...some.map(({ heap }) => heap)),
    )
    if (early !== undefined && late !== undefined && late > early * 1.05 + 1_000_000)
      faults.add(`the heap has grown from ${early} to ${late} bytes`)
    if ((await fetch(`${origin}/healthz`)).status !== 200) faults.add('the server is not well')
    await talk(origin, 'last')
    return { faults: [...faults], sent, completed, answers, health: measured }
  } finally {
    child.kill()
  }
}

/** A good conversation. */
async function talk(origin: string, id: string): Promise<void> {
  const post = async (path: string, body: object) => {
    const response = await fetch(`${origin}/v1/conversations${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer ann' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`)
    return text
  }
  await post('', { id })
  const events = await post(`/${id}/messages`, { input: 'hi' })
  if (!events.includes('event: turn.completed')) throw new Error(`${id} has no outcome: ${events}`)
}

/** How the server is once connections, streams and conversations have ended. */
async function atRest(child: ChildProcess): Promise<Health> {
  for (let times = 0; ; times++) {
    child.send('health')
    const health = await next<Health>(child)
    // A connection that sends too slowly has its time.
    if ((health.open === 0 && health.streams === 0 && health.handles <= 3) || times > 60) return health
    await wait(200)
  }
}

/** The status of the answer, or how the connection ended without one. */
async function answerTo(port: number, { bytes, pace, end }: Malformed): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  // How it ends is what is looked at.
  socket.on('error', () => {})
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
  const answered = new Promise<string>((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? 'noise'))
    socket.once('close', () => resolve('closed'))
    setTimeout(resolve, patience, 'silence').unref()
  })
  if (pace === undefined) socket.write(bytes)
  else
    for (let at = 0; at < bytes.length && !socket.destroyed; at += 5) {
      socket.write(bytes.subarray(at, at + 5))
      await wait(pace)
    }
  if (end === 'reset') {
    socket.resetAndDestroy()
    return 'reset'
  }
  if (end === 'half-close') socket.end()
  const status = await answered
  socket.destroy()
  return status
}

async function next<Message>(child: ChildProcess): Promise<Message> {
  for await (const [message] of on(child, 'message', { close: ['exit'] }) as AsyncIterable<[Message]>) return message
  throw new Error('the server has ended')
}
