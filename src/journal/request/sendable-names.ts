// Names and ids that a request may carry. Models make names up ("files.read", a whole command), and other servers have ids of
// their own form. The API takes them from its own models, and answers a request that brings them back by a 400. So they go
// back under a name of ours, which depends on the given one alone: it is the same in every request.
import type { Block } from '../content.ts'
import { hashOf } from '../hash.ts'

// The patterns are the API's, as its rejections quote them ("String should match pattern …").
const namePattern = /^[a-zA-Z0-9_-]{1,128}$/
const callIdPattern = /^[a-zA-Z0-9_-]+$/
const serverCallIdPattern = /^srvtoolu_[a-zA-Z0-9_]+$/

const longestName = 128
/** The API names no limit for ids. Servers that speak its language take this much. */
const longestId = 64

/** The hash keeps names apart that differ in characters alone that can't be sent, and from the names of the app's tools. */
function replaced(given: string, longest: number, prefix: string): string {
  const tail = `_${hashOf(given)}`
  const words = given.replaceAll(/[^a-zA-Z0-9_]+/g, '_').slice(0, longest - prefix.length - tail.length)
  return `${prefix}${words}${tail}`
}

const textOrNothing = (value: unknown): string => (typeof value === 'string' ? value : '')

export const isSendableName = (name: unknown): boolean => typeof name === 'string' && namePattern.test(name)

/** The name under which a call is sent: its own, if the API takes that. */
export const sendableName = (name: unknown): string =>
  typeof name === 'string' && namePattern.test(name) ? name : replaced(textOrNothing(name), longestName, 'tool_')

/** The id under which a client's or an MCP server's call is sent, and the result that answers it. */
export const sendableCallId = (id: unknown): string =>
  typeof id === 'string' && id.length <= longestId && callIdPattern.test(id)
    ? id
    : replaced(textOrNothing(id), longestId, 'call_')

/** The same for a use of one of the API's own tools. */
export const sendableServerId = (id: unknown): string =>
  typeof id === 'string' && id.length <= longestId && serverCallIdPattern.test(id)
    ? id
    : replaced(textOrNothing(id), longestId, 'srvtoolu_')

/** The id for a use of a tool that has the id of another: the one with a number that is not taken. */
export function numberedId(id: string, isTaken: (id: string) => boolean, from = 2): { id: string; number: number } {
  for (let number = from; ; number++) {
    const tail = `_${number}`
    const numbered = `${id.slice(0, longestId - tail.length)}${tail}`
    if (!isTaken(numbered)) return { id: numbered, number }
  }
}

/** How the id of a use is made sendable, or that which a result answers: results of MCP servers have a type of their own. */
export const sendableIdFor = ({ type }: Block): ((id: unknown) => string) =>
  type === 'tool_use' || type === 'tool_result' || type.startsWith('mcp_') ? sendableCallId : sendableServerId
