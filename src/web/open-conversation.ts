// Which conversation is open: the address says it, so that a reload, a bookmark and the back button lead to the same one.
import { useCallback, useEffect, useState } from 'react'
import { type ClientConversation, connectConversation } from '../client/index.ts'
import { accessHeaders } from './access/access.ts'
import { serverUrl } from './server.ts'
import { storyOf } from './story/story.ts'

/** The open conversation, and the ways to another one. */
export interface OpenConversation {
  /** `null` for a new one, which begins with its first message. */
  readonly chat: ClientConversation | null
  /** Another one when another conversation is opened; the same when a new one begins, so that what is written stays. */
  readonly key: number
  /** Opens a conversation, or with `null` shows an empty page for a new one. */
  readonly show: (id: string | null) => void
  /** Creates a conversation and opens it. */
  readonly begin: () => ClientConversation
}

interface Opened {
  readonly chat: ClientConversation | null
  readonly key: number
}

const idInAddress = (): string | null => {
  const id = /^#c=(.+)$/.exec(location.hash)?.[1]
  if (id === undefined) return null
  try {
    return decodeURIComponent(id)
  } catch {
    // A part of an address: there is no conversation of this name, which is said.
    return id
  }
}

export function useOpenConversation(): OpenConversation {
  const [{ chat, key }, setOpened] = useState<Opened>(() => ({ chat: connected(idInAddress()), key: 0 }))
  useEffect(() => {
    const changed = () =>
      setOpened((now) =>
        (now.chat?.id ?? null) === idInAddress() ? now : { chat: connected(idInAddress()), key: now.key + 1 },
      )
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  useEffect(
    () => () => {
      void chat?.close()
    },
    [chat],
  )
  const show = useCallback((id: string | null) => {
    location.hash = id === null ? '' : `c=${encodeURIComponent(id)}`
  }, [])
  const begin = useCallback(() => {
    const made = watched(connectConversation({ url: serverUrl, headers: accessHeaders }))
    setOpened((now) => ({ chat: made, key: now.key }))
    show(made.id)
    return made
  }, [show])
  return { chat, key, show, begin }
}

const connected = (id: string | null): ClientConversation | null =>
  id === null ? null : watched(connectConversation({ url: serverUrl, headers: accessHeaders, id }))

/** The story is told from the beginning. */
function watched(chat: ClientConversation): ClientConversation {
  storyOf(chat)
  return chat
}
