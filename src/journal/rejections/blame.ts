// What is to blame for a rejection, as it is told: computed from what the request carried for the first time.
import type { Failure, TurnstateErrorCode } from '../../errors.ts'
import { type Suspect, suspectsOf } from '../suspects.ts'
import type { View } from '../view.ts'
import { kindOf, subjectOf } from './parts.ts'

/** A rejected request, as the app sees it. */
export interface Rejection {
  readonly code: TurnstateErrorCode
  /** The HTTP status, where there was one. */
  readonly status: number | null
  /** What the API's own words name: a place in the request, a field, an id. */
  readonly pointer: string | null
  /** What this request carried for the first time since one that the API took, on this model, with these fields. */
  readonly suspects: readonly Suspect[]
}

export function rejectionOf(view: View, { code, status, pointer }: Failure): Rejection {
  const { open, rejections, model } = view
  const last = rejections.rejected.at(-1)
  const changed = last?.changed ?? []
  const fields: readonly Suspect[] = changed.map((name) =>
    name === 'system'
      ? { kind: 'system-prompt' }
      : name === 'tools'
        ? { kind: 'tools' }
        : { kind: 'field', field: name },
  )
  const carries = (kind: string) => last?.carried.some((part) => kindOf(part) === kind) ?? false
  const reply = last?.unproven.find((part) => kindOf(part) === 'turn')
  const isNewModel = Object.keys(rejections.accepted).length > 0 && !Object.hasOwn(rejections.accepted, model)
  return {
    code,
    status: status ?? null,
    pointer: pointer ?? null,
    suspects: [
      ...(isNewModel ? [{ kind: 'model', model } as const] : []),
      ...fields,
      ...(open ? suspectsOf(view, open) : []),
      ...(reply === undefined ? [] : [{ kind: 'reply', turnId: subjectOf(reply) } as const]),
      ...(carries('container') ? [{ kind: 'container' } as const] : []),
      ...(carries('thinking') ? [{ kind: 'thinking' } as const] : []),
    ],
  }
}
