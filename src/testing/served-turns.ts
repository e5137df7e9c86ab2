import { isText, type JsonObject } from './json.ts'
import { assembleBlock, type PlannedReply } from './planned-reply.ts'

/** The thinking of a reply with tool calls, as it must come back while the calls are answered. */
export interface ServedTurn {
  readonly model: string
  readonly thinking: readonly JsonObject[]
}

/** Remembers what was served, by the ids of its tool calls. */
export interface ServedTurns {
  readonly remember: (reply: PlannedReply) => void
  readonly find: (toolUseId: string) => ServedTurn | undefined
}

export const isThinking = (block: JsonObject): boolean =>
  block['type'] === 'thinking' || block['type'] === 'redacted_thinking'

export const createServedTurns = (): ServedTurns => {
  const turns = new Map<string, ServedTurn>()
  return {
    remember: (reply) => {
      if (reply.stopReason !== 'tool_use') return
      const calls = reply.blocks.filter(({ start }) => start['type'] === 'tool_use')
      const thinking = reply.blocks.filter(({ start }) => isThinking(start)).map(assembleBlock)
      for (const { start } of calls) if (isText(start['id'])) turns.set(start['id'], { model: reply.model, thinking })
    },
    find: (toolUseId) => turns.get(toolUseId),
  }
}
