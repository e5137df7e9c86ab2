// Events as lines of a stream of server-sent events.
import type { Delta } from '../../index.ts'
import { type Position, toEventId } from './position.ts'
import type { Entry } from './ring.ts'

interface Line extends Pick<Entry, 'position'> {
  readonly name: string
  readonly data: string
}

/**
 * Entries as they are sent: deltas of the same kind that follow each other are one, and the first difference after one that is void
 * becomes the whole conversation.
 */
export function gathered(entries: readonly Entry[]): readonly Line[] {
  const lines: Line[] = []
  let delta: Delta | null = null
  let hasMissed = false
  for (const { name, position, data, isChange, whole } of entries) {
    if (name === null) {
      hasMissed ||= isChange
      continue
    }
    if (hasMissed && whole) {
      delta = null
      hasMissed = false
      lines.push({ name: 'conversation', position, data: JSON.stringify(whole) })
      continue
    }
    if (typeof data === 'string') {
      delta = null
      lines.push({ name, position, data })
      continue
    }
    const isMore = delta && delta.turnId === data.turnId && delta.attempt === data.attempt && delta.block === data.block
    const joined: Delta = delta && isMore ? { ...delta, text: delta.text + data.text } : data
    if (isMore) lines.pop()
    delta = joined
    lines.push({ name, position, data: JSON.stringify(joined) })
  }
  return lines
}

/** An event as it is sent. `data` is JSON. */
export const written = (name: string, data: string, position: Position): string =>
  `id: ${toEventId(position)}\nevent: ${name}\ndata: ${data}\n\n`
