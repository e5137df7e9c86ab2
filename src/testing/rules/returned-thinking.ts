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
  // Text that a client adds to an omitted block is ignored.
  (served['thinking'] === '' || served['thinking'] === returned['thinking'])

/** The reply whose calls the request answers, if this simulator served it. */
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

/** Whether the model reads the thinking of a turn. With thinking off, or from another model, it is ignored. */
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

/** Two thinking blocks of the latest assistant message that had something between them before. Reported. */
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

/** Whether thinking from another conversation is dropped; otherwise it is a 400. */
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
 * Thinking must come back unchanged and in its place, or not at all. A valid signature is one of the simulator's own, or
 * one from a script; those of scripts and of `signThinking` are valid in any conversation.
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
