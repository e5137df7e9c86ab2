import { creditBetas } from '../memory/credit-desk.ts'
import { isObject, isText } from '../api/json.ts'
import { compactBeta } from './compaction.ts'
import { fallbackBetas } from './fallbacks-field.ts'
import { extraInput, missingField, type Rule, strictVersion } from './rule.ts'

/** All documented parameters, including beta ones, from the SDK's parameter types. */
const known: ReadonlySet<string> = new Set(
  [
    ['model', 'messages', 'max_tokens', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'metadata'],
    ['stop_sequences', 'stream', 'service_tier', 'cache_control', 'container', 'diagnostics', 'inference_geo', 'speed'],
    ['temperature', 'top_p', 'top_k', 'user_profile_id', 'workspace_id', 'output_format', 'billing_policy'],
    ['mcp_servers', 'context_management', 'compaction', 'fallbacks', 'fallback_credit_token', 'thread'],
  ].flat(),
)

/** Fields that need a beta header, with the headers that grant them; a name that ends with a dash is a prefix. */
const betaFields: Readonly<Record<string, readonly string[]>> = {
  mcp_servers: ['mcp-client-'],
  context_management: ['context-management-', 'compact-'],
  compaction: [compactBeta],
  fallbacks: fallbackBetas,
  fallback_credit_token: creditBetas,
}

const samplingFields: readonly string[] = ['temperature', 'top_p', 'top_k']

export const extraFields: Rule = ({ body, version, betas }) => {
  for (const [name, value] of Object.entries(body)) {
    if (!known.has(name)) return extraInput(name)
    if (version === strictVersion && samplingFields.includes(name)) return extraInput(name)
    const grants = betaFields[name]
    const granted =
      grants === undefined ||
      betas.some((beta) => grants.some((grant) => (grant.endsWith('-') ? beta.startsWith(grant) : beta === grant)))
    if (!granted && value !== null) return extraInput(name)
  }
  return undefined
}

export const requiredFields: Rule = ({ body }) => {
  const missing = ['model', 'max_tokens', 'messages'].find((name) => body[name] === undefined)
  return missing === undefined ? undefined : missingField(missing)
}

/** Only the API serves threads. After this answer the SDK's tool runner continues without one. */
export const thread: Rule = ({ body }) =>
  body['thread'] === undefined || body['thread'] === null
    ? undefined
    : {
        status: 400,
        type: 'invalid_request_error',
        message: 'thread: this request cannot be served on a message thread',
        details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
      }

/** An id, or an object with an id, skills or both. Documented. */
export const container: Rule = ({ body }) => {
  const given = body['container'] ?? null
  if (given === null || isText(given)) return undefined
  if (!isObject(given)) return 'container: Input should be a valid string'
  const { id, skills, ...others } = given
  if ((id ?? null) !== null && !isText(id)) return 'container.id: Input should be a valid string'
  if ((skills ?? null) !== null && !Array.isArray(skills)) return 'container.skills: Input should be a valid list'
  const [stranger] = Object.keys(others)
  return stranger === undefined ? undefined : extraInput(`container.${stranger}`)
}

type TypeTest = readonly [(value: unknown) => boolean, string]

const isList: TypeTest = [(value) => Array.isArray(value), 'Input should be a valid list']
const isDictionary: TypeTest = [isObject, 'Input should be an object']
const types: Readonly<Record<string, TypeTest>> = {
  model: [isText, 'Input should be a valid string'],
  max_tokens: [(value) => Number.isSafeInteger(value), 'Input should be a valid integer'],
  messages: isList,
  system: [(value) => isText(value) || Array.isArray(value), 'Input should be a valid string or a valid list'],
  tools: isList,
  tool_choice: isDictionary,
  thinking: isDictionary,
  output_config: isDictionary,
  metadata: isDictionary,
  stop_sequences: [(value) => Array.isArray(value) && value.every(isText), 'Input should be a valid list of strings'],
  stream: [(value) => typeof value === 'boolean', 'Input should be a valid boolean'],
  temperature: [(value) => typeof value === 'number', 'Input should be a valid number'],
  top_p: [(value) => typeof value === 'number', 'Input should be a valid number'],
  top_k: [(value) => Number.isSafeInteger(value), 'Input should be a valid integer'],
  service_tier: [(value) => value === 'auto' || value === 'standard_only', "Input should be 'auto' or 'standard_only'"],
  speed: [(value) => value === 'standard' || value === 'fast', "Input should be 'standard' or 'fast'"],
  mcp_servers: isList,
  context_management: isDictionary,
  fallbacks: [(value) => value === 'default' || Array.isArray(value), "Input should be 'default' or a valid list"],
}

const nullable: ReadonlySet<string> = new Set(['speed', 'context_management', 'fallbacks'])

export const fieldTypes: Rule = ({ body }) => {
  for (const [name, [holds, message]] of Object.entries(types)) {
    const value = body[name]
    if (value === undefined || (value === null && nullable.has(name))) continue
    if (!holds(value)) return `${name}: ${message}`
  }
  const { max_tokens: maxTokens, messages } = body
  // Zero is documented: the request only fills the prompt cache.
  if (typeof maxTokens === 'number' && maxTokens < 0) return 'max_tokens: Input should be greater than or equal to 0'
  return Array.isArray(messages) && messages.length === 0 ? 'messages: at least one message is required' : undefined
}
