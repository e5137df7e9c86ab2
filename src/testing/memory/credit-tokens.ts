import { canonical, digest } from '../api/digest.ts'
import { isObject, isText, type JsonObject, listOf, objectsOf } from '../api/json.ts'

/** The fields that a request must have in common with the refused one: all that the model reads. */
const matched = [
  ['system', 'messages', 'tools', 'tool_choice', 'thinking', 'cache_control', 'output_config'],
  ['mcp_servers', 'context_management', 'container'],
].flat()

/** What a token contains about the refused request. */
export interface CreditClaims {
  readonly model: string
  /** The time of the refusal in milliseconds. */
  readonly at: number
  /** Digests of the fields that must match, and of the beta headers. */
  readonly fields: Readonly<Record<string, string>>
  /** Digest of what an appended assistant message must contain; null if none may be appended. */
  readonly continuation: string | null
  readonly continuationOnly: boolean
}

const seal = (payload: string): string => digest('turnstate simulator', 'credit', payload)

export const encodeToken = (claims: CreditClaims): string => {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `fct_${payload}.${seal(payload)}`
}

/** The contents of one of the simulator's tokens; undefined for any other string. */
export const decodeToken = (token: string): CreditClaims | undefined => {
  const [, payload, mac] = /^fct_([\w-]+)\.([\w-]+)$/.exec(token) ?? []
  if (payload === undefined || mac !== seal(payload)) return undefined
  const claims: CreditClaims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return claims
}

const short = (value: unknown): string => digest(canonical(value)).slice(0, 12)

/** Digests of what must match, by name, so that a mismatch can be named. */
export const digestsOf = (body: JsonObject, betas: readonly string[]): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(matched.map((name) => [name, short(body[name])])),
  'anthropic-beta': short([...new Set(betas.filter((name) => !name.startsWith('server-side-fallback-')))].toSorted()),
})

/** The request without the assistant message at its end, and the content of that message; undefined without one. */
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

/** Blocks that only the refused model can read and continue. */
const unreadable: readonly unknown[] = ['thinking', 'redacted_thinking', 'connector_text', 'fallback']

const readable = (content: readonly JsonObject[]): readonly JsonObject[] =>
  content.filter(({ type }) => !unreadable.includes(type))

/** The blocks of a refused reply that another model can continue: text, and server tool calls with their results. */
export const echoableOf = (content: readonly JsonObject[]): readonly JsonObject[] => {
  const resolved = new Set(content.map((block) => block['tool_use_id']))
  return readable(content).filter(({ type, id, text }) => {
    if (type === 'text') return isText(text) && text.trim() !== ''
    return type !== 'tool_use' && (!['server_tool_use', 'mcp_tool_use'].includes(String(type)) || resolved.has(id))
  })
}

/** The assistant message that continues a refused reply, without whitespace at its end, which a prefill can't have. */
export const continuableOf = (content: readonly JsonObject[]): readonly JsonObject[] => {
  const kept = echoableOf(content)
  const last = kept.at(-1)
  return last && isText(last['text']) ? [...kept.slice(0, -1), { ...last, text: last['text'].trimEnd() }] : kept
}

/** Digest of an assistant message that continues a refused reply. */
export const digestOfContinuation = (content: readonly JsonObject[]): string =>
  short(readable(content).map((block) => canonical(block, ['cache_control', 'citations'])))
