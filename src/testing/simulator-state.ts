import type { CreditDesk } from './credit-desk.ts'
import type { Ids } from './ids.ts'
import type { ModelRules } from './models.ts'
import type { ScriptReader } from './script-reader.ts'
import type { ServedTurns } from './served-turns.ts'
import type { Signatures } from './signatures.ts'
import type { SimulatorOptions } from './simulator-options.ts'

/** What the exchanges of one simulator share. */
export interface SimulatorState {
  readonly options: SimulatorOptions
  readonly ids: Ids
  readonly script: ScriptReader
  readonly rulesOf: (model: string) => ModelRules | undefined
  readonly signatures: Signatures
  readonly served: ServedTurns
  readonly credit: CreditDesk
}
