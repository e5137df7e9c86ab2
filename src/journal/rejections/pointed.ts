// Traces the API's pointer into a request to the turn and the kind of content.
import type { Failure } from '../../errors.ts'
import { type Block, isThinking, toBlocks } from '../content.ts'
import { type Piece, pieceAt } from '../request/pieces.ts'
import { canBeLeftOut, type CarriedBeside, fieldPart } from './parts.ts'
import type { Pointed } from './rejections.ts'

/** The part that the failure of a request points at; `null` if it points at nothing, or at nothing in the request. */
export function pointedAt(
  pieces: readonly Piece[],
  { code, pointer = '' }: Failure,
  { model, fields, container }: CarriedBeside,
): Pointed | null {
  if (code === 'thinking-invalid') return 'thinking'
  const place = /^messages\.(\d{1,6})(?:\.content\.(\d{1,6}))?/.exec(pointer)
  const found = place ? pieceAt(pieces, Number(place[1]), Number(place[2] ?? 0)) : undefined
  const block = found && toBlocks(found.content)[found.index]
  if (code === 'compaction-invalid' && block?.type !== 'compaction') return lastCompaction(pieces)
  if (place) return found && block ? partOf(found.piece, block) : null
  const name = pointer.split('.', 1)[0] ?? ''
  if (name === '') return null
  if (name === 'container' && container !== null) return `container:${container}`
  if (fields.includes(name)) return canBeLeftOut(name) ? fieldPart(model, name) : `needed:${name}`
  if (name === 'max_tokens' || name === 'model') return `needed:${name}`
  return partNaming(pieces, name)
}

function partOf({ turn, from }: Piece, block: Block): Pointed {
  const isOpen = turn.status === 'open'
  if (isThinking(block)) return 'thinking'
  const { id, steps } = turn
  if (from === 'results') return `results:${id}/${steps.length}`
  if (block.type !== 'text')
    return from === 'input' ? `media:${id}` : from === 'reply' ? `calls:${id}/${steps.length}` : `compaction:${id}`
  if (!isOpen) return `turn:${id}`
  return from === 'reply' ? `steps:${id}/${steps.length}` : 'input'
}

/** The first block that holds this id, of a file, a call or another object of the API. */
function partNaming(pieces: readonly Piece[], id: string): Pointed | null {
  for (const piece of pieces)
    for (const block of toBlocks(piece.content))
      if (block.type !== 'text' && JSON.stringify(block).includes(JSON.stringify(id))) return partOf(piece, block)
  return null
}

/** The last summary: the API may not say which one it means, but the last one replaces all before it. */
function lastCompaction(pieces: readonly Piece[]): Pointed | null {
  const blocks = pieces.flatMap((piece) => toBlocks(piece.content).map((block) => ({ piece, block })))
  const found = blocks.findLast(({ block }) => block.type === 'compaction')
  return found ? partOf(found.piece, found.block) : null
}
