// Which conversation is open: the address says it, so that a reload, a bookmark and the back button lead to the same one.
import { useCallback, useEffect, useState } from 'react'
import { type ClientConversation, connectConversation } from '../client/index.ts'
import { serverUrl } from './server.ts'

/** The open conversation, and the ways to another one. */
export interface OpenConversation {
  readonly id: string | null
  /** `null` for a new one, which begins with its first message. */
  readonly chat: ClientConversation | null
  /** Opens a conversation, or with `null` shows an empty page for a new one. */
  readonly show: (id: string | null) => void
  /** Creates a conversation and opens it. */
  readonly begin: () => ClientConversation
}

const idInAddress = (): string | null => {
  const id = /^#c=(.+)$/.exec(location.hash)?.[1]
  return id === undefined ? null : decodeURIComponent(id)
}

export function useOpenConversation(): OpenConversation {
  const [chat, setChat] = useState<ClientConversation | null>(() => connected(idInAddress()))
  useEffect(() => {
    const changed = () => setChat((now) => ((now?.id ?? null) === idInAddress() ? now : connected(idInAddress())))
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
    const made = connectConversation({ url: serverUrl })
    setChat(made)
    show(made.id)
    return made
  }, [show])
  return { id: chat?.id ?? null, chat, show, begin }
}

const connected = (id: string | null): ClientConversation | null =>
  id === null ? null : connectConversation({ url: serverUrl, id })
