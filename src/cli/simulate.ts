import { once } from 'node:events'
import { startSimulator } from '../testing/index.ts'
import type { Host } from './host.ts'

export interface SimulateFlags {
  readonly port: number
  readonly refuseAfter: number
  readonly refuseModels?: readonly string[]
  readonly cors?: boolean
}

/** Serves until it is told to end, which is no failure. */
export async function simulate(
  { port, refuseAfter, refuseModels, cors = false }: SimulateFlags,
  host: Host,
): Promise<number> {
  const simulator = await startSimulator({
    port,
    cors,
    refusal: { afterDeltas: refuseAfter, ...(refuseModels ? { models: refuseModels } : {}) },
  })
  host.output.write(`turnstate simulator on ${simulator.url} (simulated: no model is asked). Ctrl-C ends it.\n`)
  if (!host.leaving.aborted) await once(host.leaving, 'abort')
  await simulator.close()
  return 0
}
