// Reads the deltas that most of a reply consists of off the text of the stream, without a parser for lines and one for JSON. Only what
// the API writes, byte for byte, is read here; whatever differs is left to the parsers:
//   Q1  What is read here, the parsers read alike.
//   Q2  An event is read whole, with its final blank line, or not at all.
import type { DeltaKind } from '../journal/index.ts'
import { BlockDelta } from '../source/block-delta.ts'

const start = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":'

/** What stands between the index and the text, by the kind of delta. */
const openings: readonly (readonly [kind: DeltaKind, opening: string])[] = [
  ['text', ',"delta":{"type":"text_delta","text":"'],
  ['toolInput', ',"delta":{"type":"input_json_delta","partial_json":"'],
  ['thinking', ',"delta":{"type":"thinking_delta","thinking":"'],
]

/** What a delta has before its text, and what it says. */
interface Head {
  readonly written: string
  readonly index: number
  readonly kind: DeltaKind
}

/** What ends a text in JSON, is written otherwise in it, or is not permitted. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const special = /["\\\u0000-\u001f]/g

// Codes of characters, one by one: bundlers put such constants where they are used.
const quote = 0x22
const backslash = 0x5c
const brace = 0x7d
const space = 0x20
const zero = 0x30
const nine = 0x39

/** The most digits of an index. */
const mostDigits = 6

/** V8 copies a shorter part of a text, and makes a longer one point to the whole. */
const shortestPointer = 13

const nothing: Head = { written: '', index: 0, kind: 'text' }

/** Whether a text has this at a place. Comparing a part of it costs a fifth of `startsWith`. */
const isAt = (text: string, at: number, wanted: string): boolean =>
  wanted !== '' && text.slice(at, at + wanted.length) === wanted

function headAt(text: string, from: number): Head | null {
  if (!isAt(text, from, start)) return null
  const begin = from + start.length
  const end = endOfIndex(text, begin)
  const found = end < 0 ? undefined : openings.find(([, opening]) => isAt(text, end, opening))
  if (!found) return null
  const [kind, opening] = found
  const index = text.slice(begin, end)
  return { written: `${start}${index}${opening}`, index: Number(index), kind }
}

/** How a ping is written: with a space by the API, without one by most of what stands in for it. */
const pings = ['event: ping\ndata: {"type": "ping"}\n\n', 'event: ping\ndata: {"type":"ping"}\n\n']

/** Where the ping ends that begins here; -1 for anything else. */
export function pingEnd(text: string, from: number): number {
  const ping = pings.find((written) => isAt(text, from, written))
  return ping === undefined ? -1 : from + ping.length
}

/** Reads the deltas of a stream, chunk by chunk, each from its beginning to its end. */
export class QuickDeltas {
  #text = ''
  /** Where the delta ends that was read last. Not to be set by others. */
  end = 0
  /** The head of the delta that was read last: the next one most likely has the same. */
  #head: Head = nothing

  /** Goes to the next chunk. */
  begin(text: string): void {
    this.#text = text
    this.end = 0
  }

  /** The delta that begins here; `null` for anything else. */
  read(from: number): BlockDelta | null {
    const text = this.#text
    const head = isAt(text, from, this.#head.written) ? this.#head : headAt(text, from)
    if (!head) return null
    const first = from + head.written.length
    special.lastIndex = first
    // Not `exec`, which makes an object.
    if (!special.test(text)) return null
    const found = special.lastIndex - 1
    const hasEscapes = text.charCodeAt(found) === backslash
    const last = hasEscapes ? closingQuote(text, found) : found
    const end = afterEvent(text, last)
    const said = end < 0 ? null : hasEscapes ? unescaped(text.slice(first - 1, last + 1)) : copied(text, first, last)
    if (said === null) return null
    this.end = end
    this.#head = head
    return new BlockDelta(head.index, head.kind, said)
  }
}

/** A part of a text. A longer one is copied: otherwise whoever keeps it would keep the chunk with it. */
function copied(text: string, from: number, to: number): string {
  const part = text.slice(from, to)
  return part.length < shortestPointer ? part : ` ${part}`.slice(1)
}

/** Where the number that begins here ends; -1 unless it is one of JSON's, whole and not too long. */
function endOfIndex(text: string, from: number): number {
  let at = from
  while (at - from <= mostDigits && isDigit(text.charCodeAt(at))) at++
  const digits = at - from
  const isPadded = digits > 1 && text.charCodeAt(from) === zero
  return digits === 0 || digits > mostDigits || isPadded ? -1 : at
}

const isDigit = (character: number): boolean => character >= zero && character <= nine

/** The index of the closing quote of a text, searched for from the text's first escape; -1 if there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at
    while (before > from && text.charCodeAt(before - 1) === backslash) before--
    if ((at - before) % 2 === 0) return at
  }
  return -1
}

/** The index after the event, given that of its closing quote. Two braces, which the API may pad with spaces, and a blank line must follow; else -1. */
function afterEvent(text: string, from: number): number {
  if (text.charCodeAt(from) !== quote || text.charCodeAt(from + 1) !== brace) return -1
  let at = from + 2
  while (text.charCodeAt(at) === space) at++
  return isAt(text, at, '}\n\n') ? at + 3 : -1
}

function unescaped(quoted: string): string | null {
  try {
    const read: unknown = JSON.parse(quoted)
    return typeof read === 'string' ? read : null
  } catch {
    return null
  }
}
