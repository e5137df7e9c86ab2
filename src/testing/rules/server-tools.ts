import { isObject, isText, type JsonObject, objectsOf } from '../api/json.ts'
import { type PlacedBlock, type Turn, turnsOf } from '../api/turns.ts'
import type { RequestToCheck } from './rule.ts'

const toolNameOf = (block: JsonObject): string => String(block['name'])

/** The tools that run in a container. Their calls can be continued only there. */
const inContainer: readonly string[] = ['code_execution', 'bash_code_execution', 'text_editor_code_execution']

/** The names under which `tools` may define the tool of a server tool block. */
const definedAs = (name: string): readonly string[] => (inContainer.includes(name) ? ['code_execution', name] : [name])

const resultTypeOf = (block: JsonObject): string => {
  if (block['type'] === 'mcp_tool_use') return 'mcp_tool_result'
  const name = toolNameOf(block)
  return `${name.startsWith('tool_search_tool') ? 'tool_search' : name}_tool_result`
}

const isProvided = (body: JsonObject, block: JsonObject): boolean =>
  block['type'] === 'mcp_tool_use'
    ? objectsOf(body['mcp_servers']).length > 0
    : objectsOf(body['tools']).some(({ object }) => definedAs(toolNameOf(block)).includes(String(object['name'])))

const isServerCall = ({ type, id }: JsonObject): boolean =>
  (type === 'server_tool_use' || type === 'mcp_tool_use') && isText(id)

/** The calls of server tools in a list whose ids are not among those that are answered. */
const openAmong = (blocks: readonly PlacedBlock[], answered: ReadonlySet<unknown>): readonly PlacedBlock[] =>
  blocks.filter(({ block }) => isServerCall(block) && !answered.has(block['id']))

const answeredIn = (turns: readonly Turn[]): ReadonlySet<unknown> =>
  new Set(turns.flatMap(({ blocks }) => blocks.map(({ block }) => block['tool_use_id'])))

/** Ids of server tool calls that have no result. */
export const openServerCalls = (body: JsonObject): readonly string[] => {
  const turns = turnsOf(body)
  return openAmong(
    turns.flatMap(({ blocks }) => blocks),
    answeredIn(turns),
  ).map(({ block }) => String(block['id']))
}

/** Whether a call without a result runs in a container. */
export const runsInContainer = ({ type, name }: JsonObject): boolean =>
  type === 'server_tool_use' && isText(name) && inContainer.includes(name)

/** The id of the program that made a call; undefined if the model made it. */
const programOf = ({ type, caller }: JsonObject): string | undefined =>
  type === 'tool_use' && isObject(caller) && isText(caller['tool_id']) ? caller['tool_id'] : undefined

const isOnlyResults = ({ role, blocks }: Turn): boolean =>
  role === 'user' && blocks.every(({ block }) => block['type'] === 'tool_result')

/** Whether a turn belongs to a call that is still running: it contains calls made by its program, or only results. */
const isStepOf = (id: unknown, turn: Turn): boolean =>
  turn.role === 'assistant' ? turn.blocks.some(({ block }) => programOf(block) === id) : isOnlyResults(turn)

/**
 * A server tool call without a result may only be where the server can continue it: at the very end, or before turns that
 * contain only results of client tools and further calls of its own program. The request must also define the tool. All
 * of this is documented, including the wording.
 */
export const serverTools = ({ body }: RequestToCheck): string | undefined => {
  const turns = turnsOf(body).filter(({ role }) => role !== 'system')
  const answered = answeredIn(turns)
  for (const [index, { role, blocks }] of turns.entries()) {
    if (role !== 'assistant') continue
    for (const { block, message } of openAmong(blocks, answered)) {
      const name = toolNameOf(block)
      const complaint = `messages.${message}: \`${name}\` tool use with id \`${String(block['id'])}\` was found without a corresponding \`${resultTypeOf(block)}\` block`
      if (!turns.slice(index + 1).every((turn) => isStepOf(block['id'], turn))) return complaint
      if (!isProvided(body, block)) return `${complaint}, but no \`${name}\` tool was provided`
    }
  }
  return undefined
}

/**
 * A request with results of calls that a program made must contain the `server_tool_use` that runs the program. This is
 * documented for programmatic tool calling; the wording is ours.
 */
export const programs = ({ body }: RequestToCheck): string | undefined => {
  const turns = turnsOf(body).filter(({ role }) => role !== 'system')
  const [calls, results] = turns.slice(-2)
  if (calls?.role !== 'assistant' || !results || !isOnlyResults(results)) return undefined
  const known = new Set(turns.flatMap(({ blocks }) => blocks.map(({ block }) => block['id'])))
  const orphan = calls.blocks.find(({ block }) => {
    const program = programOf(block)
    return program !== undefined && !known.has(program)
  })
  return (
    orphan &&
    `${orphan.place}: \`tool_use\` was called by \`server_tool_use\` with id \`${programOf(orphan.block) ?? ''}\`, which was not found`
  )
}

const containerId = ({ container }: JsonObject): unknown => (isObject(container) ? container['id'] : container)

/** Code that waits for a client tool can be continued only in its own container. Reported many times with this wording. */
export const pendingContainer = ({ body }: RequestToCheck): string | undefined => {
  const turns = turnsOf(body).filter(({ role }) => role !== 'system')
  if (turns.at(-1)?.role !== 'user' || isText(containerId(body))) return undefined
  const open = openAmong(
    turns.flatMap(({ blocks }) => blocks),
    answeredIn(turns),
  )
  return open.some(({ block }) => runsInContainer(block))
    ? 'container_id is required when there are pending tool uses generated by code execution with tools.'
    : undefined
}
