// Encryption at rest: AES-256-GCM with a data key for each conversation, which a key of the app wraps.
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto'
import { TurnstateError } from '../../errors.ts'
import { isRecord } from '../../objects.ts'

/** A key of the app: 32 random bytes, or the same as base64. */
export interface EncryptionKey {
  /** A name for the key. It is stored in plain text. */
  readonly id: string
  readonly key: Uint8Array | string
}

/** Encrypts what people and models say. */
export interface EncryptionOptions {
  /** The newest key first: it wraps the data keys of new conversations. Older ones are for conversations from before. */
  readonly keys: readonly EncryptionKey[]
}

const [nonceLength, tagLength, keyLength, longestKeyId] = [12, 16, 32, 200]

/** A data key as it is stored. */
export interface WrappedKey {
  readonly keyId: string
  readonly dataKey: string
}

/** The data key of a conversation, and the conversation's id. */
export interface SealParts {
  readonly key: KeyObject
  readonly id: string
}

/** Seals and unseals what belongs to one conversation. What a seal is about is bound to it: another place can't take it. */
export class Seal {
  readonly #parts: SealParts

  constructor(parts: SealParts) {
    this.#parts = parts
  }

  /** What another thread makes the same seal of. A KeyObject does not show its bytes, neither in a log nor as JSON. */
  get parts(): SealParts {
    return this.#parts
  }

  seal(about: string, text: string): Uint8Array {
    return sealed(this.#parts.key, this.#bound(about), Buffer.from(text, 'utf8'))
  }

  /** The text; `null` if it was changed, or is about something else. */
  unseal(about: string, bytes: Uint8Array): string | null {
    return unsealed(this.#parts.key, this.#bound(about), bytes)?.toString('utf8') ?? null
  }

  sealText(about: string, text: string): string {
    return Buffer.from(this.seal(about, text)).toString('base64')
  }

  unsealText(about: string, text: string): string | null {
    return this.unseal(about, Buffer.from(text, 'base64'))
  }

  #bound(about: string): Buffer {
    return Buffer.from(`turnstate 1 ${about} ${this.#parts.id}`, 'utf16le')
  }
}

/** The app's keys. They are never shown: a KeyObject does not print its bytes. */
export class Keys {
  readonly #keys: ReadonlyMap<string, KeyObject>
  /** The id of the newest key. */
  readonly newest: string

  /** @throws TurnstateError `invalid-option` */
  constructor(options: EncryptionOptions) {
    if (!isRecord(options) || !Array.isArray(options.keys) || options.keys.length === 0)
      throw invalid('encryption must be { keys: [{ id, key }] } with at least one key.')
    const keys = options.keys.map(readKey)
    this.#keys = new Map(keys)
    this.newest = keys[0]?.[0] ?? ''
    if (this.#keys.size < keys.length) throw invalid('Two keys of encryption have the same id.')
  }

  /** A new data key for a conversation. */
  create(id: string): WrappedKey {
    return this.#wrap(id, randomBytes(keyLength))
  }

  /** @throws TurnstateError `key-unknown` */
  sealOf(id: string, wrapped: WrappedKey): Seal {
    return new Seal({ key: createSecretKey(this.#unwrap(id, wrapped)), id })
  }

  /** The data key, wrapped by the newest key. @throws TurnstateError `key-unknown` */
  rewrap(id: string, wrapped: WrappedKey): WrappedKey {
    return this.#wrap(id, this.#unwrap(id, wrapped))
  }

  #wrap(id: string, dataKey: Buffer): WrappedKey {
    const key = this.#keys.get(this.newest)
    if (!key) throw keyUnknown(this.newest)
    return { keyId: this.newest, dataKey: sealed(key, keyOf(id, this.newest), dataKey).toString('base64') }
  }

  #unwrap(id: string, { keyId, dataKey }: WrappedKey): Buffer {
    const key = this.#keys.get(keyId)
    const found = key && unsealed(key, keyOf(id, keyId), Buffer.from(dataKey, 'base64'))
    if (!found) throw keyUnknown(keyId)
    return found
  }
}

const keyOf = (id: string, keyId: string) => Buffer.from(`turnstate 1 key ${keyId.length} ${keyId} ${id}`, 'utf16le')

/** Random bytes for the next nonces. Asking the system for twelve bytes takes longer than sealing a fact with them. */
const nonces = Buffer.alloc(512 * nonceLength)
let usedNonces = nonces.byteLength

/** A nonce that was never given before. */
function newNonce(): Buffer {
  if (usedNonces === nonces.byteLength) {
    randomFillSync(nonces)
    usedNonces = 0
  }
  const nonce = Buffer.from(nonces.subarray(usedNonces, usedNonces + nonceLength))
  usedNonces += nonceLength
  return nonce
}

/** A nonce, the ciphertext, and a tag. */
function sealed(key: KeyObject, bound: Buffer, plain: Buffer): Buffer {
  const nonce = newNonce()
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength }).setAAD(bound)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function unsealed(key: KeyObject, bound: Buffer, bytes: Uint8Array): Buffer | null {
  if (bytes.byteLength < nonceLength + tagLength) return null
  const nonce = bytes.subarray(0, nonceLength)
  const tag = bytes.subarray(bytes.byteLength - tagLength)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength }).setAAD(bound)
  try {
    decipher.setAuthTag(tag)
    const plain = decipher.update(bytes.subarray(nonceLength, bytes.byteLength - tagLength))
    return Buffer.concat([plain, decipher.final()])
  } catch {
    return null
  }
}

function readKey(given: unknown, index: number): readonly [string, KeyObject] {
  const { id, key } = isRecord(given) ? given : {}
  if (typeof id !== 'string' || id === '' || id.length > longestKeyId)
    throw invalid(`encryption.keys[${index}].id must be a text of 1 to ${longestKeyId} characters.`)
  const bytes = typeof key === 'string' ? fromBase64(key) : key
  if (!(bytes instanceof Uint8Array) || bytes.byteLength !== keyLength)
    throw invalid(`encryption.keys[${index}].key must be ${keyLength} bytes, as a Uint8Array or as base64.`)
  return [id, createSecretKey(bytes)]
}

const fromBase64 = (text: string): Uint8Array | null =>
  /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null

const invalid = (message: string) => new TurnstateError('invalid-option', message)

/** Names of keys are no secret: they are stored in plain text. */
export const keyUnknown = (keyId: string): TurnstateError =>
  new TurnstateError(
    'key-unknown',
    `The conversation is encrypted with the key ${JSON.stringify(keyId)}, which was not given, or another key has its name.`,
  )
