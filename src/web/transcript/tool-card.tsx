/** @jsxImportSource react */
import { type FormEvent, useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { TranscriptPart } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
import { Icon } from '../icons.tsx'
import { asJson, resultText } from './texts.ts'

type Call = Extract<TranscriptPart, { readonly type: 'tool-call' }>

/** A call of a tool: what it was given, what it waits for, what came of it. */
export function ToolCard({
  chat,
  turnId,
  call,
  isOpen,
}: {
  readonly chat: ClientConversation
  readonly turnId: string
  readonly call: Call
  /** The turn is in progress. */
  readonly isOpen: boolean
}) {
  const { callId, name, input, result } = call
  const needs = useConversation({
    conversation: chat,
    select: ({ pendingCalls }) =>
      pendingCalls.find((pending) => pending.callId === callId && pending.turnId === turnId)?.needs ?? null,
  })
  const failed = result?.['is_error'] === true
  const state = result
    ? failed
      ? 'failed'
      : 'done'
    : needs === 'approval'
      ? 'asks for permission'
      : needs === 'answer'
        ? 'waits for an answer'
        : isOpen
          ? 'running'
          : 'not run'
  return (
    <section className={`tool ${needs ? 'waits' : ''} ${failed ? 'failed' : ''}`} aria-label={`Tool ${name}: ${state}`}>
      <header>
        <Icon name="tool" />
        <code dir="ltr">{name}</code>
        <span className="state">{state}</span>
      </header>
      <details open={needs !== null}>
        <summary>Input</summary>
        <pre tabIndex={0}>{asJson(input)}</pre>
      </details>
      {result && (
        <details open={failed}>
          <summary>{failed ? 'Error' : 'Result'}</summary>
          <pre tabIndex={0} dir="auto">
            {resultText(result)}
          </pre>
        </details>
      )}
      {needs === 'approval' && <Approve chat={chat} callId={callId} name={name} />}
      {needs === 'answer' && <Answer chat={chat} callId={callId} name={name} />}
    </section>
  )
}

interface Asked {
  readonly chat: ClientConversation
  readonly callId: string
  readonly name: string
}

// What goes wrong is shown as the conversation's error.
const ignore = () => {}

function Approve({ chat, callId, name }: Asked) {
  const [reason, setReason] = useState('')
  return (
    <div className="decide" role="group" aria-label={`May ${name} run?`}>
      <button type="button" className="main" onClick={() => void chat.approveTool(callId).catch(ignore)}>
        Allow
      </button>
      <button
        type="button"
        onClick={() => void chat.denyTool(callId, reason.trim() === '' ? undefined : reason.trim()).catch(ignore)}
      >
        Don’t allow
      </button>
      <input
        aria-label="Reason, which the model reads"
        placeholder="Reason, if not (the model reads it)"
        dir="auto"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </div>
  )
}

function Answer({ chat, callId, name }: Asked) {
  const [text, setText] = useState('')
  const [isError, setIsError] = useState(false)
  const send = (event: FormEvent) => {
    event.preventDefault()
    chat.answerTool(callId, text, { isError }).catch(ignore)
  }
  return (
    <form className="decide" onSubmit={send} aria-label={`Answer for ${name}`}>
      <textarea
        aria-label="Answer"
        dir="auto"
        rows={2}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <label>
        <input type="checkbox" checked={isError} onChange={(event) => setIsError(event.currentTarget.checked)} /> It is
        an error
      </label>
      <button className="main">Send the answer</button>
    </form>
  )
}
