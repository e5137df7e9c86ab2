// Describes stored conversations to people.
import type { ConversationListing } from '../../stores/index.ts'
import { inOneRow } from '../../terminal-text.ts'
import { localTime } from '../../transcripts/local-time.ts'
import { shortened } from '../explain.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

/** As much of an id as is usually enough to name it. */
export const shortId = (id: string): string => (uuid.test(id) ? id.slice(0, 8) : shortened(inOneRow(id), 40))

/** The title in one row. */
export const titleOf = ({ title }: Pick<ConversationListing, 'title'>): string => {
  const row = title === null ? '' : inOneRow(title).trim()
  return row === '' ? '(no title)' : row
}

const statuses: Readonly<Record<string, string>> = {
  deferred: 'refused',
  rejected: 'refused',
  tools: 'waiting',
}

/** One row for a conversation: its id, when it changed, its status and its title. */
export function rowOf(listing: ConversationListing, columns = 100): string {
  const status = listing.isOpen ? 'open' : (statuses[listing.status] ?? listing.status)
  const before = `${shortId(listing.id).padEnd(8)}  ${localTime(listing.changedAt)}  ${inOneRow(status).padEnd(11)}  `
  return before + shortened(titleOf(listing), Math.max(20, columns - before.length))
}

/** A span of milliseconds in words. */
export function span(milliseconds: number): string {
  const seconds = milliseconds / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = seconds / 60
  if (minutes < 120) return `${Math.round(minutes)} min`
  const hours = minutes / 60
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`
}
