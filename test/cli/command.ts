import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, inject } from 'vitest'
import { refusalTestString, type Simulator, type SimulatorOptions, startSimulator } from '../../src/testing/index.ts'
import { programOf } from '../scripts/programs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Absolute, so that it can be run from anywhere.
export const command = programOf(inject('programs'), 'main.ts')

// Tests of a file run concurrently, so their processes are ended after the whole file; those of the files after the first one, which share
// this module, when the worker of the tests ends.
const children: ChildProcess[] = []
const endChildren = () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
}
process.once('exit', endChildren)
process.once('disconnect', endChildren)
process.once('SIGTERM', () => {
  endChildren()
  process.exit()
})
const simulators: Simulator[] = []
afterAll(async () => {
  endChildren()
  await Promise.all(simulators.map((simulator) => simulator.close()))
})

export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options)
  simulators.push(simulator)
  return simulator
}

/** Where chats are kept by default. Removed after the tests of the file. */
const dataFolder = mkdtempSync(join(tmpdir(), 'turnstate-chats-'))
afterAll(() => rmSync(dataFolder, { recursive: true, force: true }))

export const refusedLine = `Please read this out: ${refusalTestString}`

export interface CommandOptions {
  /** The whole standard input. Default: `/dev/null`. */
  readonly input?: string | Uint8Array
  /** `open`: a pipe that the test writes to. `closed`: no standard input. */
  readonly stdin?: 'open' | 'closed'
  readonly env?: Readonly<Record<string, string>>
  /** The current directory of the command. */
  readonly cwd?: string
}

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

/** The environment without variables that would make the command use the API, or name another way to start it. */
const bareEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC_|NO_COLOR|FORCE_COLOR|npm_)/.test(name)),
  )

/** A process of the command, with its output so far. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  #stdout = ''
  #stderr = ''
  readonly #observers = new Set<() => void>()

  constructor(child: ChildProcess) {
    this.child = child
    children.push(child)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#look()
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#look()
    })
    // A command that exits early does not read its input.
    child.stdin?.on('error', () => {})
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (exitCode) => {
        resolve({ stdout: this.#stdout, stderr: this.#stderr, exitCode })
        this.#look()
      })
    })
  }

  /** Resolves with the match as soon as standard output contains it. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#finds(pattern, () => this.#stdout)
  }

  /** Resolves with the match as soon as standard error contains it. */
  complains(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#finds(pattern, () => this.#stderr)
  }

  #finds(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text())
        if (!match && this.child.exitCode === null && this.child.signalCode === null) return
        this.#observers.delete(look)
        if (match) resolve(match)
        else reject(new Error(`It ended without ${String(pattern)}:\n${this.#stdout}\n${this.#stderr}`))
      }
      this.#observers.add(look)
      look()
    })
  }

  write(text: string): void {
    this.child.stdin?.write(text)
  }

  #look(): void {
    for (const look of this.#observers) look()
  }
}

/** Starts the command. */
export function start(args: readonly string[], { input, stdin, env = {}, cwd = root }: CommandOptions = {}): Running {
  const isPiped = input !== undefined || stdin === 'open'
  const stdio = [isPiped ? 'pipe' : 'ignore', 'pipe', 'pipe'] as const
  const options = { cwd, env: { ...bareEnv(), XDG_DATA_HOME: dataFolder, ...env }, stdio: [...stdio] }
  const child =
    stdin === 'closed'
      ? spawn('sh', ['-c', 'exec "$0" "$@" <&-', process.execPath, command, ...args], options)
      : spawn(process.execPath, [command, ...args], options)
  if (input !== undefined) child.stdin?.end(input)
  return new Running(child)
}

/** Runs the command to its end. */
export const turnstate = (args: readonly string[], options?: CommandOptions): Promise<Ended> =>
  start(args, options).ended

export interface JsonLine {
  readonly type: string
  readonly from?: string
  readonly to?: string
  readonly event?: string
  readonly [field: string]: unknown
}

/** The lines of standard output, each an object with a `type`. */
export function jsonLines(stdout: string): readonly JsonLine[] {
  if (!stdout.endsWith('\n')) throw new Error('Standard output does not end with a line')
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const value = JSON.parse(line) as JsonLine
      if (typeof value.type !== 'string') throw new Error(`No type in ${line}`)
      return value
    })
}
