import { digest } from '../api/digest.ts'
import { isText, type JsonObject } from '../api/json.ts'

/** What thinking is bound to: its place in its conversation. */
export interface Binding {
  /** Digest of everything before the block but thinking. */
  readonly prefix: string
  /** The thinking block before it that its model could read; empty for none. */
  readonly after: string
}

// A signature contains the model, a digest of the thinking and of what it is bound to, and a digest of all of these. It is
// not secure, but it distinguishes an edited block from a forged one, and it stays valid when the simulator restarts.
const seal = (claims: readonly string[]): string => digest('turnstate simulator', ...claims)

const encode = (claims: readonly string[]): string =>
  Buffer.from([...claims, seal(claims)].join('/')).toString('base64')

const claimsOf = (model: string, thinking: string, omitted: boolean): readonly string[] => [
  model,
  omitted ? 'omitted' : 'shown',
  digest(thinking),
]

/**
 * The simulator's signature for thinking of a model, for histories that a test writes by hand. It is valid in any
 * conversation. `omitted` is for thinking whose text the API does not send (`thinking: ""`). Default: false.
 */
export const signThinking = (model: string, thinking: string, omitted = false): string =>
  encode(['sim1', ...claimsOf(model, thinking, omitted)])

/** A signature that is valid only in the conversation in which the model thought. */
export const signBoundThinking = (model: string, thinking: string, omitted: boolean, binding: Binding): string =>
  encode(['sim2', ...claimsOf(model, thinking, omitted), binding.prefix, binding.after])

interface Claims {
  readonly model: string
  readonly omitted: boolean
  readonly content: string
  readonly binding: Binding | undefined
}

/** The contents of one of the simulator's signatures; undefined for any other string. */
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
  /** Makes a signature from a script valid for this thinking of this model only. */
  readonly remember: (signature: string, thinking: string, model: string) => void
  /** Remembers which model redacted thinking is from; its data does not say. */
  readonly rememberRedacted: (data: string, model: string) => void
  /** Checks a signature. A model can't read the thinking of another one, so there the text does not matter. */
  readonly check: (signature: string, thinking: string, reader: string) => SignatureVerdict
  /** The model of a block, if it is known, and what the block is bound to. */
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
      // The API ignores text that a client adds to an omitted block.
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
