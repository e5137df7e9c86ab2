// The words of a scene that are refused so far, and the requests that contain one of them.
//
// Words are refused once their refusal has ARRIVED: the chunk that makes its event whole was handed to the source, in
// answer to a read, while nobody had told the source to stop. From that moment on no request may hold
//   - a word of the refused reply,
//   - a word of the turn that it was to answer: what was asked, earlier pieces of the reply, what tools gave. What was
//     asked stays where it had a whole answer before, of which another was asked for.
// One thing the API itself demands back: what stands before the `fallback` block of a fallback. Such words are refused
// when that block arrives, and a request may hold them only in text, or in what a tool of the API's own did, with a
// `fallback` block behind them in the same message, and only until that reply is refused as a whole.
// A refusal that has not arrived can't be known: what was kept by then may be sent.
import { isObject, type WireEvent, type WireObject } from './wire.ts'

/** Words of replies and tools begin with `bad`, that of the question with `ask`. */
const anyWord = /\b(?:bad|ask)\d+[a-z]?\b/g

const wordsIn = (value: unknown): readonly string[] => JSON.stringify(value)?.match(anyWord) ?? []

interface Message {
  readonly role: string
  readonly blocks: readonly WireObject[]
}

function messagesOf(body: WireObject): readonly Message[] {
  const messages = Array.isArray(body['messages']) ? body['messages'].filter(isObject) : []
  return messages.map(({ role, content }) => ({
    role: String(role),
    blocks: Array.isArray(content) ? content.filter(isObject) : [{ type: 'text', text: content }],
  }))
}

/** The last user message and everything after it. */
function askedIn(body: WireObject): readonly Message[] {
  const messages = messagesOf(body)
  const isSaid = ({ type }: WireObject) => type !== 'tool_result'
  const from = messages.findLastIndex(({ role, blocks }) => role === 'user' && blocks.some(isSaid))
  return messages.slice(Math.max(0, from))
}

export const lastQuestion = (body: WireObject): string => JSON.stringify(askedIn(body)[0] ?? '')

const mayBeEchoed = ({ type }: WireObject): boolean =>
  type === 'text' || type === 'server_tool_use' || String(type).endsWith('_tool_result')

const stopReason = ({ type, delta }: WireEvent): unknown =>
  type === 'message_delta' && isObject(delta) ? delta['stop_reason'] : undefined

const isHandover = ({ type, content_block: block }: WireEvent): boolean =>
  type === 'content_block_start' && isObject(block) && block['type'] === 'fallback'

/** The iterations of the reply report a takeover by another model. */
function tellsOfHandover({ type, usage }: WireEvent): boolean {
  const told = type === 'message_delta' && isObject(usage) ? usage['iterations'] : undefined
  const rounds: readonly unknown[] = Array.isArray(told) ? told : []
  return rounds.some((round) => isObject(round) && round['type'] === 'fallback_message')
}

export interface RefusedWordsOptions {
  /** Whether the scene sends the question again after its refusal on purpose. */
  readonly asksAgain: boolean
}

export function createRefusedWords({ asksAgain }: RefusedWordsOptions) {
  /** `never` again, or only `before` a fallback block. */
  const refused = new Map<string, 'never' | 'before'>()
  /** Words of questions with a complete reply: they stay, whatever happens to a later reply. */
  const answered = new Set<string>()
  let refusals = 0

  return {
    /** The refusals of whole replies that have arrived. */
    get refusals(): number {
      return refusals
    },

    /** Processes the arriving events of the response to this request. */
    hearing(body: WireObject): (event: WireEvent) => void {
      const heard = new Set<string>()
      let hasHandover = false
      return (event) => {
        for (const word of wordsIn(event)) heard.add(word)
        if (isHandover(event)) {
          hasHandover = true
          for (const word of heard) refused.set(word, refused.get(word) ?? 'before')
        }
        // Without the boundary, the words of the refusing model are unknown.
        if (tellsOfHandover(event) && !hasHandover) for (const word of heard) refused.set(word, 'never')
        const reason = stopReason(event)
        const asked = wordsIn(askedIn(body))
        if (reason === 'end_turn' || reason === 'max_tokens') for (const word of asked) answered.add(word)
        if (reason !== 'refusal') return
        refusals++
        for (const word of [...heard, ...asked])
          if (!word.startsWith('ask') || !(asksAgain || answered.has(word))) refused.set(word, 'never')
      }
    },

    /** The refused words in a value, in any form. */
    neverIn: (value: unknown): readonly string[] => wordsIn(value).filter((word) => refused.get(word) === 'never'),

    /** The words that a request must not contain, but does. */
    wrongIn(body: WireObject): readonly string[] {
      const { messages: _, ...rest } = body
      return [
        ...wordsIn(rest).filter((word) => refused.has(word)),
        ...messagesOf(body).flatMap(({ blocks }) =>
          blocks.flatMap((block, index) => {
            const mayStand = mayBeEchoed(block) && blocks.slice(index + 1).some(({ type }) => type === 'fallback')
            return wordsIn(block).filter((word) => refused.get(word) === 'never' || (refused.has(word) && !mayStand))
          }),
        ),
      ]
    },
  }
}
