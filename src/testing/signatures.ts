import { createHash } from 'node:crypto'

// A signature says which model thought and carries a digest of the thinking, under a digest of both. It proves nothing
// to anybody, but it tells an edited block from a forged one, and it survives a restart of the simulator.
const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 32)

const seal = (model: string, kind: string, content: string): string =>
  digest('turnstate simulator', model, kind, content)

/**
 * The signature that the simulator gives to thinking of a model: for histories that a test writes by hand.
 * `omitted` is thinking that the API keeps to itself (`thinking: ""`).
 */
export const signThinking = (model: string, thinking: string, omitted = false): string => {
  const kind = omitted ? 'omitted' : 'shown'
  const content = digest(thinking)
  return Buffer.from(['sim1', model, kind, content, seal(model, kind, content)].join('/')).toString('base64')
}

type SignatureVerdict = 'valid' | 'edited' | 'forged'

export interface Signatures {
  /** Makes a signature that a script supplied valid for that thinking, and no other. */
  readonly remember: (signature: string, thinking: string) => void
  /** Another model's thinking can't be read, so its text does not matter. */
  readonly check: (signature: string, thinking: string, reader: string) => SignatureVerdict
}

export const createSignatures = (): Signatures => {
  const supplied = new Map<string, Set<string>>()
  return {
    remember: (signature, thinking) => {
      supplied.set(signature, (supplied.get(signature) ?? new Set()).add(thinking))
    },
    check: (signature, thinking, reader) => {
      const texts = supplied.get(signature)
      if (texts) return texts.has(thinking) ? 'valid' : 'edited'
      const [version, model, kind, content, mac, ...rest] = Buffer.from(signature, 'base64').toString().split('/')
      if (version !== 'sim1' || model === undefined || kind === undefined || content === undefined) return 'forged'
      if (rest.length > 0 || mac !== seal(model, kind, content)) return 'forged'
      // The API ignores text that was put into an omitted block.
      return model !== reader || kind === 'omitted' || content === digest(thinking) ? 'valid' : 'edited'
    },
  }
}
