/** @jsxImportSource react */
import { useEffect } from 'react'
import type { ClientConversation } from '../client/index.ts'
import { useConversation } from '../react/index.ts'
import { Icon } from './icons.tsx'
import type { Setup } from './server.ts'
import { inspectorAt } from './story/inspector-address.ts'
import { priceOf, usageWords } from './transcript/texts.ts'
import { ThemeButton } from './theme-button.tsx'

/** The title, what is spent, the model, the way to the inspector. */
export function ConversationHeader({
  chat,
  setup,
  model,
  onModel,
  onMenu,
}: {
  readonly chat: ClientConversation | null
  readonly setup: Setup
  /** The model that a new conversation is to begin with. */
  readonly model: string
  readonly onModel: (model: string) => void
  readonly onMenu: () => void
}) {
  return (
    <header className="top">
      <button type="button" className="quiet menu" aria-label="Conversations" onClick={onMenu}>
        <Icon name="menu" />
      </button>
      {chat ? <Title chat={chat} /> : <h1>New conversation</h1>}
      {setup.simulated && (
        <span className="mark" title="Replies come from the built-in simulator: no model is asked.">
          simulated
        </span>
      )}
      <span className="space" />
      {chat && <Spent chat={chat} />}
      {chat ? (
        <ModelOf chat={chat} models={setup.models} />
      ) : (
        <ModelPicker model={model} models={setup.models} onModel={onModel} />
      )}
      <ThemeButton />
      {setup.inspector !== null && (
        <a
          className="button quiet"
          href={chat ? inspectorAt(setup.inspector, chat.id) : setup.inspector}
          target="_blank"
          rel="noreferrer"
          aria-label="Inspector"
          title="Inspector"
        >
          <Icon name="eye" />
        </a>
      )}
    </header>
  )
}

function Title({ chat }: { readonly chat: ClientConversation }) {
  const title = useConversation({ conversation: chat, select: (shown) => shown.title }) ?? 'New conversation'
  useEffect(() => {
    document.title = `${title} · turnstate`
    return () => {
      document.title = 'turnstate'
    }
  }, [title])
  return (
    <h1 dir="auto" title={title}>
      {title}
    </h1>
  )
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

function Spent({ chat }: { readonly chat: ClientConversation }) {
  const { usage } = useConversation({ conversation: chat, select: (shown) => ({ usage: shown.usage }) })
  const { cost } = chat
  const tokens = usage.inputTokens + usage.outputTokens
  if (tokens === 0) return null
  return (
    <span className="spent" title={`${usageWords(usage)}, in all`}>
      {short.format(tokens)} tokens{cost === null || cost === 0 ? '' : ` · ${priceOf(cost)}`}
    </span>
  )
}

function ModelOf({ chat, models }: { readonly chat: ClientConversation; readonly models: readonly string[] }) {
  const model = useConversation({ conversation: chat, select: (shown) => shown.model })
  return <ModelPicker model={model} models={models} onModel={(name) => void chat.setModel(name).catch(() => {})} />
}

function ModelPicker({
  model,
  models,
  onModel,
}: {
  readonly model: string
  readonly models: readonly string[]
  readonly onModel: (model: string) => void
}) {
  if (model === '') return null
  const all = models.includes(model) ? models : [model, ...models]
  if (all.length < 2) return <span className="model">{model}</span>
  return (
    <select className="model" aria-label="Model" value={model} onChange={(event) => onModel(event.currentTarget.value)}>
      {all.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  )
}
