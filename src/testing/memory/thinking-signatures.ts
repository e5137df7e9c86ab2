import { digest } from '../api/digest.ts'
import { isText, type JsonObject } from '../api/json.ts'

/** What thinking is bound to: where it stood in its conversation. */
export interface Binding {
  /** Digest of everything before the block but thinking. */
  readonly prefix: string
  /** The thinking block before it that its model could read; empty for none. */
  readonly after: string
}

// A signature says which model thought and carries a digest of the thinking, and of what it is bound to, under a digest
// of all that. It proves nothing to anybody, but it tells an edited block from a forged one, and it survives a restart
// of the simulator.
const seal = (claims: readonly string[]): string => digest('turnstate simulator', ...claims)

const encode = (claims: readonly string[]): string =>
  Buffer.from([...claims, seal(claims)].join('/')).toString('base64')

const claimsOf = (model: string, thinking: string, omitted: boolean): readonly string[] => [
  model,
  omitted ? 'omitted' : 'shown',
  digest(thinking),
]

/**
 * The signature that the simulator gives to thinking of a model: for histories that a test writes by hand. It is bound
 * to no conversation. `omitted` is thinking that the API keeps to itself (`thinking: ""`).
 */
export const signThinking = (model: string, thinking: string, omitted = false): string =>
  encode(['sim1', ...claimsOf(model, thinking, omitted)])

/** The signature of thinking that stays in the conversation it was thought in. */
export const signBoundThinking = (model: string, thinking: string, omitted: boolean, binding: Binding): string =>
  encode(['sim2', ...claimsOf(model, thinking, omitted), binding.prefix, binding.after])

interface Claims {
  readonly model: string
  readonly omitted: boolean
  readonly content: string
  readonly binding: Binding | undefined
}

/** What a signature of the simulator's own says; undefined for any other. */
const decode = (signature: string): Claims | undefined => {
  const parts = Buffer.from(signature, 'base64').toString().split('/')
  const claims = parts.slice(0, -1)
  const [version, model, kind, content, prefix, after] = claims
  if (model === undefined || kind === undefined || content === undefined || parts.at(-1) !== seal(claims))
    return undefined
  const base = { model, omitted: kind === 'omitted', content }
  if (version === 'sim1' && claims.length === 4) return { ...base, binding: undefined }
  return version === 'sim2' && prefix !== undefined && after !== undefined && claims.length === 6
    ? { ...base, binding: { prefix, after } }
    : undefined
}

type SignatureVerdict = 'valid' | 'edited' | 'forged'

export interface Signatures {
  /** Makes a signature that a script supplied valid for that thinking of that model, and no other. */
  readonly remember: (signature: string, thinking: string, model: string) => void
  /** Notes whose redacted thinking this is: the data does not say. */
  readonly rememberRedacted: (data: string, model: string) => void
  /** Another model's thinking can't be read, so its text does not matter. */
  readonly check: (signature: string, thinking: string, reader: string) => SignatureVerdict
  /** Who thought a block, as far as it is known, and what it is bound to. */
  readonly originOf: (block: JsonObject) => { readonly model?: string; readonly binding?: Binding }
}

export const createSignatures = (): Signatures => {
  const supplied = new Map<string, { readonly model: string; readonly texts: Set<string> }>()
  const redacted = new Map<string, string>()
  return {
    remember: (signature, thinking, model) => {
      const known = supplied.get(signature) ?? { model, texts: new Set() }
      known.texts.add(thinking)
      supplied.set(signature, known)
    },
    rememberRedacted: (data, model) => void redacted.set(data, model),
    check: (signature, thinking, reader) => {
      const known = supplied.get(signature)
      if (known) return known.model !== reader || known.texts.has(thinking) ? 'valid' : 'edited'
      const claims = decode(signature)
      if (!claims) return 'forged'
      // The API ignores text that was put into an omitted block.
      return claims.model !== reader || claims.omitted || claims.content === digest(thinking) ? 'valid' : 'edited'
    },
    originOf: ({ type, data, signature }) => {
      if (type === 'redacted_thinking') {
        const model = isText(data) ? redacted.get(data) : undefined
        return model === undefined ? {} : { model }
      }
      if (!isText(signature)) return {}
      const known = supplied.get(signature)
      if (known) return { model: known.model }
      const claims = decode(signature)
      return claims ? { model: claims.model, ...(claims.binding && { binding: claims.binding }) } : {}
    },
  }
}
