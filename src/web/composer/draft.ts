// What was being written, kept for a reload of the same tab.

const keyOf = (id: string | undefined): string => `turnstate.draft.${id ?? ''}`

/** What was written in a conversation, or in a new one. */
export const keptDraft = (id: string | undefined): string => sessionStorage.getItem(keyOf(id)) ?? ''

/** Keeps what is being written; nothing, if it is empty. */
export function keepDraft(id: string | undefined, text: string): void {
  if (text === '') sessionStorage.removeItem(keyOf(id))
  // More than that fills what a tab may keep.
  else if (text.length < 200_000) sessionStorage.setItem(keyOf(id), text)
}
