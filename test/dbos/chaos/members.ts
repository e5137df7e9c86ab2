// Processes of a cluster, as tests start, kill, stop and cut them off.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { MemberOptions } from '../member.ts'
import { Link } from './link.ts'
import type { Machine, Network } from './network.ts'

/** What happens to a process. */
export type FaultKind = 'killed' | 'stopped' | 'refused' | 'silent'

export class Member {
  readonly name: string
  readonly url: string
  readonly link: Link
  /** What it has written to its log. */
  readonly said: readonly string[]
  /** What has happened to it first. */
  fault: FaultKind | null = null
  readonly #child: ChildProcess
  readonly #machine: Machine | null
  readonly #exited: Promise<unknown>

  private constructor(
    name: string,
    url: string,
    link: Link,
    machine: Machine | null,
    child: ChildProcess,
    said: readonly string[],
  ) {
    this.name = name
    this.url = url
    this.link = link
    this.said = said
    this.#child = child
    this.#machine = machine
    this.#exited = this.isOver ? Promise.resolve() : once(child, 'exit')
  }

  /**
   * Starts a process, and resolves once it takes requests.
   *
   * @param program the path of the bundle of `member.ts`
   * @param network where it gets a machine of its own. The addresses in `options` are then such that machines reach. Default: this machine
   */
  static async start(program: string, options: MemberOptions, network: Network | null = null): Promise<Member> {
    const [link, machine] = await Promise.all([Link.to(options.databaseUrl, network?.address), network?.add() ?? null])
    const told = { ...options, databaseUrl: link.url, ...(machine ? { host: machine.address } : {}) }
    const [command, ...words] = [...(machine?.command ?? []), process.execPath, program, JSON.stringify(told)]
    const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'] })
    // It may be killed while it is told something.
    child.stdin.on('error', () => {})
    const said: string[] = []
    child.stderr.on('data', (chunk: Buffer) => void said.push(String(chunk)))
    const first = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')])
    const [url] = first as readonly unknown[]
    if (typeof url !== 'string' || !url.startsWith('http')) {
      link.close()
      await machine?.remove()
      throw new Error(`The process ${options.process} did not start: ${String(url)} ${said.join('')}`)
    }
    return new Member(options.process, url, link, machine, child, said)
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
    await this.#leave()
  }

  /** Cuts it off: from everything where it has a machine of its own, else from its database. */
  async cut(): Promise<void> {
    if (this.#machine) await this.#machine.cut()
    else this.link.state = 'silent'
  }

  async mend(): Promise<void> {
    if (this.#machine && !this.isOver) await this.#machine.mend()
    this.link.state = 'whole'
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
    await this.#leave()
  }

  async #leave(): Promise<void> {
    this.link.close()
    await this.#machine?.remove()
  }
}
