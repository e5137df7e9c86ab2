// Replaces names and ids that the API rejects. Models invent names ("files.read", a whole command), and other servers have ids of
// another form. The API lets its models use them, but answers a request that sends them back with a 400. The replacement
// depends only on the given name, so it is the same in every request.
import type { Block } from '../content.ts'
import { hashOf } from '../hash.ts'

// The patterns are the API's, as its rejections quote them ("String should match pattern …").
const namePattern = /^[a-zA-Z0-9_-]{1,128}$/
const callIdPattern = /^[a-zA-Z0-9_-]+$/
const serverCallIdPattern = /^srvtoolu_[a-zA-Z0-9_]+$/

const longestName = 128
/** The API documents no limit for ids. Compatible servers accept this length. */
const longestId = 64

/** The hash distinguishes names that differ only in invalid characters, from each other and from the names of the app's tools. */
function replaced(given: string, longest: number, prefix: string): string {
  const tail = `_${hashOf(given)}`
  const words = given.replaceAll(/[^a-zA-Z0-9_]+/g, '_').slice(0, longest - prefix.length - tail.length)
  return `${prefix}${words}${tail}`
}

const textOrNothing = (value: unknown): string => (typeof value === 'string' ? value : '')

export const isSendableName = (name: unknown): boolean => typeof name === 'string' && namePattern.test(name)

/** The name under which a call is sent: its own if the API accepts it. */
export const sendableName = (name: unknown): string =>
  typeof name === 'string' && namePattern.test(name) ? name : replaced(textOrNothing(name), longestName, 'tool_')

/** The id under which a call of a client tool or an MCP tool is sent, and its result. */
export const sendableCallId = (id: unknown): string =>
  typeof id === 'string' && id.length <= longestId && callIdPattern.test(id)
    ? id
    : replaced(textOrNothing(id), longestId, 'call_')

/** The id under which a use of a server tool is sent, and its result. */
export const sendableServerId = (id: unknown): string =>
  typeof id === 'string' && id.length <= longestId && serverCallIdPattern.test(id)
    ? id
    : replaced(textOrNothing(id), longestId, 'srvtoolu_')

/** A unique id for a call that has the id of another: the same one with a number. */
export function numberedId(id: string, isTaken: (id: string) => boolean, from = 2): { id: string; number: number } {
  for (let number = from; ; number++) {
    const tail = `_${number}`
    const numbered = `${id.slice(0, longestId - tail.length)}${tail}`
    if (!isTaken(numbered)) return { id: numbered, number }
  }
}

/** The function that makes the id in a call or a result sendable. MCP results have a type of their own. */
export const sendableIdFor = ({ type }: Block): ((id: unknown) => string) =>
  type === 'tool_use' || type === 'tool_result' || type.startsWith('mcp_') ? sendableCallId : sendableServerId
