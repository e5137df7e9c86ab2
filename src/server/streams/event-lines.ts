// Events as lines of a stream of server-sent events.
import type { Delta } from '../../index.ts'
import { type Position, toEventId } from './position.ts'
import type { Entry } from './ring.ts'

interface Line extends Pick<Entry, 'position'> {
  readonly name: string
  readonly data: string
}

/** Events as they are sent to a viewer. */
export interface Frame {
  readonly text: string
  /** The position of the last of them; `null` if there are none. */
  readonly last: Position | null
  /** Whether the outcome of the only message that is wanted is among them. */
  readonly isOver: boolean
}

/** What is sent of entries: of one message, up to its outcome, or of all. */
export function frameOf(entries: readonly Entry[], message: string | undefined): Frame {
  const last = entries.at(-1)?.position ?? null
  const wanted = message === undefined ? entries : upToLast(entries.filter((entry) => entry.message === message))
  const text = gathered(wanted)
    .map(({ name, data, position }) => written(name, data, position))
    .join('')
  return { text, last, isOver: message !== undefined && wanted.at(-1)?.isLast === true }
}

/** Entries up to the outcome of their message. */
function upToLast(entries: readonly Entry[]): readonly Entry[] {
  const last = entries.findIndex(({ isLast }) => isLast)
  return last < 0 ? entries : entries.slice(0, last + 1)
}

/**
 * Entries as they are sent: deltas of the same kind that follow each other are one, and the first difference after one that is void
 * becomes the whole conversation.
 */
function gathered(entries: readonly Entry[]): readonly Line[] {
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
