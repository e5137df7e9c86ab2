/** @jsxImportSource react */
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { ClientConversation } from '../client/index.ts'
import { messageOf } from '../errors.ts'
import type { TranscriptItem } from '../index.ts'
import { Announcements } from './announcements.tsx'
import { Composer, type ComposerHandle } from './composer/composer.tsx'
import { ConversationHeader } from './conversation-header.tsx'
import { Icon } from './icons.tsx'
import { Connection } from './notices/connection.tsx'
import type { Setup } from './server.ts'
import { Transcript } from './transcript/transcript.tsx'
import { textOf } from './transcript/texts.ts'
import { Welcome } from './welcome.tsx'

interface Shown {
  readonly chat: ClientConversation | null
  readonly setup: Setup
  /** Creates a conversation. */
  readonly begin: () => ClientConversation
  readonly onMenu: () => void
  readonly onNew: () => void
}

/** The conversation that is open, or an empty page for a new one. */
export function ConversationView({ chat, setup, begin, onMenu, onNew }: Shown) {
  const composer = useRef<ComposerHandle>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const isGone = useIsGone(chat)
  // Whoever begins a conversation is about to write. A touch screen would be half covered by its keyboard.
  useEffect(() => {
    const { activeElement, body } = document
    const isFree = activeElement === null || activeElement === body || activeElement.matches('.new')
    if (chat === null && isFree && !matchMedia('(pointer: coarse)').matches) composer.current?.focus()
    // When the view appears; the first message of a conversation changes nothing.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  const [usual = ''] = setup.models
  const [model, setModel] = useState(usual)
  const doings = useMemo(
    () => ({
      models: setup.models,
      edit: (message: TranscriptItem) =>
        composer.current?.write({
          text: textOf(message),
          replaces: message.turnId,
          why: 'edit',
          blocks: message.parts.flatMap((part) => (part.type === 'block' ? [part.block] : [])),
        }),
      rephrase: (turnId: string) => {
        const asked = chat?.messages.find((item) => item.turnId === turnId && item.role === 'user')
        composer.current?.write({ text: asked ? textOf(asked) : '', replaces: turnId, why: 'rephrase' })
      },
      fail: (error: unknown) => setTrouble(messageOf(error)),
    }),
    [chat, setup],
  )
  /** The first message is for the model that was chosen: it waits behind the choice. */
  const beginWithModel = () => {
    const made = begin()
    if (model !== usual) made.setModel(model).catch(doings.fail)
    return made
  }
  return (
    <main id="conversation">
      <ConversationHeader chat={chat} setup={setup} model={model} onModel={setModel} onMenu={onMenu} />
      {isGone && chat?.messages.length === 0 ? (
        <div className="scroller">
          <div className="column welcome">
            <h2>This conversation is not there</h2>
            <p>It may have been deleted, or the address is not whole.</p>
            <p>
              <button type="button" className="main" onClick={onNew}>
                New conversation
              </button>
            </p>
          </div>
        </div>
      ) : chat ? (
        <Transcript chat={chat} doings={doings} />
      ) : (
        <Welcome further={setup.beginnings} onAsk={(text) => composer.current?.write({ text })} />
      )}
      <div className="foot">
        {trouble !== null && (
          <p className="trouble" role="alert">
            <span dir="auto">{trouble}</span>
            <button type="button" className="quiet" aria-label="Dismiss" onClick={() => setTrouble(null)}>
              <Icon name="close" />
            </button>
          </p>
        )}
        {chat && !(isGone && chat.messages.length === 0) && <Connection chat={chat} />}
        {!isGone && (
          <Composer
            chat={chat}
            setup={setup}
            begin={beginWithModel}
            onFail={doings.fail}
            onSend={() => setTrouble(null)}
            handle={composer}
          />
        )}
      </div>
      {chat && <Announcements chat={chat} />}
    </main>
  )
}

/** Whether the conversation was erased, or never was. */
function useIsGone(chat: ClientConversation | null): boolean {
  return useSyncExternalStore(
    useCallback((listener: () => void) => chat?.subscribe(listener) ?? (() => {}), [chat]),
    () => chat?.connection === 'closed' && chat.error?.code === 'conversation-unknown',
  )
}
