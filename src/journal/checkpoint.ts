// A view that is stored, so that a long journal need not be folded from its first fact.
//   C1  A checkpoint is derived: without it, or with one that can't be read, the journal is folded. The view is the same.
//   C2  A checkpoint of another version is not read. The version changes with every change of the view, and of what folding gives.
import { isRecord } from '../objects.ts'
import { deepFreeze } from './content.ts'
import { emptyView, type View } from './view.ts'

/** The version of the view's form. A test fails when the form changes and this does not. */
export const checkpointVersion = 2

/** A stored view. */
interface StoredView {
  /** The number of facts that it covers. */
  readonly revision: number
  readonly version: number
  /** JSON. */
  readonly body: string
}

/** The view as it is stored. Takes time in proportion to the view. */
export const checkpointOf = (view: View): StoredView => ({
  revision: view.revision,
  version: checkpointVersion,
  body: JSON.stringify(view),
})

/** The view of a checkpoint; `null` for one that this release does not read. Several times as fast as folding. */
export function viewOf({ revision, version, body }: StoredView): View | null {
  if (version !== checkpointVersion) return null
  try {
    const view: unknown = JSON.parse(body)
    if (!isView(view) || view.revision !== revision) return null
    for (const turn of view.turns) deepFreeze(turn)
    const { setAside, before } = view.rejections
    // Where nothing is on trial, the two are one list.
    return isSame(setAside, before) ? { ...view, rejections: { ...view.rejections, before: setAside } } : view
  } catch {
    return null
  }
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((part, index) => part === other[index])

/** It was written by this version, so its fields have their types unless the store has damaged it. */
const isView = (value: unknown): value is View =>
  isRecord(value) && Object.keys(emptyView).every((name) => Object.hasOwn(value, name)) && Array.isArray(value['turns'])
