// Looks up refusals: records by turn, inputs by hash.
import type { Content } from './content.ts'
import { indexOf, Places } from './append-only-lists.ts'
import { inputHash } from './hash.ts'
import type { RefusalRecord, RefusedInputHash, View } from './view.ts'

class RefusalsByTurn extends Places<RefusalRecord> {
  constructor() {
    super((record) => record.turnId)
  }
}

/** The index of a refused turn's record in `view.refusals`, or -1. */
export const refusalAt = ({ refusals }: Pick<View, 'refusals'>, turnId: string): number =>
  indexOf(refusals, RefusalsByTurn).at(refusals, turnId)

/** The record of a refused turn. */
export const refusalOf = (view: View, turnId: string): RefusalRecord | undefined =>
  view.refusals[refusalAt(view, turnId)]

class RefusedByHash extends Places<RefusedInputHash> {
  constructor() {
    super((refused) => refused.inputHash)
  }
}

/** The turn in which this input was refused, here or in the conversation that this one was forked from; `undefined` if it was not. */
export const refusedTurnAsking = ({ refusedInputs }: View, input: Content): string | undefined =>
  refusedInputs[indexOf(refusedInputs, RefusedByHash).at(refusedInputs, inputHash(input))]?.turnId
