import { canonical, digest } from '../api/digest.ts'
import { isObject, isText, type JsonObject, listOf, objectsOf } from '../api/json.ts'

/** What a request must have in common with the refused one: all that shapes what the model reads. */
const matched = [
  ['system', 'messages', 'tools', 'tool_choice', 'thinking', 'cache_control', 'output_config'],
  ['mcp_servers', 'context_management', 'container'],
].flat()

/** What a token says about the refusal that it was minted for. */
export interface CreditClaims {
  readonly model: string
  /** When it was refused, in milliseconds. */
  readonly at: number
  /** Digests of the fields that must match, and of the beta headers. */
  readonly fields: Readonly<Record<string, string>>
  /** Digest of what an appended assistant message must hold; null when none may be appended. */
  readonly continuation: string | null
  readonly continuationOnly: boolean
}

const seal = (payload: string): string => digest('turnstate simulator', 'credit', payload)

export const encodeToken = (claims: CreditClaims): string => {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `fct_${payload}.${seal(payload)}`
}

/** The claims of a token of the simulator's own; undefined for anything else. */
export const decodeToken = (token: string): CreditClaims | undefined => {
  const [, payload, mac] = /^fct_([\w-]+)\.([\w-]+)$/.exec(token) ?? []
  if (payload === undefined || mac !== seal(payload)) return undefined
  const claims: CreditClaims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return claims
}

const short = (value: unknown): string => digest(canonical(value)).slice(0, 12)

/** Digests of what must match, name by name, so that a mismatch can be told by its name. */
export const digestsOf = (body: JsonObject, betas: readonly string[]): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(matched.map((name) => [name, short(body[name])])),
  'anthropic-beta': short([...new Set(betas.filter((name) => !name.startsWith('server-side-fallback-')))].toSorted()),
})

/** The request without the assistant message at its end, and what that message holds; undefined when there is none. */
export const withoutContinuation = (
  body: JsonObject,
): { readonly body: JsonObject; readonly content: readonly JsonObject[] } | undefined => {
  const messages = listOf(body['messages'])
  const last = messages.at(-1)
  if (!isObject(last) || last['role'] !== 'assistant') return undefined
  const content = isText(last['content'])
    ? [{ type: 'text', text: last['content'] }]
    : objectsOf(last['content']).map(({ object }) => object)
  return { body: { ...body, messages: messages.slice(0, -1) }, content }
}

/** Nobody but the refused model can read these, or go on from them. */
const unreadable: readonly unknown[] = ['thinking', 'redacted_thinking', 'connector_text', 'fallback']

const readable = (content: readonly JsonObject[]): readonly JsonObject[] =>
  content.filter(({ type }) => !unreadable.includes(type))

/** Of a refused reply, what another model goes on from: text, and server tools that have their results. */
export const echoableOf = (content: readonly JsonObject[]): readonly JsonObject[] => {
  const resolved = new Set(content.map((block) => block['tool_use_id']))
  return readable(content).filter(({ type, id, text }) => {
    if (type === 'text') return isText(text) && text.trim() !== ''
    return type !== 'tool_use' && (!['server_tool_use', 'mcp_tool_use'].includes(String(type)) || resolved.has(id))
  })
}

/** The assistant message that continues a refused reply: a prefill can't end in whitespace. */
export const continuableOf = (content: readonly JsonObject[]): readonly JsonObject[] => {
  const kept = echoableOf(content)
  const last = kept.at(-1)
  return last && isText(last['text']) ? [...kept.slice(0, -1), { ...last, text: last['text'].trimEnd() }] : kept
}

/** Digest of an appended message, or of the one that would be right. */
export const digestOfContinuation = (content: readonly JsonObject[]): string =>
  short(readable(content).map((block) => canonical(block, ['cache_control', 'citations'])))
