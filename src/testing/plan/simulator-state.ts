import type { CreditDesk } from '../memory/credit-desk.ts'
import type { Ids } from '../api/ids.ts'
import type { ModelRules } from '../api/models.ts'
import type { ScriptReader } from './script-reader.ts'
import type { ServedTurns } from '../memory/served-turns.ts'
import type { Signatures } from '../memory/thinking-signatures.ts'
import type { SimulatorOptions } from './simulator-options.ts'

/** What all exchanges of one simulator share. */
export interface SimulatorState {
  readonly options: SimulatorOptions
  readonly ids: Ids
  readonly script: ScriptReader
  readonly rulesOf: (model: string) => ModelRules | undefined
  readonly signatures: Signatures
  readonly served: ServedTurns
  readonly credit: CreditDesk
}
