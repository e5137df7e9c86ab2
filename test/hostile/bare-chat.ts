// A chat without turnstate. Like most chats it always sends the whole conversation. If it knows the rule (`knows`), it shows
// that conversations can recover: after a rejection it sends only texts, and leaves out what is to blame.
import type { HostileBlock, HostileChat, HostileGiven, HostileRule } from '../../src/testing/index.ts'
import { strike } from '../../src/testing/index.ts'

interface Said {
  readonly role: 'user' | 'assistant'
  readonly content: readonly HostileBlock[]
}

interface Reply {
  readonly content: readonly HostileBlock[]
  readonly stop_reason: string
  readonly container: { readonly id: string } | null
}

interface Turn {
  readonly said: Said[]
  container: string | null
}

/** A bad habit of a chat. */
export type Habit =
  | 'says nothing'
  | 'forgets everything'
  | 'leaves no trace'
  | 'keeps what was refused'
  | 'loses receipts'
  | 'insists'

const text = (said: string): HostileBlock => ({ type: 'text', text: said })

/** A block as text: its own text, or a description. */
function inWords(block: HostileBlock): readonly HostileBlock[] {
  switch (block.type) {
    case 'text':
      return [block]
    case 'tool_use':
      return [text(block['name'] === 'note' ? 'I use note.' : 'I use what there is not.')]
    case 'tool_result':
      return [text(`It gave: ${JSON.stringify(block['content']).replaceAll(/"data":"[^"]*"/g, '')}`)]
    default:
      return []
  }
}

const ranNote = ({ said }: Turn): boolean =>
  said.some(({ content }) => content.some(({ type, name }) => type === 'tool_use' && name === 'note'))

const leftOut = (turn: Turn, habit: Habit | undefined): readonly Said[] =>
  ranNote(turn) && habit !== 'leaves no trace'
    ? [{ role: 'user', content: [text('Left out: something for which note was used.')] }]
    : []

const wordy = ({ said }: Turn): readonly Said[] =>
  said
    .map(({ role, content }) => ({ role, content: content.flatMap(inWords) }))
    .filter(({ content }) => content.length > 0)

interface Wire {
  readonly model: string
  readonly fields: object
  readonly tools: readonly object[]
}

/** The body of a request, and the number of turns that it leaves out. */
function requestOf(wire: Wire, turns: readonly Turn[], rule: HostileRule | null, habit: Habit | undefined) {
  const { model, fields, tools } = wire
  const base = { model, max_tokens: 1024, tools }
  const container = turns.findLast((turn) => turn.container !== null)?.container
  if (!rule) {
    const messages = turns.flatMap(({ said }) => said)
    return { body: { ...base, ...fields, ...(container === undefined ? {} : { container }), messages }, left: 0 }
  }
  const isLeft = turns.map((turn) => strike(rule, { messages: wordy(turn) }, 0) !== null)
  const body = () => ({
    ...base,
    messages: turns.flatMap((turn, at) => (isLeft[at] ? leftOut(turn, habit) : wordy(turn))),
  })
  const isTooLong = () => strike(rule, body(), Buffer.byteLength(JSON.stringify(body()))) !== null
  for (let at = 0; at < turns.length - 1 && isTooLong(); at++) isLeft[at] = true
  return { body: body(), left: isLeft.filter(Boolean).length }
}

/** The result of `note`, and the result for a tool that does not exist. */
function resultsOf(content: readonly HostileBlock[], { tools: [note] }: HostileGiven): readonly HostileBlock[] {
  return content.flatMap(({ type, id, name, input }) =>
    type === 'tool_use'
      ? [
          name === note.name
            ? { type: 'tool_result', tool_use_id: id, content: note.run(input as Parameters<typeof note.run>[0]) }
            : { type: 'tool_result', tool_use_id: id, content: 'There is no such tool.', is_error: true },
        ]
      : [],
  )
}

interface BareOptions {
  readonly knows?: HostileRule | null
  readonly habit?: Habit
}

export function bareChat(given: HostileGiven, { knows = null, habit }: BareOptions = {}): HostileChat {
  const turns: Turn[] = []
  const listeners = new Set<(notice: { readonly type: string }) => void>()
  const { betas, ...fields } = given.request
  const { name, description, jsonSchema } = given.tools[0]
  const tools = [{ name, description, input_schema: jsonSchema }, given.tools[1]]
  let { model } = given
  let rule: HostileRule | null = null
  let count = 0
  let left = 0

  const tell = (type: string): void => {
    if (habit !== 'says nothing') for (const listener of listeners) listener({ type })
  }
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'any',
    'anthropic-version': '2026-10-21',
    'anthropic-beta': betas.join(','),
  }
  const ask = async (): Promise<Response> => {
    const { body, left: leftNow } = requestOf({ model, fields, tools }, turns, rule, habit)
    if (leftNow > left) tell('context.setAside')
    left = leftNow
    return given.fetch(`${given.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  const askTwice = async (): Promise<Response> => {
    const answer = await ask()
    if (answer.ok || !knows || rule) return answer
    if (habit === 'insists') for (let times = 0; times < 6; times++) await ask()
    if (habit === 'forgets everything') turns.splice(0, turns.length - 1)
    rule = knows
    tell('request.repaired')
    return ask()
  }

  return {
    sendMessage: async (input) => {
      const turnId = `turn${count++}`
      const turn: Turn = { said: [{ role: 'user', content: input }], container: null }
      turns.push(turn)
      for (;;) {
        const answer = await askTwice()
        if (!answer.ok) return { status: 'failed', turnId, error: { code: String(answer.status) } }
        const { content, stop_reason: why, container } = (await answer.json()) as Reply
        if (why === 'refusal') {
          if (given.fallback !== undefined && model !== given.fallback) {
            model = given.fallback
            continue
          }
          if (habit === 'keeps what was refused') turn.said.push({ role: 'assistant', content })
          else turns.pop()
          return { status: 'refused', turnId }
        }
        const results = resultsOf(content, given)
        if (habit === 'loses receipts' && results.length > 0) continue
        turn.said.push({ role: 'assistant', content })
        turn.container = container?.id ?? turn.container
        if (why !== 'tool_use') return { status: 'completed', turnId }
        turn.said.push({ role: 'user', content: results })
      }
    },
    setModel: (next) => {
      model = next
    },
    on: (_type, listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => Promise.resolve(),
  }
}
