// A moment that the address names: `#conversation=c1&revision=4&state=refused`. Other pages, the chat page for one, lead to it.
import type { FactRecord } from '../../observe/records.ts'
import type { Summary } from '../wire/messages.ts'

/** What an address leads to. */
export interface LinkedMoment {
  /** The id of the conversation. */
  readonly conversation: string
  /** The number of facts that it had at the moment; `null` for now. */
  readonly revision: number | null
  /** The state of the chart at the moment, without those inside of it; `null` where that is not said. */
  readonly state: string | null
}

/** Reads the fragment of an address; `null` if it leads nowhere. */
export function readLinkedMoment(hash: string): LinkedMoment | null {
  const said = new URLSearchParams(hash.replace(/^#/, ''))
  const conversation = said.get('conversation')
  if (!conversation) return null
  const revision = said.get('revision') ?? ''
  return { conversation, revision: /^\d{1,15}$/.test(revision) ? Number(revision) : null, state: said.get('state') }
}

/** The key of the conversation that an address names. If several have its id, it is the one that changed last; `null` while none has it. */
export function linkedKey({ conversation }: LinkedMoment, conversations: readonly Summary[]): string | null {
  const [found] = conversations.filter(({ id }) => id === conversation).toSorted((a, b) => b.changedAt - a.changedAt)
  return found?.key ?? null
}

/**
 * The index of the fact that shows the moment; `null` for now. After the last fact the conversation may have gone on to another state: to
 * `idle`, say.
 */
export function momentOf(
  { revision, state }: LinkedMoment,
  facts: readonly FactRecord[],
  present: string,
): number | null {
  const index = (revision ?? 0) - 1
  const isLast = index >= facts.length - 1
  if (index < 0 || (isLast && (state === null || topOf(present) === state))) return null
  return Math.min(index, facts.length - 1)
}

const topOf = (state: string): string => state.split(/[. ]/, 1)[0] ?? state
