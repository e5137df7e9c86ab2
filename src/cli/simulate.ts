import { once } from 'node:events'
import { startSimulator } from '../testing/index.ts'

export interface SimulateFlags {
  readonly port: number
  readonly refuseAfter: number
  readonly refuseModels?: readonly string[]
}

/** Serves until it is told to stop. */
export async function simulate({ port, refuseAfter, refuseModels }: SimulateFlags): Promise<number> {
  const simulator = await startSimulator({
    port,
    refusal: { afterDeltas: refuseAfter, ...(refuseModels ? { models: refuseModels } : {}) },
  })
  process.stdout.write(`turnstate simulator on ${simulator.url} (simulated: no model is asked). Ctrl-C ends it.\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await simulator.close()
  return 0
}
