// One request of a conversation: what it asks is asked, and what comes of it is its answer.
import { TurnstateError } from '../../errors.ts'
import type { Block, Conversation, JournalTurn } from '../../index.ts'
import { isRecord } from '../../objects.ts'
import { type Ending, endingNow, endingOf, firstTurnId, viewOf } from './ending.ts'
import { type Asked, placeOf, sameInput } from './place.ts'
import type { GivenRequest } from './read-request.ts'
import { type Beginning, replyOf, type ReplyMessage } from './reply.ts'

/** The key of turnstate's data in the metadata of turns. */
const metadataKey = 'gateway'

/** A request that was asked. */
export interface Exchange {
  readonly reply: Promise<ReplyMessage>
}

/** What is to be asked. */
interface Asking {
  readonly request: GivenRequest
  readonly asked: Asked
  /** The request is sent again by its client, which may not have got the answer. */
  readonly isRetry: boolean
  readonly signal: AbortSignal
  /** Counts a turn that begins, and returns what counts it off. */
  readonly countTurn: () => () => void
}

/**
 * Asks what a request asks. Resolves as soon as it is asked.
 *
 * @throws TurnstateError where nothing is asked: `message-invalid`, `conversation-busy`, `reserved-field`, `call-unknown` …
 */
export async function exchange(chat: Conversation, asking: Asking): Promise<Exchange> {
  const { request, asked, isRetry, signal } = asking
  if (asked.type === 'results') return { reply: continued(chat, asked, signal) }
  // The client has given up the calls that it was to run.
  if (chat.status === 'awaiting-approval' && chat.pendingCalls.every(({ needs }) => needs === 'answer') && !isRetry)
    await chat.stop()
  const { input, before } = asked
  const { insteadOf } = placeOf(viewOf(chat), before)
  const repeated = isRetry ? turnAsking(chat, input, insteadOf) : null
  if (repeated) {
    const ending = endingNow(chat, firstTurnId(repeated.id))
    if (ending?.type !== 'failed') return { reply: answered(chat, repeated.id, null, signal, ending) }
  }
  adjust(chat, request)
  return { reply: sent(chat, asking, asked, repeated ?? insteadOf) }
}

/** Sends a message, or asks it in place of a turn. */
function sent(
  chat: Conversation,
  { request: { model }, signal, countTurn }: Asking,
  { input, system }: Extract<Asked, { type: 'message' }>,
  insteadOf: JournalTurn | null,
): Promise<ReplyMessage> {
  const message = { files: [...input], metadata: { [metadataKey]: { model } } }
  const turnId = crypto.randomUUID()
  const options = { turnId, ...(system === undefined ? {} : { system }) }
  const end = countTurn()
  const ask = () => {
    try {
      const turn = insteadOf ? chat.editMessage(insteadOf.id, message, options) : chat.sendMessage(message, options)
      void turn.outcome.then(end)
    } catch (error) {
      end()
      throw error
    }
  }
  return endingOf(chat, turnId, ask, signal).then((ending) => replied(chat, ending, null))
}

/** Waits for a message that was asked before. */
async function answered(
  chat: Conversation,
  turnId: string,
  from: Beginning | null,
  signal: AbortSignal,
  now: Ending | null,
): Promise<ReplyMessage> {
  return replied(chat, now ?? (await endingOf(chat, firstTurnId(turnId), () => {}, signal)), from)
}

/** Gives the model the results of its calls. */
function continued(
  chat: Conversation,
  { results, words }: Extract<Asked, { type: 'results' }>,
  signal: AbortSignal,
): Promise<ReplyMessage> {
  const ids = new Set(results.map((result) => result['tool_use_id']))
  const pending = chat.pendingCalls.filter(({ needs }) => needs === 'answer')
  const [first] = pending
  if (!first || !pending.some(({ callId }) => ids.has(callId))) return repeatedResults(chat, ids, signal)
  const left = pending.filter(({ callId }) => !ids.has(callId))
  if (left.length > 0)
    throw new TurnstateError(
      'message-invalid',
      `messages: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${left.map(({ callId }) => callId).join(', ')}.`,
    )
  const { turnId } = first
  const from = { turnId, steps: viewOf(chat).open?.steps.length ?? 0 }
  const given = results.filter((result) => pending.some(({ callId }) => callId === result['tool_use_id']))
  const answer = () => {
    for (const [index, result] of given.entries())
      chat.answerTool(String(result['tool_use_id']), contentOf(result, index === given.length - 1 ? words : []), {
        isError: result['is_error'] === true,
      })
  }
  return endingOf(chat, firstTurnId(turnId), answer, signal, ids).then((ending) => replied(chat, ending, from))
}

/** What a result says. Words of the user beside the results go with the last of them: a turn has no other place for them. */
function contentOf({ content }: Block, words: readonly Block[]): unknown {
  if (words.length === 0) return content
  const said = typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : []
  return [...said, ...words]
}

/** Results that the model has already: the request is a repeat. */
function repeatedResults(chat: Conversation, ids: ReadonlySet<unknown>, signal: AbortSignal): Promise<ReplyMessage> {
  const { turns, open } = viewOf(chat)
  for (const turn of open ? [open, ...turns.toReversed()] : turns.toReversed()) {
    const at = turn.steps.findLastIndex(
      ({ role, content }) => role === 'user' && content.some((block) => ids.has(block['tool_use_id'])),
    )
    if (at !== -1)
      return answered(chat, turn.id, { turnId: turn.id, steps: at + 1 }, signal, endingNow(chat, firstTurnId(turn.id)))
  }
  throw new TurnstateError('call-unknown', 'messages: no call of this conversation waits for these results.')
}

function replied(chat: Conversation, ending: Ending, from: Beginning | null): ReplyMessage {
  if (ending.type === 'failed') throw ending.error
  return replyOf(viewOf(chat), ending, from)
}

/** The turn that a retried request has opened before. */
function turnAsking(chat: Conversation, input: readonly Block[], insteadOf: JournalTurn | null): JournalTurn | null {
  const { turns, open } = viewOf(chat)
  const words = sameInput(input)
  if (open && sameInput(open.input) === words) return open
  const last = turns.at(-1)
  if (last && sameInput(last.input) === words && !insteadOf) return last
  return insteadOf && sameInput(insteadOf.input) === words ? insteadOf : null
}

/** Makes the next request like the client's. */
function adjust(chat: Conversation, { model, maxTokens, fields }: GivenRequest): void {
  chat.setRequest(fields, { maxTokens })
  // A client that names the same model as before does not go back on a fallback.
  if (lastModelAsked(chat) !== model && chat.model !== model) chat.setModel(model)
}

function lastModelAsked(chat: Conversation): string | undefined {
  for (const { metadata } of viewOf(chat).turns.toReversed()) {
    const own = metadata?.[metadataKey]
    if (isRecord(own) && typeof own['model'] === 'string') return own['model']
  }
  return undefined
}
