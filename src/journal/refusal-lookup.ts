// What was refused, looked up: records by their turn, words by their hash.
import type { Content } from './content.ts'
import { indexOf, Places } from './append-only-lists.ts'
import { inputHash } from './hash.ts'
import type { RefusalRecord, RefusedInputHash, View } from './view.ts'

class RefusalsByTurn extends Places<RefusalRecord> {
  constructor() {
    super((record) => record.turnId)
  }
}

/** Index of a refused turn's record in `view.refusals`, or -1. */
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

/** The turn that these words were refused in, here or in the conversation that this one was forked from. */
export const refusedTurnAsking = ({ refusedInputs }: View, input: Content): string | undefined =>
  refusedInputs[indexOf(refusedInputs, RefusedByHash).at(refusedInputs, inputHash(input))]?.turnId
