// Answers to requests that open a turn: the stream of its events, or 202.
import type { Context } from 'hono'
import { TurnstateError } from '../errors.ts'
import type { SendOptions, Turn } from '../index.ts'
import { hashOf, type View } from '../journal/index.ts'
import type { Guest, ServerEnv } from './context.ts'
import { readKey } from './idempotency-key.ts'
import { onceStored } from './once-stored.ts'
import { admitStream, messageResponse, streamResponse } from './routes/streams.ts'
import type { Services } from './services.ts'

/** The most turns, from the last one back, among which a repeated key is looked for. */
const mostLookedAt = 1_000

/**
 * Opens a turn, and answers with its events, or with 202 where the client prefers that. A request that repeats an idempotency key opens
 * nothing: it gets the stream of the first one. The key is in the turn's id, so it is stored with the facts.
 *
 * @param asked what the request asks, for the comparison with what the key was used for before
 */
export async function openTurn(
  services: Services,
  context: Context<ServerEnv>,
  asked: unknown,
  send: (guest: Guest, options: SendOptions) => Turn,
): Promise<Response> {
  const key = readKey(context.req)
  const { principal } = context.var
  const keyed = key === null ? undefined : turnIdOf(key, asked)
  // Where another process answers, this one chooses the id.
  const chosen = services.submit ? (context.env.admitted?.opens ?? crypto.randomUUID()) : undefined
  const guest = await services.rooms.enter(context.req.param('id') ?? '', principal, keyed ?? chosen)
  const view = () => guest.chat.actor.getSnapshot().context.view
  try {
    if (key !== null) checkKey(view(), key, keyed)
    const turnId = keyed ?? chosen
    const isRepeated = turnId !== undefined && idsOf(view()).includes(turnId)
    if (isRepeated) return await repeated(services, context, guest, turnId)
    return await opened(services, context, guest, (signal) =>
      send(guest, { ...(turnId === undefined ? {} : { turnId }), ...(signal ? { signal } : {}) }),
    )
  } catch (error) {
    guest.leave()
    throw error
  }
}

async function opened(
  services: Services,
  context: Context<ServerEnv>,
  guest: Guest,
  send: (signal: AbortSignal | null) => Turn,
): Promise<Response> {
  const isAsync = prefersAsync(context)
  // Whatever could be rejected is checked first: a request that is rejected has opened no turn.
  const admitted = isAsync ? null : admitStream(services, context)
  const broadcast = services.broadcasts.of(guest.chat.id) ?? services.broadcasts.live(guest.chat)
  const from = broadcast.channel.position
  const stop = !isAsync && services.options.onDisconnect === 'stop' ? new AbortController() : null
  let end: (() => void) | null = null
  let turn: Turn
  try {
    end = services.turns.begin(context.var.principal.id)
    turn = send(stop?.signal ?? null)
  } catch (error) {
    end?.()
    admitted?.leave()
    throw error
  }
  void turn.outcome.then(end)
  if (!admitted) {
    // It is stored then, unless another process has taken over the conversation, or it closes.
    await turn[Symbol.asyncIterator]().next()
    const { chat } = guest
    if (chat.actor.getSnapshot().matches('lost') || chat.status === 'closed') {
      const { error } = await turn.outcome
      const isStored = idsOf(chat.actor.getSnapshot().context.stored).includes(turn.id)
      if (!isStored && error?.code === 'conversation-lost') throw error
      if (!isStored && error?.code === 'conversation-closed')
        throw new TurnstateError(
          'server-closing',
          'The conversation was closed before the message was stored. Send it again.',
          {
            retryAfter: 1_000,
            cause: error,
          },
        )
    }
    const { revision } = chat
    guest.leave()
    return accepted(context, turn.id, revision)
  }
  broadcast.join()
  return streamResponse({
    services,
    context,
    broadcast,
    from,
    opening: [],
    message: turn.id,
    headers: turnHeaders(context, turn.id),
    admitted,
    ended: (why) => {
      if (why === 'gone') stop?.abort()
      broadcast.leave()
      guest.leave()
    },
  })
}

async function repeated(
  services: Services,
  context: Context<ServerEnv>,
  guest: Guest,
  turnId: string,
): Promise<Response> {
  // The first request may still wait for the store.
  await onceStored(guest.chat)
  if (prefersAsync(context)) {
    const { revision } = guest.chat
    guest.leave()
    return accepted(context, turnId, revision)
  }
  const broadcast = await services.broadcasts.join(guest.chat.id)
  try {
    const headers = turnHeaders(context, turnId)
    const response = await messageResponse({ services, context, broadcast, message: turnId, last: null, headers })
    guest.leave()
    return response
  } catch (error) {
    broadcast.leave()
    throw error
  }
}

const accepted = (context: Context<ServerEnv>, turnId: string, revision: number): Response =>
  context.json({ turnId, revision }, 202, {
    ...turnHeaders(context, turnId),
    'preference-applied': 'respond-async',
  })

/** Where the events of the turn are, for those who lose the stream. */
const turnHeaders = (context: Context<ServerEnv>, turnId: string) => ({
  'turnstate-turn': turnId,
  location: `/v1/conversations/${encodeURIComponent(context.req.param('id') ?? '')}/events?turn=${encodeURIComponent(turnId)}`,
})

const prefersAsync = (context: Context<ServerEnv>): boolean =>
  (context.req.header('prefer') ?? '').split(',').some((preference) => preference.trim() === 'respond-async')

const prefixOf = (key: string): string => `key-${hashOf(key)}-`

/** The id of the turn that a key stands for. */
const turnIdOf = (key: string, asked: unknown): string => prefixOf(key) + hashOf(asked)

/** @throws TurnstateError `idempotency-mismatch` when the key was used for another turn */
function checkKey(view: View, key: string, turnId: string | undefined): void {
  const prefix = prefixOf(key)
  const known = idsOf(view).find((id) => id.startsWith(prefix))
  if (known !== undefined && known !== turnId)
    throw new TurnstateError(
      'idempotency-mismatch',
      'This Idempotency-Key was used for another request. Use a new key for each message. Nothing was sent.',
    )
}

const idsOf = ({ turns, open, queue }: View): readonly string[] => [
  ...turns.slice(-mostLookedAt).map(({ id }) => id),
  ...(open ? [open.id] : []),
  ...queue.map(({ turnId }) => turnId),
]
