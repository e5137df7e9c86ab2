// Processes of a cluster, as tests start, kill, stop and cut them off.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { MemberOptions } from '../member.ts'
import { DatabaseLink } from './database-link.ts'

/** What happens to a process. */
export type FaultKind = 'killed' | 'stopped' | 'refused' | 'silent'

export class Member {
  readonly name: string
  readonly url: string
  readonly link: DatabaseLink
  /** What it has written to its log. */
  readonly said: readonly string[]
  /** What has happened to it first. */
  fault: FaultKind | null = null
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(name: string, url: string, link: DatabaseLink, child: ChildProcess, said: readonly string[]) {
    this.name = name
    this.url = url
    this.link = link
    this.said = said
    this.#child = child
    this.#exited = this.isOver ? Promise.resolve() : once(child, 'exit')
  }

  /**
   * Starts a process, and resolves once it takes requests.
   *
   * @param program the path of the bundle of `member.ts`
   */
  static async start(program: string, options: MemberOptions): Promise<Member> {
    const link = await DatabaseLink.to(options.databaseUrl)
    const child = spawn(process.execPath, [program, JSON.stringify({ ...options, databaseUrl: link.url })], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // It may be killed while it is told something.
    child.stdin.on('error', () => {})
    const said: string[] = []
    child.stderr.on('data', (chunk: Buffer) => void said.push(String(chunk)))
    const first = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')])
    const [url] = first as readonly unknown[]
    if (typeof url !== 'string' || !url.startsWith('http')) {
      link.close()
      throw new Error(`The process ${options.process} did not start: ${String(url)} ${said.join('')}`)
    }
    return new Member(options.process, url, link, child, said)
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Resolves when it has ended. */
  get exited(): Promise<unknown> {
    return this.#exited
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
    this.link.close()
  }

  stop(): void {
    this.#child.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child.kill('SIGCONT')
  }

  /** Asks it to shut down. Resolves when it has. */
  async end(): Promise<void> {
    this.#child.stdin?.end()
    await this.#exited
    this.link.close()
  }
}
