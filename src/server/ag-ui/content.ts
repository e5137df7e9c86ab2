// What users and tools say, between the protocol's parts and the API's blocks.
import { TurnstateError } from '../../errors.ts'
import type { Block, TranscriptPart } from '../../index.ts'
import { isRecord } from '../../objects.ts'
import type { AguiPart } from './events.ts'
import type { GivenPart } from './read-input.ts'

/** The blocks of a user's message. @throws TurnstateError `block-unknown` for what a client may not send */
export const toUserBlocks = (content: readonly GivenPart[]): readonly Block[] => content.map(toBlock)

function toBlock(part: GivenPart): Block {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type !== 'image' && part.type !== 'document')
    throw new TurnstateError(
      'block-unknown',
      `A message can't have ${part.type}: Claude takes text, images and documents.`,
    )
  const { source } = part
  if (source.type === 'url') return { type: part.type, source: { type: 'url', url: source.value } }
  // A file of the provider is named by an id that may be anybody's: the app alone may send one.
  if (source.type === 'file')
    throw new TurnstateError(
      'block-unknown',
      "A message of a client can't name a file of the API by its id. Send its bytes.",
    )
  if (source.mimeType.startsWith('text/'))
    return { type: part.type, source: { type: 'text', media_type: 'text/plain', data: decoded(source.value) } }
  return { type: part.type, source: { type: 'base64', media_type: source.mimeType, data: source.value } }
}

const decoded = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0))

/** What a user's message says: a text where it is nothing else. */
export function userContent(parts: readonly TranscriptPart[]): string | AguiPart[] {
  const said = parts.flatMap((part) =>
    part.type === 'text'
      ? [{ type: 'text' as const, text: part.text }]
      : part.type === 'block'
        ? toPart(part.block)
        : [],
  )
  return plain(said)
}

/** What a tool returned. */
export function resultContent(result: Block): string | AguiPart[] {
  const { content } = result
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return plain(content.flatMap((block: unknown) => (isRecord(block) ? toPart(block) : [])))
}

const plain = (parts: readonly AguiPart[]): string | AguiPart[] =>
  parts.every((part) => part.type === 'text') ? parts.map(({ text }) => text).join('') : [...parts]

/** The part for a block; none for what the protocol has no part for. */
function toPart(block: Readonly<Record<string, unknown>>): readonly AguiPart[] {
  const { type, text, source } = block
  if (type === 'text' && typeof text === 'string') return [{ type, text }]
  if ((type !== 'image' && type !== 'document') || !isRecord(source)) return []
  const { type: kind, url, media_type: mimeType, data } = source
  if (kind === 'url' && typeof url === 'string') return [{ type, source: { type: 'url', value: url } }]
  if (typeof data !== 'string' || typeof mimeType !== 'string') return []
  return [{ type, source: { type: 'data', value: kind === 'text' ? encoded(data) : data, mimeType } }]
}

const encoded = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCodePoint(byte)).join(''))
