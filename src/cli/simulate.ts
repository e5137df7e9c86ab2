import { once } from 'node:events'
import { startSimulator } from '../testing/index.ts'
import type { Host } from './host.ts'

export interface SimulateFlags {
  readonly port: number
  readonly refuseAfter: number
  readonly refuseModels?: readonly string[]
  readonly cors?: boolean
}

/** Serves the simulator until a signal ends it. Returns the exit code. */
export async function simulate(
  { port, refuseAfter, refuseModels, cors = false }: SimulateFlags,
  host: Host,
): Promise<number> {
  const simulator = await startSimulator({
    port,
    cors,
    refusal: { afterDeltas: refuseAfter, ...(refuseModels ? { models: refuseModels } : {}) },
  })
  host.output.write(`turnstate simulator on ${simulator.url} (simulated: no model is asked). Press Ctrl-C to stop.\n`)
  if (!host.leaving.aborted) await once(host.leaving, 'abort')
  await simulator.close()
  return 0
}
