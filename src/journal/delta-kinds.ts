/** The kinds of text that grow as a reply arrives: its text, its thinking, and the JSON of a tool's input. */
export const deltaKinds = ['text', 'thinking', 'toolInput'] as const

/** A name in {@link deltaKinds}. */
export type DeltaKind = (typeof deltaKinds)[number]
