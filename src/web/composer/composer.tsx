/** @jsxImportSource react */
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useLayoutEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { Block, Turn } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
import { Icon } from '../icons.tsx'
import type { Setup } from '../server.ts'
import { StateStrip } from '../story/state-strip.tsx'
import { AttachedFiles } from './attached-files.tsx'
import { type Attachment, release, takeFiles } from './attachments.ts'
import { keptDraft, keepDraft } from './draft.ts'
import { Queue } from './queue.tsx'
import { type Unsent, UnsentMessages } from './unsent.tsx'

/** What is written into the field by the page. */
export interface Written {
  readonly text: string
  /** The turn whose place it takes. */
  readonly replaces?: string
  readonly why?: 'edit' | 'rephrase'
  /** Files of the message that is edited. */
  readonly blocks?: readonly Block[]
}

/** The field, for the page. */
export interface ComposerHandle {
  readonly write: (written: Written) => void
  readonly focus: () => void
}

interface Props {
  readonly chat: ClientConversation | null
  readonly setup: Setup
  readonly begin: () => ClientConversation
  readonly onFail: (error: unknown) => void
  /** A message is under way: what went wrong before is over. */
  readonly onSend: () => void
  readonly handle: RefObject<ComposerHandle | null>
}

const nothing: Written = { text: '' }

/** Where a message is written. */
export function Composer({ chat, setup, begin, onFail, onSend, handle }: Props) {
  const [written, setWritten] = useState<Written>(() => ({ text: keptDraft(chat?.id) }))
  const [files, setFiles] = useState<readonly Attachment[]>([])
  const [unsent, setUnsent] = useState<readonly Unsent[]>([])
  const [isOver, setIsOver] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const { text, replaces, why, blocks = [] } = written

  const write = useCallback((next: Written) => {
    setWritten(next)
    const place = field.current
    place?.focus()
    // After it is drawn.
    queueMicrotask(() => place?.setSelectionRange(next.text.length, next.text.length))
  }, [])
  useImperativeHandle(handle, () => ({ write, focus: () => field.current?.focus() }), [write])
  // At once: an effect that comes later would bring back what was sent meanwhile.
  useLayoutEffect(() => keepDraft(chat?.id, replaces === undefined ? text : ''), [chat, text, replaces])

  const add = (given: readonly File[]) => {
    const { taken, declined } = takeFiles(given, files, setup.limits)
    setFiles([...files, ...taken])
    if (declined.length > 0) onFail(new Error(declined.join(' ')))
  }
  const empty = () => {
    onSend()
    for (const file of files) release(file)
    setFiles([])
    // The draft of a new conversation, too, which has become another one.
    keepDraft(chat?.id, '')
    setWritten(nothing)
  }

  /** A message that was not taken comes back. */
  const follow = async (to: ClientConversation, turn: Turn) => {
    // Its first event says that the server has taken it.
    await turn[Symbol.asyncIterator]().next()
    setUnsent((before) => before.filter((each) => each.turn !== turn))
    const { status, error } = await turn.outcome
    if (status !== 'failed' || !error || to.messages.some(({ turnId }) => turnId === turn.id)) return
    setWritten((now) => (now.text === '' ? { text } : now))
    onFail(error)
  }

  const send = () => {
    if (text.trim() === '' && files.length + blocks.length === 0) return
    const to = chat ?? begin()
    const all = [...blocks, ...files.map(({ file }) => file)]
    const message = all.length === 0 ? text : { text, files: all }
    try {
      if (why === 'rephrase' && to.status === 'refused') {
        to.resolveRefusal({ rephrase: text }).catch(onFail)
        return empty()
      }
      const ending = new AbortController()
      const options = { signal: ending.signal }
      const turn =
        replaces === undefined ? to.sendMessage(message, options) : to.editMessage(replaces, message, options)
      setUnsent((before) => [...before, { turn, text, cancel: () => ending.abort() }])
      void follow(to, turn)
      empty()
    } catch (error) {
      onFail(error)
    }
  }

  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // Enter that ends the composition of a character is part of it.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !isTouch()) {
      event.preventDefault()
      send()
    } else if (event.key === 'Escape' && replaces !== undefined) {
      event.stopPropagation()
      setWritten(nothing)
    } else if (event.key === 'ArrowUp' && text === '' && chat) {
      const last = chat.messages.findLast(({ role }) => role === 'user')
      if (!last) return
      event.preventDefault()
      const words = last.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
      write({ text: words, replaces: last.turnId, why: 'edit' })
    }
  }
  const pasted = (event: ClipboardEvent) => {
    const given = [...event.clipboardData.files]
    if (given.length === 0) return
    event.preventDefault()
    add(given)
  }
  const dragged = (event: DragEvent, over: boolean) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    setIsOver(over)
  }
  const dropped = (event: DragEvent) => {
    dragged(event, false)
    add([...event.dataTransfer.files])
  }

  return (
    <>
      {chat && (
        <UnsentMessages
          chat={chat}
          unsent={unsent}
          onTakeBack={(message) => {
            message.cancel()
            if (text === '') write({ text: message.text })
          }}
        />
      )}
      {chat && <Queue chat={chat} onTakeBack={(words) => text === '' && write({ text: words })} />}
      <form
        className={`composer${isOver ? ' over' : ''}`}
        aria-label="Write a message"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
        onDragOver={(event) => dragged(event, true)}
        onDragLeave={(event) => dragged(event, false)}
        onDrop={dropped}
      >
        {why && (
          <p className="why">
            {why === 'edit' ? 'This takes the place of your message.' : 'Say it differently: this is asked instead.'}
            <button type="button" className="quiet" aria-label="Don’t" onClick={() => setWritten(nothing)}>
              <Icon name="close" />
            </button>
          </p>
        )}
        <AttachedFiles
          blocks={blocks}
          files={files}
          onRemoveBlock={(block) => setWritten({ ...written, blocks: blocks.filter((each) => each !== block) })}
          onRemove={(file) => {
            release(file)
            setFiles(files.filter((each) => each !== file))
          }}
        />
        <textarea
          ref={field}
          aria-label="Message"
          placeholder="Message"
          dir="auto"
          rows={1}
          value={text}
          onChange={(event) => setWritten({ ...written, text: event.currentTarget.value })}
          onKeyDown={pressed}
          onPaste={pasted}
        />
        <div className="tools">
          <button
            type="button"
            className="quiet"
            aria-label="Add files"
            title="Add files"
            onClick={() => picker.current?.click()}
          >
            <Icon name="attach" />
          </button>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            accept="image/png,image/jpeg,image/gif,image/webp,application/pdf,text/*,.md,.json,.csv,.yaml,.yml"
            onChange={(event) => {
              add([...(event.currentTarget.files ?? [])])
              event.currentTarget.value = ''
            }}
          />
          {chat && <StateStrip chat={chat} inspector={setup.inspector} />}
          <span className="space" />
          {chat && <StopButton chat={chat} />}
          <button
            className="send"
            aria-label="Send"
            title="Send"
            disabled={text.trim() === '' && files.length + blocks.length === 0}
          >
            <Icon name="send" />
          </button>
        </div>
      </form>
    </>
  )
}

function StopButton({ chat }: { readonly chat: ClientConversation }) {
  const { isBusy, stop } = useConversation({
    conversation: chat,
    select: ({ status, messages, connection, stop: end }) => ({
      isBusy:
        ['streaming', 'awaiting-approval'].includes(status) ||
        (status === 'submitted' && messages.length > 0 && connection === 'online'),
      stop: end,
    }),
  })
  if (!isBusy) return null
  return (
    <button type="button" className="stop" aria-label="Stop" title="Stop (Esc)" onClick={() => void stop()}>
      <Icon name="stop" />
    </button>
  )
}

/** On a touch screen, Enter begins another line. */
const isTouch = (): boolean => matchMedia('(pointer: coarse) and (hover: none)').matches
