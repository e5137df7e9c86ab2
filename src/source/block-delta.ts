import type { DeltaKind } from '../journal/index.ts'

/**
 * A `block.delta` that is known to have the form of the port, because a reader of this package made it: it is not checked again. Most
 * events of a reply are such ones.
 */
export class BlockDelta {
  readonly type = 'block.delta'
  readonly index: number
  readonly kind: DeltaKind
  readonly text: string

  constructor(index: number, kind: DeltaKind, text: string) {
    this.index = index
    this.kind = kind
    this.text = text
  }
}
