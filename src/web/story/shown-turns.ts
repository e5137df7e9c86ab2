// Which messages are shown, which of them the model no longer sees, and where it goes on from. Pure.
import type { Branch, TranscriptItem, TurnStanding } from '../../index.ts'
import type { Standings } from './turn-book.ts'

/** One message that is shown. */
export interface Row {
  readonly id: string
  readonly turnId: string
  /** Why the model no longer sees it; `null` if it does. */
  readonly gone: Gone | null
  /** It is the last message of its turn. */
  readonly isEnd: boolean
  /** The turn has ended without a reply: the model said nothing. */
  readonly isSilent: boolean
  /** The turns that stand in the same place and can be switched to, with this one; at most one means there is no choice. */
  readonly choices: readonly Choice[]
}

export type Gone = 'refused' | 'withdrawn' | 'rejected' | 'cleared' | 'set-aside' | 'not-kept' | 'behind'

/** A turn in the place of another one. */
export interface Choice {
  readonly turnId: string
  /** The turn to switch to: the last one of its branch. */
  readonly tip: string | null
}

/** What is shown of a conversation. */
export interface Shown {
  readonly rows: readonly Row[]
  /** How many rows come before the line that marks where the model goes on; `null` where that is the end, as usual. */
  readonly headAfter: number | null
  /** Messages that are on other branches. */
  readonly elsewhere: number
}

type Item = Pick<TranscriptItem, 'id' | 'turnId' | 'role' | 'status'>

/** What is shown of the messages, by what is known of their turns. What is not known yet counts as part of the context. */
export function shownOf(messages: readonly Item[], known: Standings): Shown {
  const rows: Row[] = []
  let elsewhere = 0
  let lastSeen = -1
  let lastLeft = -1
  // What follows a turn of another branch, and is not on the path either, is taken to follow it there.
  let wasReplaced = false
  const refused = new Set(messages.filter(({ status }) => status === 'retracted').map(({ turnId }) => turnId))
  for (const { id, turnId, role } of messages) {
    const standing = known.get(turnId)
    const siblings = standing?.branches ?? []
    const own = siblings.find((each) => each.turnId === turnId)
    const open = siblings.find((each) => each.status === 'open')
    const isReplaced: boolean = open
      ? open.turnId !== turnId && own?.status !== 'refused'
      : isOther(own) && (siblings.some(({ current }) => current) || wasReplaced)
    wasReplaced = isReplaced
    if (isReplaced) {
      elsewhere++
      continue
    }
    const gone = own?.current
      ? standing?.setAside === 'turn'
        ? 'set-aside'
        : null
      : goneOf(refused.has(turnId), own, standing)
    if (gone === null || gone === 'set-aside') lastSeen = rows.length
    else if (gone !== 'not-kept') lastLeft = rows.length
    const isSilent = role === 'user' && own?.status === 'completed'
    const choices = gone === null ? choicesOf(siblings, turnId) : []
    rows.push({ id, turnId, gone, isEnd: true, isSilent, choices })
  }
  // Once for each turn, under its last message.
  const each = rows.map((row, index) =>
    rows[index + 1]?.turnId === row.turnId ? { ...row, isEnd: false, isSilent: false, choices: [] } : row,
  )
  return { rows: each, headAfter: lastLeft > lastSeen ? lastSeen + 1 : null, elsewhere }
}

/** Kept, not refused, not withdrawn, and yet not on the path. */
const isOther = (own: Branch | undefined): boolean =>
  own !== undefined && !own.current && own.obstacle === null && own.status !== 'open'

const withdrawnBy = { refusal: 'withdrawn', rejection: 'rejected', clear: 'cleared' } as const

function goneOf(isRefused: boolean, own: Branch | undefined, standing: TurnStanding | undefined): Gone | null {
  if (isRefused || own?.status === 'refused') return 'refused'
  if (standing?.withdrawnBy) return withdrawnBy[standing.withdrawnBy]
  // It follows one that left.
  if (own?.obstacle === 'turn-withdrawn' || own?.obstacle === 'turn-quarantined') return 'withdrawn'
  if (own?.obstacle === 'turn-not-kept') return 'not-kept'
  return isOther(own) ? 'behind' : null
}

const choicesOf = (siblings: readonly Branch[], turnId: string): readonly Choice[] =>
  siblings
    .filter((each) => each.turnId === turnId || each.tip !== null || each.current)
    .map((each) => ({ turnId: each.turnId, tip: each.tip }))

/** Why a message is dimmed, in words. */
export const goneWords: Readonly<Record<Gone, string>> = {
  refused: 'Not part of the conversation: it was refused.',
  withdrawn: 'The model no longer sees this: it left with a later message.',
  rejected: 'The model no longer sees this: it left with a later message, which the service did not accept.',
  cleared: 'The model no longer sees this: the conversation was cleared.',
  'set-aside': 'The model sees one line in place of this: the service did not accept it.',
  behind: 'The model no longer sees this: the conversation went back.',
  'not-kept': 'Not part of the conversation: it got no reply.',
}
