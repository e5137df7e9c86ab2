// Starts a process with many conversations, kills it at a random moment, starts the next one, and so on.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import {
  apiError,
  httpError,
  type RecordedRequest,
  refuse,
  reply,
  type ScriptStep,
  startSimulator,
  toolUse,
} from '../../../src/testing/index.ts'
import { mulberry } from '../../mulberry.ts'
import type { Trouble } from './open-store.ts'
import { Observer } from './observer.ts'
import type { Seen } from './seen.ts'

export interface RoundsOptions {
  /** How to start `talker.ts`: the arguments of `node`, without those of the talker. */
  readonly program: readonly string[]
  /** `sqlite:PATH`, or the address of a Postgres database. */
  readonly store: string
  readonly rounds: number
  readonly conversations?: number
  readonly seed: number
  /** What goes wrong beside the kills. Default: nothing. */
  readonly trouble?: Trouble
  /**
   * What a process may announce, run or refuse before it is killed: at random up to this. A slow machine so gets as far as a fast one.
   * Default 80.
   */
  readonly most?: number
  /** Called after each round. */
  readonly progress?: (round: number, observer: Observer) => void
}

export interface RoundsReport {
  readonly faults: readonly string[]
  readonly counts: Observer['counts']
  readonly requests: number
}

/** The longest that a process is left alone, in milliseconds. */
const longest = 5_000

/** Plays so many rounds. */
export async function playRounds(options: RoundsOptions): Promise<RoundsReport> {
  const { program, store, rounds, conversations = 20, seed, trouble = 'none', most = 80, progress } = options
  const draw = mulberry(seed)
  const observer = new Observer()
  const forbidden: string[] = []
  let words = 0
  const simulator = await startSimulator({ script: () => stepOf(draw(), () => forbid(forbidden, ++words)) })
  const strays: string[] = []
  try {
    for (let round = 0; round <= rounds; round++) {
      observer.begin()
      const child = spawn(
        process.execPath,
        [...program, store, simulator.url, String(conversations), String(seed + round), trouble],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      const over = once(child, 'exit')
      child.stderr.on('data', (chunk: Buffer) => strays.push(String(chunk)))
      let opened = 0
      const enough = countdown(draw() * most)
      await new Promise<void>((resolve, reject) => {
        createInterface({ input: child.stdout }).on('line', (line) => {
          const seen = JSON.parse(line) as Seen
          observer.see(seen)
          if (seen.what !== 'found' && seen.what !== 'began') enough.count()
          // The last process is there to say what it finds.
          if (seen.what === 'found' && ++opened === (round < rounds ? 1 : conversations)) resolve()
        })
        child.once('exit', () => reject(new Error(`the process ended by itself: ${strays.join('')}`)))
      })
      // Between two things that it says, too. A process that has nothing left to do is killed in the end.
      if (round < rounds) await Promise.race([enough.over, wait(longest)])
      if (round < rounds) await wait(draw() * 30)
      await killed(child, over)
      progress?.(round, observer)
    }
    return reportOf(observer, simulator.requests, forbidden)
  } finally {
    await simulator.close().catch(() => {})
  }
}

function reportOf(
  observer: Observer,
  requests: readonly RecordedRequest[],
  forbidden: readonly string[],
): RoundsReport {
  const rejected = requests.flatMap(({ problem = '' }) =>
    problem === '' || scripted.some((known) => problem.includes(known)) ? [] : [`a request was rejected: ${problem}`],
  )
  const sent = requests.map(({ text }) => text)
  const leaked = forbidden
    .filter((text) => sent.some((body) => body.includes(text)))
    .map((text) => `${text} was sent again`)
  return {
    faults: [...observer.faults, ...rejected, ...leaked],
    counts: observer.counts,
    requests: requests.length,
  }
}

/** `over` resolves once so many things were counted. */
function countdown(from: number): { readonly over: Promise<void>; readonly count: () => void } {
  let left = from
  let end = () => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  const count = () => {
    left--
    if (left <= 0) end()
  }
  return { over, count }
}

async function killed(child: ChildProcess, over: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await over
}

function forbid(forbidden: string[], nth: number): string {
  const text = `forbidden words ${nth}.`
  forbidden.push(text)
  return text
}

/** The errors that the simulator gives by chance. Every other one is about a request that breaks a rule. */
const scripted = ['prompt is too long', 'Overloaded']

/** What the simulated model answers. */
function stepOf(choice: number, forbiddenWords: () => string): ScriptStep {
  if (choice < 0.35) return reply('A short answer.')
  if (choice < 0.5) return reply([toolUse('act'), toolUse('act')])
  if (choice < 0.62) return reply([toolUse('ask'), toolUse('act')])
  if (choice < 0.7) return refuse({ category: 'cyber' })
  if (choice < 0.78) return refuse({ category: 'cyber', at: { afterDeltas: 1 } }, forbiddenWords())
  if (choice < 0.84) return httpError(529)
  if (choice < 0.88) return reply('Cut off in the middle', { stopReason: 'max_tokens' })
  if (choice < 0.92) return apiError('prompt-too-long')
  return reply('An answer that takes some words more than the others do.', { faults: { delay: 2 } })
}
