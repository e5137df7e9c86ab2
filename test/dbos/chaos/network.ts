// Machines, as far as the kernel gives them: each has a network namespace of its own, and a cable to a switch that this process is at, too.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const ip = async (...words: readonly string[]): Promise<void> => void (await run('ip', [...words]))

/** A network namespace. */
export interface Machine {
  readonly address: string
  /** What a command begins with that is to run there. */
  readonly command: readonly string[]
  /** Pulls the cable out: whatever is sent is lost, and nobody is told. */
  cut(): Promise<void>
  mend(): Promise<void>
  /** The machine is gone. */
  remove(): Promise<void>
}

export class Network {
  /** The address of this process for all machines. */
  readonly address: string
  readonly #name: string
  readonly #subnet: string
  readonly #machines = new Set<Machine>()
  #made = 0

  private constructor(name: string, subnet: string) {
    this.#name = name
    this.#subnet = subnet
    this.address = `${subnet}.1`
  }

  /** `null` where this is not possible: it takes Linux, its command `ip`, and the rights of root. */
  static async create(): Promise<Network | null> {
    const name = `ts${process.pid.toString(36)}`
    const network = new Network(name, `10.${64 + (process.pid % 64)}.${Math.floor(process.pid / 64) % 256}`)
    try {
      await ip('link', 'add', name, 'type', 'bridge')
    } catch {
      return null
    }
    try {
      await ip('addr', 'add', `${network.address}/24`, 'dev', name)
      await ip('link', 'set', name, 'up')
      const first = await network.add()
      await first.remove()
      return network
    } catch {
      await network.close()
      return null
    }
  }

  async add(): Promise<Machine> {
    const nth = ++this.#made
    const [space, cable] = [`${this.#name}-${nth}`, `${this.#name}v${nth}`]
    // Those that are gone leave their addresses to others.
    const address = `${this.#subnet}.${2 + (nth % 250)}`
    const command = ['ip', 'netns', 'exec', space]
    const inside = (...words: readonly string[]) => ip('netns', 'exec', space, 'ip', ...words)
    await ip('netns', 'add', space)
    const machine: Machine = {
      address,
      command,
      cut: () => ip('link', 'set', cable, 'down'),
      mend: () => ip('link', 'set', cable, 'up'),
      remove: async () => {
        this.#machines.delete(machine)
        await ip('netns', 'del', space).catch(() => {})
      },
    }
    this.#machines.add(machine)
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
    await ip('link', 'set', cable, 'master', this.#name, 'up')
    await inside('addr', 'add', `${address}/24`, 'dev', 'eth0')
    await inside('link', 'set', 'eth0', 'up')
    await inside('link', 'set', 'lo', 'up')
    return machine
  }

  async close(): Promise<void> {
    await Promise.all([...this.#machines].map((machine) => machine.remove()))
    await ip('link', 'del', this.#name).catch(() => {})
  }
}
