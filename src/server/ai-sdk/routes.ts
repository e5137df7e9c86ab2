import { type Context, Hono } from 'hono'
import { type Conversation, type MessagesForUsers, type Turn, TurnstateError } from '../../index.ts'
import { systemClock } from '../../clock.ts'
import { originOf } from '../../journal/index.ts'
import type { Guest, Principal, Rooms, ServerEnv } from '../context.ts'
import { streamHeaders } from './chunks.ts'
import { activeOrigin, liveMessage, type LiveOptions } from './live.ts'
import { storedView, turnIdOf, uiMessages } from './messages.ts'
import { editedTurn, regeneratedTurn } from './place.ts'
import {
  type CallAnswer,
  type ChatRequest,
  type ClientMessage,
  knownCalls,
  readAnswers,
  readChatRequest,
  readUserInput,
} from './read-request.ts'

/** The options of {@link aiRoutes}. */
export interface AiRoutesOptions {
  /**
   * What happens to a turn when the client that asked for it closes the connection, for instance by `stop()` of `useChat`. `continue`,
   * the default: it goes on, and `resume` finds it; `POST /ai/chat/:id/stop` stops it. `stop`: it is stopped.
   */
  readonly onDisconnect?: 'continue' | 'stop'
  /**
   * Clients know the chunk `reset-step`, which version 7 of the AI SDK has: what was shown of a retracted step is removed. Version 6 fails
   * on it. A client may say so for itself with `?resetStep=1` in its `api`. Default false.
   */
  readonly resetStep?: boolean
  /** Milliseconds of silence before a stream gets a comment, so that nobody closes the connection. Default 15,000. */
  readonly heartbeat?: number
  /** Sentences about refusals for messages that are read again later. Default: `messagesForUsers`. */
  readonly messagesForUsers?: MessagesForUsers
  /**
   * Counts one more turn of a principal, for limits. Returns a function that counts it off, and throws when there are too many. Default:
   * turns are not counted.
   */
  readonly countTurn?: (principal: Principal) => () => void
}

/** What follows from a request: the message whose stream answers it. */
type Asked = Pick<LiveOptions, 'originId' | 'turn' | 'known' | 'messageId' | 'isReplay'>

/** Opens a turn for a request. @throws TurnstateError as the method that opens it */
type Opening = (open: () => Turn) => Asked

/**
 * The routes for clients of the AI SDK: `POST /ai/chat`, `GET /ai/chat/:id/stream`, `GET /ai/chat/:id/messages` and
 * `POST /ai/chat/:id/stop`. Errors are thrown as `TurnstateError`.
 */
export function aiRoutes(rooms: Rooms, options: AiRoutesOptions = {}): Hono<ServerEnv> {
  const { onDisconnect = 'continue', resetStep = false, heartbeat = 15_000, messagesForUsers: messages } = options
  const { countTurn = () => () => {} } = options
  const words = messages ? { messages } : {}

  /** Answers with the stream of a message. @throws TurnstateError as `begin` */
  const stream = (c: Context<ServerEnv>, guest: Guest, begin: () => Asked, stops: boolean): Response => {
    const query = c.req.query('resetStep')
    try {
      const asked = begin()
      const body = liveMessage({
        ...asked,
        chat: guest.chat,
        resetStep: query === undefined ? resetStep : query === '1' || query === 'true',
        words,
        clock: systemClock,
        heartbeat,
        onEnd: (how) => {
          if (how === 'disconnected' && stops && isActive(guest.chat, asked.originId)) void guest.chat.stop()
          guest.leave()
        },
      })
      return new Response(body, { headers: streamHeaders })
    } catch (error) {
      guest.leave()
      throw error
    }
  }

  /** Opens a turn, which counts until it is over. */
  const opening =
    (principal: Principal): Opening =>
    (open) => {
      const counted = countTurn(principal)
      try {
        const turn = open()
        void turn.outcome.then(counted)
        return { originId: turn.id, turn }
      } catch (error) {
        counted()
        throw error
      }
    }

  return new Hono<ServerEnv>()
    .post('/ai/chat', async (c) => {
      const request = readChatRequest(await readJson(c.req.raw))
      const { principal } = c.var
      const guest = await rooms.enterOrCreate(request.id, principal)
      return stream(c, guest, () => ask(guest.chat, request, opening(principal)), onDisconnect === 'stop')
    })
    .get('/ai/chat/:id/stream', async (c) => {
      const guest = await enterKnown(rooms, c.req.param('id'), c.var.principal)
      if (!guest) return c.body(null, 204)
      const originId = activeOrigin(guest.chat)
      if (originId !== null) return stream(c, guest, () => ({ originId, isReplay: true }), false)
      guest.leave()
      return c.body(null, 204)
    })
    .get('/ai/chat/:id/messages', async (c) => {
      const guest = await enterKnown(rooms, c.req.param('id'), c.var.principal)
      if (!guest) return c.json([])
      try {
        return c.json(uiMessages(guest.chat, words))
      } finally {
        guest.leave()
      }
    })
    .post('/ai/chat/:id/stop', async (c) => {
      const guest = await rooms.enter(c.req.param('id'), c.var.principal)
      try {
        const meant = c.req.query('messageId')
        const active = storedView(guest.chat).open
        const isMeant =
          meant === undefined || (active && originOf(storedView(guest.chat), active.id) === turnIdOf(meant))
        if (isMeant) await guest.chat.stop()
        return c.body(null, 204)
      } finally {
        guest.leave()
      }
    })
}

/** A page asks for a conversation before its first message, which creates it: there is nothing to show or to resume then. */
async function enterKnown(rooms: Rooms, id: string, principal: Principal): Promise<Guest | null> {
  try {
    return await rooms.enter(id, principal)
  } catch (error) {
    if (TurnstateError.is(error) && error.code === 'conversation-unknown') return null
    throw error
  }
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json()
  } catch (cause) {
    throw new TurnstateError('request-malformed', 'The body is not JSON.', { cause })
  }
}

const isActive = (chat: Conversation, originId: string): boolean => {
  const view = storedView(chat)
  return view.open !== null && originOf(view, view.open.id) === originId
}

/** Does what a client asks for. @throws TurnstateError as the methods of a conversation */
function ask(chat: Conversation, request: ChatRequest, open: Opening): Asked {
  const { messages, trigger, messageId } = request
  const last = messages.at(-1)
  if (trigger === 'regenerate-message') return open(() => chat.regenerate(regeneratedTurn(chat, messages, messageId)))
  if (last?.role === 'user') return send(chat, request, last, open)
  const answered = messages.find(({ id }) => id === messageId) ?? last
  if (answered?.role === 'assistant') return answer(chat, messages, answered)
  throw new TurnstateError('request-malformed', 'The last message is neither of the user nor of the assistant.')
}

function send(chat: Conversation, { messages, messageId }: ChatRequest, message: ClientMessage, open: Opening): Asked {
  const input = readUserInput(message)
  const isEdit = messageId !== undefined && messageId !== '' && messages.some(({ id }) => id === messageId)
  const repeated = isEdit ? undefined : known(chat, message.id)
  if (repeated !== undefined) return { originId: repeated }
  const edited = editedTurn(chat, messages, isEdit ? messageId : undefined)
  const options = isEdit ? {} : idOf(message)
  return open(() => (edited === null ? chat.sendMessage(input, options) : chat.editMessage(edited, input, options)))
}

/** The message of a request that is repeated: no second turn is opened for it. */
function known(chat: Conversation, messageId: string): string | undefined {
  const view = storedView(chat)
  const isQueued = view.queue.some(({ turnId }) => turnId === messageId)
  const isTurn = view.open?.id === messageId || view.turns.some(({ id }) => id === messageId)
  return messageId !== '' && (isQueued || isTurn) ? messageId : undefined
}

/** The turn gets the id of the client's message, so that all clients call the message the same. Others get an id of ours. */
const idOf = ({ id }: ClientMessage): { readonly turnId?: string } => (/^[\w-]{1,128}$/.test(id) ? { turnId: id } : {})

/** Passes on what people decided about calls, and what clients answered. Only calls that wait are answered. */
function answer(chat: Conversation, messages: readonly ClientMessage[], message: ClientMessage): Asked {
  const pending = new Map(chat.pendingCalls.map(({ callId, needs }) => [callId, needs]))
  let passedOn = 0
  for (const given of readAnswers(messages)) if (passOn(chat, given, pending.get(given.callId))) passedOn++
  const view = storedView(chat)
  const originId = view.open && originOf(view, view.open.id)
  const isInProgress = originId === turnIdOf(message.id) && pending.size === 0
  if (originId === null || (passedOn === 0 && !isInProgress))
    throw new TurnstateError(
      'call-settled',
      'No call of this message waits for what was sent. Load the messages again.',
    )
  return { originId, known: knownCalls(message), messageId: message.id }
}

function passOn(chat: Conversation, given: CallAnswer, needs: 'approval' | 'answer' | undefined): boolean {
  const { callId } = given
  if ('approved' in given) {
    if (needs !== 'approval') return false
    if (given.approved) chat.approveTool(callId)
    else chat.denyTool(callId, given.reason)
    return true
  }
  if (needs !== 'answer') return false
  chat.answerTool(callId, given.result, { isError: given.isError })
  return true
}
