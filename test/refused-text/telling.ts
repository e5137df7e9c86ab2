// Reports of refusals: one for each refusal that has arrived.
import type { Conversation, ConversationNotice } from '../../src/index.ts'

const refusedTurns = (chats: readonly Conversation[]) =>
  chats.flatMap(({ actor }) => actor.getSnapshot().context.view.turns).filter(({ status }) => status === 'refused')

/** The missing and repeated reports, given the number of refusals that have arrived. */
export function wronglyTold(
  chats: readonly Conversation[],
  notices: readonly ConversationNotice[],
  arrived: number,
): readonly string[] {
  const refused = refusedTurns(chats)
  return [
    ...(refused.length === arrived ? [] : [`${arrived} refusals arrived, and ${refused.length} turns were refused`]),
    ...refused.flatMap(({ id }) => {
      const told = notices.filter((notice) => notice.type === 'turn.refused' && notice.turnId === id).length
      return told === 1 ? [] : [`the refusal of ${id} was told ${told} times`]
    }),
  ]
}

/** Refused replies that were shown but not retracted exactly once, or retracted although nothing was shown. */
export function unretracted(chats: readonly Conversation[], notices: readonly ConversationNotice[]): readonly string[] {
  return refusedTurns(chats).flatMap(({ id, refusal }) => {
    const told = notices.filter(
      (notice) => notice.type === 'retracted' && notice.turnId === id && notice.cause === 'refusal',
    ).length
    const shown = refusal?.textShown ? 1 : 0
    return told === shown ? [] : [`${id} was ${shown ? '' : 'not '}shown, and retracted ${told} times`]
  })
}
