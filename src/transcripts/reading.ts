// A stored conversation as people read it.
import { findTurn, transcript, type TranscriptItem, type View } from '../journal/index.ts'
import { isRecord } from '../objects.ts'
import type { ConversationListing } from '../stores/index.ts'

/** What became of the turn that ends with a message; `null` for one that was answered, and for its other messages. */
export type Mark = 'refused' | 'stopped' | 'failed' | 'interrupted' | 'unfinished' | null

export interface Said extends TranscriptItem {
  readonly mark: Mark
}

/** A conversation as it can be read. */
export interface Reading {
  readonly id: string
  readonly title: string | null
  readonly model: string
  readonly createdAt: number
  readonly changedAt: number
  readonly messages: readonly Said[]
}

/** Replies that were refused are in it without their text. */
export function readingOf({ id, title, model, createdAt, changedAt }: ConversationListing, view: View): Reading {
  const messages = transcript(view).map((item, index, all) => ({
    ...item,
    parts: item.status === 'retracted' ? [] : item.parts,
    // Once for each turn, after its last message.
    mark: all[index + 1]?.turnId === item.turnId ? null : markOf(view, item),
  }))
  return { id, title, model, createdAt, changedAt, messages }
}

function markOf(view: View, { turnId }: TranscriptItem): Mark {
  const status = findTurn(view, turnId)?.status
  if (status === undefined || status === 'completed') return null
  return status === 'open' ? 'unfinished' : status
}

/** What a mark means, for readers. */
export const marks: Readonly<Record<Exclude<Mark, null>, string>> = {
  refused: 'Refused. Nothing of the reply is part of the conversation.',
  stopped: 'Stopped.',
  failed: 'Failed.',
  interrupted: 'Interrupted: the program ended before the reply did.',
  unfinished: 'Not finished yet.',
}

/** The content of a tool's result as text. */
export function resultText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((block: unknown) => {
      if (!isRecord(block)) return ''
      return typeof block['text'] === 'string' ? block['text'] : `[${String(block['type'])}]`
    })
    .join('\n')
}
