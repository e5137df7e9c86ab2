// The likely causes of a rejection, as reported to the app: the parts that the request carried for the first time.
import type { Failure } from '../../errors.ts'
import type { Suspect } from '../suspect.ts'
import { suspectsOf } from '../suspects.ts'
import type { View } from '../view.ts'
import { kindOf, subjectOf } from './parts.ts'
import type { Rejection } from './rejection.ts'

/** Describes a rejection and its likely causes, from the view at the time of the rejection. */
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
