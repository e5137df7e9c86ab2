/** @jsxImportSource react */
// What stands behind the last message: a wait, a failure, a rejection.
import { useEffect, useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import { useConversation } from '../../react/index.ts'
import { useStory } from '../story/use-story.ts'
import type { Doings } from '../transcript/doings.ts'
import { counted } from '../transcript/texts.ts'
import { Notice } from './notice.tsx'
import { rejectionWords, suspectWords, troubleOf } from './words.ts'

interface Props {
  readonly chat: ClientConversation
  readonly doings: Doings
}

export function EndNotice({ chat, doings }: Props) {
  const { status, error, rejection } = useConversation({
    conversation: chat,
    select: (shown) => ({ status: shown.status, error: shown.error, rejection: shown.rejection }),
  })
  const waiting = useStory(chat, (told) => told.waiting)
  if (status === 'rejected' || (status === 'error' && rejection)) return <Rejected chat={chat} doings={doings} />
  if (status === 'error' && error)
    return <Failed chat={chat} doings={doings} code={error.code} message={error.message} />
  if (status === 'submitted' && waiting)
    return (
      <Notice kind="calm" icon="clock" title="The service can’t be reached">
        <p>
          {waiting.until === null ? 'It is tried again in a moment' : <Countdown until={waiting.until} />} (attempt{' '}
          {waiting.attempt}). Nothing is lost.
        </p>
      </Notice>
    )
  return null
}

function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.ceil((until - now) / 1_000))
  return <span role="timer">{seconds === 0 ? 'It is tried again now' : `It is tried again in ${seconds} s`}</span>
}

function Failed({ chat, doings, code, message }: Props & { readonly code: string; readonly message: string }) {
  const { retry, clear } = useConversation({
    conversation: chat,
    select: (shown) => ({ retry: shown.retry, clear: shown.clear }),
  })
  const { title, words, helps } = troubleOf(code, message)
  const attempt = tryWith(doings.fail)
  return (
    <Notice kind="bad" icon="alert" title={title}>
      <p>{words}</p>
      <div className="ways" role="group" aria-label="Ways on">
        {helps === 'shorter' && (
          <>
            <button type="button" className="main" onClick={() => attempt(() => chat.compact())}>
              Summarise, to make room
            </button>
            <button type="button" onClick={() => attempt(clear)}>
              Clear everything
            </button>
          </>
        )}
        {helps !== 'nothing' && (
          <button type="button" className={helps === 'again' ? 'main' : ''} onClick={() => attempt(() => retry())}>
            Try again
          </button>
        )}
      </div>
      <details>
        <summary>What the service said</summary>
        <p dir="auto">
          {message} <code>{code}</code>
        </p>
      </details>
    </Notice>
  )
}

function Rejected({ chat, doings }: Props) {
  const { status, rejection, resolve, retry, clear } = useConversation({
    conversation: chat,
    select: (shown) => ({
      status: shown.status,
      rejection: shown.rejection,
      resolve: shown.resolveRejection,
      retry: shown.retry,
      clear: shown.clear,
    }),
  })
  if (!rejection) return null
  const isWaiting = status === 'rejected'
  const attempt = tryWith(doings.fail)
  return (
    <Notice kind="rejected" icon="alert" title="The service did not accept this">
      <p>{rejectionWords(rejection)} No reply had begun, and nothing was spent.</p>
      {rejection.suspects.length > 0 && (
        <>
          <p>{counted(rejection.suspects.length, 'thing')} new in it:</p>
          <ul>
            {rejection.suspects.map((suspect, index) => (
              <li key={index}>{suspectWords(suspect)}</li>
            ))}
          </ul>
        </>
      )}
      <div className="ways" role="group" aria-label="Ways on">
        {isWaiting ? (
          <>
            <button type="button" className="main" onClick={() => attempt(() => resolve('repair'))}>
              Ask without the part to blame
            </button>
            <button type="button" onClick={() => attempt(() => resolve('stop'))}>
              Leave this message out
            </button>
            <button type="button" onClick={() => attempt(() => resolve({ rewind: 1 }))}>
              Go back one more
            </button>
            <button type="button" onClick={() => attempt(() => resolve('clear'))}>
              Clear everything
            </button>
          </>
        ) : (
          <>
            <button type="button" className="main" onClick={() => doings.rephrase(chat.messages.at(-1)?.turnId ?? '')}>
              Say it differently
            </button>
            <button type="button" onClick={() => attempt(() => retry())}>
              Try again
            </button>
            <button type="button" onClick={() => attempt(clear)}>
              Clear everything
            </button>
          </>
        )}
      </div>
    </Notice>
  )
}

/** Does something, and hands what goes wrong at once or later to `fail`. */
const tryWith = (fail: Doings['fail']) => (work: () => PromiseLike<unknown>) => {
  try {
    work().then(undefined, fail)
  } catch (error) {
    fail(error)
  }
}
