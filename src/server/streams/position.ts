// Where a viewer is in the events of a conversation: what the `id` of each server-sent event says.
//   P1  In the process that sent the event, `epoch` and `nth` find the event after it.
//   P2  In any other process, all facts up to `revision` are behind the viewer, and `outcomes` of the outcomes that later facts have.

/** A position after an event. */
export interface Position {
  readonly revision: number
  readonly outcomes: number
  /** Which channel numbered the event: one of this process, or of one that is gone. */
  readonly epoch: string
  readonly nth: number
}

export const toEventId = ({ revision, outcomes, epoch, nth }: Position): string =>
  `${revision}.${outcomes}.${epoch}.${nth}`

/** `null` for what is no id of ours: the viewer is then sent everything. */
export function readEventId(id: string | null | undefined): Position | null {
  const [, revision, outcomes, epoch = '', nth] =
    /^(\d{1,15})\.(\d{1,15})\.([\w-]{1,64})\.(\d{1,15})$/.exec(id ?? '') ?? []
  if (revision === undefined) return null
  return { revision: Number(revision), outcomes: Number(outcomes), epoch, nth: Number(nth) }
}
