/** @jsxImportSource react */
// What stands behind the last message: a wait, a failure, a rejection.
import { useEffect, useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { TurnstateError } from '../../errors.ts'
import type { Rejection } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
import { useStory } from '../story/use-story.ts'
import type { Doings } from '../transcript/doings.ts'
import { spanOf } from '../transcript/texts.ts'
import { askAnother, attempting } from './attempt.ts'
import { Notice } from './notice.tsx'
import { isOutage, isOverflow, rejectionWords, suspectWords, troubleOf } from './words.ts'
import { type Way, WaysOn } from './ways-on.tsx'

interface Props {
  readonly chat: ClientConversation
  readonly doings: Doings
}

/** What a notice is about. */
interface About extends Props {
  /** The turn that the notice is about: the last one. */
  readonly turnId: string
}

export function EndNotice({ chat, doings }: Props) {
  const { status, error, rejection, turnId } = useConversation({
    conversation: chat,
    select: (shown) => ({
      status: shown.status,
      error: shown.error,
      rejection: shown.rejection,
      turnId: shown.messages.at(-1)?.turnId ?? '',
    }),
  })
  const [kept, setKept] = useState('')
  const about = { chat, doings, turnId }
  if (status === 'rejected' && rejection) return <Rejected {...about} rejection={rejection} />
  if (status === 'submitted' && error && isOutage(error.code)) return <Outage {...about} error={error} />
  if (status !== 'error' || !error || kept === turnId) return null
  const keep = () => setKept(turnId)
  return rejection && !isOverflow(error.code) ? (
    <RejectedForGood {...about} rejection={rejection} onKeep={keep} />
  ) : (
    <Failed {...about} error={error} onKeep={keep} />
  )
}

/** It is tried again by itself. */
function Outage({ chat, doings, turnId, error }: About & { readonly error: TurnstateError }) {
  const waiting = useStory(chat, (told) => told.waiting)
  const { model, stop, retry } = useConversation({
    conversation: chat,
    select: (shown) => ({ model: shown.model, stop: shown.stop, retry: shown.retry }),
  })
  const attempt = attempting(doings.fail)
  const again = async () => {
    await stop()
    await retry()
  }
  const another = async (name: string) => {
    await stop()
    await askAnother(chat, turnId, name)
  }
  // A page that was opened meanwhile does not know until when.
  const until = waiting?.until ?? null
  const { title } = troubleOf(error.code, error.message)
  return (
    <Notice kind="calm" icon="clock" title={title}>
      <p>
        {until === null ? 'It is tried again in a moment' : <Countdown until={until} />}
        {waiting ? ` (attempt ${waiting.attempt})` : ''}. Nothing is lost.
      </p>
      <WaysOn
        first={[
          { label: 'Try now', icon: 'again', take: () => attempt(again) },
          { label: 'Don’t try again', icon: 'stop', take: () => attempt(stop) },
        ]}
        model={model}
        models={doings.models}
        onModel={(name) => attempt(() => another(name))}
      />
    </Notice>
  )
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

interface Ended extends About {
  readonly onKeep: () => void
}

function Failed({ chat, doings, turnId, error, onKeep }: Ended & { readonly error: TurnstateError }) {
  const { model, retry, clear } = useConversation({
    conversation: chat,
    select: (shown) => ({ model: shown.model, retry: shown.retry, clear: shown.clear }),
  })
  const { code, message, details } = error
  const { title, words, helps } = troubleOf(code, message)
  const attempt = attempting(doings.fail)
  const shorten: Way = {
    label: 'Summarise, to make room',
    icon: 'down',
    take: () => attempt(() => chat.compact()),
  }
  const again: Way = { label: 'Try again', icon: 'again', take: () => attempt(() => retry()) }
  const isFull = helps === 'shorter'
  return (
    <Notice kind="bad" icon="alert" title={title}>
      <p>
        {words}
        {details.retryAfter !== undefined && ` It asks to wait ${spanOf(details.retryAfter)}.`}
      </p>
      <WaysOn
        first={isFull ? [shorten, again] : helps === 'nothing' ? [] : [again]}
        {...(helps === 'again' || isFull ? { onRephrase: () => doings.rephrase(turnId) } : {})}
        onKeep={onKeep}
        keepLabel="Leave it"
        model={model}
        models={helps === 'nothing' ? [] : doings.models}
        onModel={(name) => attempt(() => askAnother(chat, turnId, name))}
        {...(isFull ? { onBack: doings.goBack, onClear: () => attempt(clear) } : {})}
      />
      <details>
        <summary>What the service said</summary>
        <p dir="auto">
          {message} <code>{code}</code>
        </p>
      </details>
    </Notice>
  )
}

interface AboutRejection extends About {
  readonly rejection: Rejection
}

/** A person decides about it. */
function Rejected({ chat, doings, turnId, rejection }: AboutRejection) {
  const { model, resolve } = useConversation({
    conversation: chat,
    select: (shown) => ({ model: shown.model, resolve: shown.resolveRejection }),
  })
  const attempt = attempting(doings.fail)
  const leaveOut = async (then: () => unknown) => {
    await resolve('stop')
    await then()
  }
  return (
    <Notice kind="rejected" icon="alert" title="The service did not accept this">
      <WhatWasRejected rejection={rejection} left="Nothing yet. You choose." />
      <WaysOn
        first={[
          { label: 'Ask without the part to blame', icon: 'check', take: () => attempt(() => resolve('repair')) },
        ]}
        onRephrase={() => attempt(() => leaveOut(() => doings.rephrase(turnId)))}
        onKeep={() => attempt(() => resolve('stop'))}
        keepLabel="Leave this message out"
        onBack={(exchanges) => attempt(() => resolve({ rewind: exchanges }))}
        model={model}
        models={doings.models}
        onModel={(name) => attempt(() => leaveOut(() => askAnother(chat, turnId, name)))}
        onClear={() => attempt(() => resolve('clear'))}
      />
    </Notice>
  )
}

/** Nothing that could be left out has helped, or a policy has decided. */
function RejectedForGood({ chat, doings, turnId, rejection, onKeep }: AboutRejection & Ended) {
  const { model, retry, clear } = useConversation({
    conversation: chat,
    select: (shown) => ({ model: shown.model, retry: shown.retry, clear: shown.clear }),
  })
  const attempt = attempting(doings.fail)
  return (
    <Notice kind="rejected" icon="alert" title="The service did not accept this">
      <WhatWasRejected rejection={rejection} left="Your message. The model won’t see it again." />
      <WaysOn
        onRephrase={() => doings.rephrase(turnId)}
        onKeep={onKeep}
        onBack={doings.goBack}
        model={model}
        models={doings.models}
        onModel={(name) => attempt(() => askAnother(chat, turnId, name))}
        onClear={() => attempt(clear)}
        last={{ label: 'Try again', icon: 'again', take: () => attempt(() => retry()) }}
      />
    </Notice>
  )
}

const WhatWasRejected = ({ rejection, left }: { readonly rejection: Rejection; readonly left: string }) => (
  <>
    <p>{rejectionWords(rejection)} No reply had begun, and nothing was spent.</p>
    <dl>
      <dt>Left</dt>
      <dd>{left}</dd>
      <dt>Stays</dt>
      <dd>Everything before it stays.</dd>
    </dl>
    {rejection.suspects.length > 0 && (
      <details open>
        <summary>What was new in it</summary>
        <ul>
          {rejection.suspects.map((suspect, index) => (
            <li key={index}>{suspectWords(suspect)}</li>
          ))}
        </ul>
      </details>
    )}
  </>
)
