// What a person does in a chat, for any version of the AI SDK: the libraries are given, and nothing else is imported.

interface Part {
  readonly type: string
  readonly text?: string
  readonly state?: string
  readonly data?: { readonly category?: string }
}

interface Message {
  readonly id: string
  readonly role: string
  readonly parts: readonly Part[]
}

interface AnyChat {
  messages: Message[]
  readonly status: string
  readonly error: Error | undefined
  sendMessage(message: { readonly text: string; readonly messageId?: string }): Promise<void>
  regenerate(): Promise<void>
  resumeStream(): Promise<void>
  stop(): Promise<void>
  addToolApprovalResponse(response: { id: string; approved: boolean; reason?: string }): PromiseLike<void> | void
  '~registerMessagesCallback'(look: () => void): () => void
  '~registerStatusCallback'(look: () => void): () => void
}

/** The libraries of one version. */
export interface Libraries {
  readonly Chat: new (options: {
    id: string
    messages: Message[]
    transport: unknown
    sendAutomaticallyWhen: unknown
  }) => AnyChat
  readonly DefaultChatTransport: new (options: { api: string }) => unknown
  readonly lastAssistantMessageIsCompleteWithApprovalResponses: unknown
}

/** Moments that whoever gives the replies waits for. */
export type Moment = 'saw the secret' | 'saw the second half'

/** One message, as a line: its role, and its parts. */
const line = ({ role, parts }: Message): string =>
  [role, ...parts.filter(({ type }) => type !== 'step-start').map(shown)].join(' | ')

const shown = ({ type, text, state, data }: Part): string =>
  type === 'text' ? (text ?? '') : [type, state, data?.category].filter((word) => word !== undefined).join(' ')

/**
 * Plays the scenario. Returns what the chat shows after each act, by name.
 *
 * @param reach called at moments at which a reply may go on
 */
export async function play(
  { Chat, DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses }: Libraries,
  api: string,
  reach: (moment: Moment) => void,
): Promise<Record<string, readonly string[]>> {
  const [path = '', query = ''] = api.split('?')
  const open = (messages: Message[]) =>
    new Chat({
      id: 'c1',
      messages,
      transport: new DefaultChatTransport({ api: query === '' ? path : `${path}?${query}` }),
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    })
  const load = async () => open((await (await fetch(`${path}/c1/messages`)).json()) as Message[])
  const until = (chat: AnyChat, holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => holds() && resolve()
      chat['~registerMessagesCallback'](look)
      chat['~registerStatusCallback'](look)
      look()
    })
  const isLast = (chat: AnyChat, text: string) => () => chat.messages.at(-1)?.parts.at(-1)?.text === text
  const isOver = (chat: AnyChat, text: string) => () => chat.status === 'ready' && isLast(chat, text)()
  const acts: Record<string, readonly string[]> = {}
  const note = (name: string, chat: AnyChat) => {
    acts[name] = [...chat.messages.map(line), ...(chat.error ? [`error ${chat.error.message}`] : [])]
  }

  const chat = open([])
  await chat.sendMessage({ text: 'Hello' })
  note('send', chat)

  const refused = chat.sendMessage({ text: 'Bad' })
  await until(chat, isLast(chat, 'Secret'))
  reach('saw the secret')
  await refused
  note('refusal', chat)
  await chat.sendMessage({ text: 'Good' })
  note('the next message', chat)

  await chat.sendMessage({ text: 'Rome?' })
  note('approval', chat)
  await chat.addToolApprovalResponse({ id: 'toolu_rome', approved: true })
  await until(chat, isOver(chat, 'Answer to Rome?'))
  note('approved', chat)
  await chat.sendMessage({ text: 'Oslo?' })
  await chat.addToolApprovalResponse({ id: 'toolu_oslo', approved: false, reason: 'too cold' })
  await until(chat, isOver(chat, 'Answer to Oslo?'))
  note('denied', chat)

  await chat.sendMessage({ text: 'One' })
  await chat.regenerate()
  note('regenerate', chat)
  await chat.sendMessage({ text: 'Two', messageId: chat.messages.at(-2)?.id ?? '' })
  note('edit', chat)

  const slow = chat.sendMessage({ text: 'Slow' })
  await until(chat, isLast(chat, 'First half,'))
  await chat.stop()
  await slow
  note('stop', chat)
  const later = await load()
  const resumed = later.resumeStream()
  await until(later, isLast(later, 'First half,'))
  reach('saw the second half')
  await resumed
  note('resume', later)
  note('reload', await load())
  return acts
}
