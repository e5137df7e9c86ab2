// An app in a separate process, attacked from this one for some time.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { attacks, type Target } from './attackers.ts'
import { startHostileApi } from './hostile-api.ts'

/** The measurements of the app for a period. */
export interface Fared {
  /** Replies of the conversation that is not attacked, and the longest wait for one in milliseconds. */
  readonly replies: number
  readonly longest: number
  /** Messages that the hostile API answered. */
  readonly attacked: number
  /** The delay of the app's event loop: the 99th percentile and the maximum, in milliseconds. */
  readonly p99: number
  readonly latest: number
  /** Memory of the app at the end. */
  readonly megabytes: number
}

export interface Siege {
  /** Runs attacks for this many seconds, two at a time in changing pairs. Returns how many. */
  readonly attackFor: (seconds: number) => Promise<number>
  /** Runs one kind of attack. */
  readonly attack: (name: string) => Promise<void>
  /** The measurements since the last call. @throws Error if the app has ended */
  readonly fared: () => Promise<Fared>
  readonly end: () => void
}

/** Starts the app, and an API that is hostile to one of its conversations. */
export async function besiege(): Promise<Siege> {
  const api = await startHostileApi()
  const app = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('app.ts', import.meta.url)), api.url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(app, 'exit').then(([code, signal]) => {
    throw new Error(`The app ended: ${String(code ?? signal)}.`)
  })
  ended.catch(() => {})
  const lines = createInterface({ input: app.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<unknown> => {
    const { value } = await Promise.race([lines.next(), ended])
    return JSON.parse(String(value))
  }
  const target = (await nextLine()) as Target
  const all = Object.values(attacks)
  return {
    attackFor: async (seconds) => {
      const end = performance.now() + seconds * 1_000
      let count = 0
      for (; performance.now() < end && app.exitCode === null; count += 2)
        await Promise.all([all[count % all.length]?.(target), all[(count * 5 + 3) % all.length]?.(target)])
      return count
    },
    attack: async (name) => attacks[name]?.(target),
    fared: () => {
      app.stdin.write('\n')
      return nextLine() as Promise<Fared>
    },
    end: () => {
      app.kill('SIGKILL')
      api.close()
    },
  }
}
