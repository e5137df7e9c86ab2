import { isObject, isText, type JsonObject, objectsOf } from '../api/json.ts'
import { isThinking, type ServedTurn } from '../memory/served-turns.ts'
import { readConversation } from './bound-thinking.ts'
import { turnsOf } from '../api/turns.ts'
import type { ModelRequest } from './rule.ts'

const badSignature = (place: string): string => `${place}: Invalid \`signature\` in \`thinking\` block`

const elsewhere =
  'The block is bound to a different conversation: the messages before it, the system prompt or the tools are not those that it was created after.'

const modified = (place: string): string =>
  `${place}: \`thinking\` or \`redacted_thinking\` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.`

const isSame = (served: JsonObject, returned: JsonObject): boolean =>
  served['type'] === returned['type'] &&
  served['signature'] === returned['signature'] &&
  served['data'] === returned['data'] &&
  // What a client puts into an omitted block's empty text is ignored.
  (served['thinking'] === '' || served['thinking'] === returned['thinking'])

/** The reply that a tool loop is in the middle of, when this simulator served it. */
const loopedReply = ({
  body,
  served,
}: ModelRequest): { readonly turn: ServedTurn; readonly at: number } | undefined => {
  const turns = turnsOf(body).filter(({ role }) => role !== 'system')
  const [latest, answers] = turns.slice(-2)
  if (latest?.role !== 'assistant' || answers?.role !== 'user') return undefined
  const call = latest.blocks.findLast(({ block }) => block['type'] === 'tool_use')
  const turn = isText(call?.block['id']) ? served.find(call.block['id']) : undefined
  return turn && call ? { turn, at: call.message } : undefined
}

/** Off, or another model: then thinking is ignored, dropped silently when it can't be read. */
const readsThinking = ({ body, model, rules }: ModelRequest, turn: ServedTurn): boolean => {
  const { thinking } = body
  return turn.model === model && (isObject(thinking) ? thinking['type'] !== 'disabled' : rules.thinksByDefault)
}

const firstModified = (request: ModelRequest): string | undefined => {
  const loop = loopedReply(request)
  if (!loop || !readsThinking(request, loop.turn)) return undefined
  const message = objectsOf(request.body['messages']).find(({ index }) => index === loop.at)
  const returned = objectsOf(message?.object['content']).filter(({ object }) => isThinking(object))
  for (const [index, served] of loop.turn.thinking.entries()) {
    const block = returned[index]
    if (!block) return modified(`messages.${loop.at}.content.${index}`)
    if (!isSame(served, block.object)) return modified(`messages.${loop.at}.content.${block.index}`)
  }
  const surplus = returned[loop.turn.thinking.length]
  return surplus && modified(`messages.${loop.at}.content.${surplus.index}`)
}

/** Reported: what stood between two blocks of the latest assistant message is gone. */
const newNeighbours = ({ body, model, rules, served, signatures }: ModelRequest): string | undefined => {
  const { thinking } = body
  if (isObject(thinking) ? thinking['type'] === 'disabled' : !rules.thinksByDefault) return undefined
  const blocks = turnsOf(body).findLast(({ role }) => role === 'assistant')?.blocks ?? []
  const moved = blocks.find(({ block }, index) => {
    const previous = blocks[index - 1]?.block
    if (!previous || !isThinking(previous) || !isThinking(block)) return false
    return signatures.originOf(block).model === model && !served.wereNeighbours(previous, block)
  })
  return moved && modified(moved.place)
}

/** Whether thinking that was moved out of its conversation is dropped; otherwise it is a 400. */
const dropsMoved = (thinking: unknown): boolean => {
  const binding = isObject(thinking) ? thinking['block_binding'] : undefined
  return isObject(binding) && binding['prefix_mismatch_behavior'] === 'drop_block'
}

const firstMoved = ({ body, model, rules, signatures }: ModelRequest): string | undefined => {
  if (!rules.preservedThinking || dropsMoved(body['thinking'])) return undefined
  const moved = readConversation(body, model, signatures, true).dropped.find(
    ({ reason }) => reason === 'prefix_binding_mismatch',
  )
  return moved && `${badSignature(moved.place)}. ${elsewhere}`
}

/**
 * Thinking comes back as it was and where it was, or not at all. Signatures are the simulator's own (those of
 * `signThinking` are valid in any conversation) or those that a script supplied, which are too.
 */
export const thinkingBlocks = (request: ModelRequest): string | undefined => {
  const verdicts = turnsOf(request.body)
    .flatMap(({ blocks }) => blocks)
    .filter(({ block }) => block['type'] === 'thinking')
    .map(({ block, place }) => {
      const { signature, thinking } = block
      const verdict =
        isText(signature) && isText(thinking) ? request.signatures.check(signature, thinking, request.model) : 'forged'
      return { place, verdict }
    })
  const forged = verdicts.find(({ verdict }) => verdict === 'forged')
  if (forged) return badSignature(forged.place)
  const changed = firstModified(request) ?? newNeighbours(request)
  if (changed !== undefined) return changed
  const edited = verdicts.find(({ verdict }) => verdict === 'edited')
  return edited ? badSignature(edited.place) : verdicts.length > 0 ? firstMoved(request) : undefined
}
