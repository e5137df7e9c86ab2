// A page as an app would write it with `useChat`. The test bundles it and uses it as a person does.
import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage } from 'ai'
import { createElement as h, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { shownParts, type TurnstateData, type TurnstateMetadata } from '../../../src/server/ai-sdk/browser.ts'

type Message = UIMessage<TurnstateMetadata, TurnstateData>

const id = new URLSearchParams(location.search).get('id') ?? 'c1'
const transport = new DefaultChatTransport<Message>({ api: '/ai/chat' })

function Page({ messages: loaded }: { readonly messages: Message[] }) {
  const [draft, setDraft] = useState('')
  const [edited, setEdited] = useState<string | null>(null)
  const chat = useChat<Message>({
    id,
    messages: loaded,
    resume: true,
    transport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  })
  const send = () => {
    void chat.sendMessage({ text: draft, ...(edited === null ? {} : { messageId: edited }) })
    setDraft('')
    setEdited(null)
  }
  const button = (name: string, act: () => void) => h('button', { key: name, onClick: act }, name)
  return h(
    'main',
    { 'data-status': chat.status },
    h(
      'ol',
      null,
      chat.messages.map((message) =>
        h(
          'li',
          { key: message.id, 'data-role': message.role },
          shownParts(message).map((part, index) => {
            if (part.type === 'text') return h('span', { key: index, className: 'text' }, part.text)
            if (part.type === 'data-refusal') return h('em', { key: index }, `refused: ${part.data.category}`)
            if (!('toolCallId' in part)) return null
            const decide = (approved: boolean) => () =>
              void chat.addToolApprovalResponse({ id: part.toolCallId, approved })
            return h(
              'i',
              { key: index },
              `${part.type} ${part.state}`,
              part.state === 'approval-requested'
                ? [button('Approve', decide(true)), button('Deny', decide(false))]
                : null,
            )
          }),
          message.role === 'user' ? button('Edit', () => setEdited(message.id)) : null,
        ),
      ),
    ),
    chat.error ? h('strong', null, chat.error.message) : null,
    h('input', { value: draft, onChange: ({ target }) => setDraft(target.value) }),
    button('Send', send),
    button('Regenerate', () => void chat.regenerate()),
    button('Stop', () => {
      void fetch(`/ai/chat/${id}/stop`, { method: 'POST' }).then(() => chat.stop())
    }),
  )
}

const response = await fetch(`/ai/chat/${id}/messages`)
const messages = response.ok ? ((await response.json()) as Message[]) : []
const root = document.querySelector('#root')
if (root) createRoot(root).render(h(Page, { messages }))
