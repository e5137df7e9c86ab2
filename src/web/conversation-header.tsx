/** @jsxImportSource react */
import { useEffect } from 'react'
import type { ClientConversation } from '../client/index.ts'
import { useConversation } from '../react/index.ts'
import { Icon } from './icons.tsx'
import type { Setup } from './server.ts'
import { ThemeButton } from './theme-button.tsx'

/** The title, what is spent, the model, the way to the inspector. */
export function ConversationHeader({
  chat,
  setup,
  onMenu,
}: {
  readonly chat: ClientConversation | null
  readonly setup: Setup
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
      {chat && <ModelPicker chat={chat} models={setup.models} />}
      <ThemeButton />
      {setup.inspector !== null && (
        <a
          className="button quiet"
          href={setup.inspector}
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
  const tokens = usage.inputTokens + usage.outputTokens
  if (tokens === 0) return null
  const { cost } = chat
  return (
    <span
      className="spent"
      title={`${usage.inputTokens} in, ${usage.outputTokens} out, ${usage.cacheReadTokens} from the cache, in all`}
    >
      {short.format(tokens)} tokens{cost === null || cost === 0 ? '' : ` · $${cost.toFixed(cost < 0.01 ? 4 : 2)}`}
    </span>
  )
}

function ModelPicker({ chat, models }: { readonly chat: ClientConversation; readonly models: readonly string[] }) {
  const model = useConversation({ conversation: chat, select: (shown) => shown.model })
  if (model === '') return null
  const all = models.includes(model) ? models : [model, ...models]
  if (all.length < 2) return <span className="model">{model}</span>
  return (
    <select
      className="model"
      aria-label="Model"
      value={model}
      onChange={(event) => void chat.setModel(event.currentTarget.value).catch(() => {})}
    >
      {all.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  )
}
