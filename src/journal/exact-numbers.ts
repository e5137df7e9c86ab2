// Numbers of a JSON text that JavaScript can't hold as they are written: JSON.parse rounds them without a word.

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Between numbers of fewer digits and no exponent nothing is lost: a double holds 15 digits, whichever they are. */
const mayLose = /\d[\d.]{15}|\d[eE]/

/**
 * The numbers in a JSON text, outside of its strings, that lose something when they are parsed. A whole number has to be
 * exactly what is parsed, and is written again in the same digits. One with a decimal point or an exponent has to keep the
 * digits in which it is written.
 */
export function inexactNumbers(json: string): readonly string[] {
  if (!mayLose.test(json)) return []
  const found: string[] = []
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '"') at = endOfString(json, at)
    else if (character === '-' || isDigit(json.charCodeAt(at))) {
      const end = endOfNumber(json, at)
      const number = json.slice(at, end)
      if (!isExact(number)) found.push(number)
      at = end - 1
    }
  }
  return found
}

/** The place of the quotation mark that ends the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}

function endOfNumber(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && /[\d.eE+-]/.test(json[at] ?? '')) at++
  return at
}

function isExact(number: string): boolean {
  const parsed = Number(number)
  // What is too large becomes Infinity, which JSON holds as null.
  if (!Number.isFinite(parsed)) return false
  const digits = significant(number)
  const isWritten = significant(String(parsed)) === digits
  if (/^-?\d+$/.test(number)) return BigInt(number) === BigInt(parsed) && isWritten
  if (isWritten) return true
  // More digits than toPrecision() gives are more than a double has.
  return digits.length <= 100 && significant(parsed.toPrecision(Math.max(1, digits.length))) === digits
}

/** The digits of a number from the first to the last that is not zero. */
function significant(number: string): string {
  const [mantissa = ''] = number.split(/[eE]/, 1)
  const digits = mantissa.replaceAll(/[-.]/g, '').replace(/^0+/, '')
  // A number may be as long as a model likes.
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

/**
 * Whether parsed data holds a whole number beyond 2^53 that JSON writes in digits: what it was before it was parsed can't
 * be known any more.
 */
export function mayBeRounded(value: unknown): boolean {
  const found: unknown[] = [value]
  while (found.length > 0) {
    const next = found.pop()
    if (typeof next === 'number' && Number.isInteger(next) && !Number.isSafeInteger(next) && Math.abs(next) < 1e21)
      return true
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) found.push(inner)
  }
  return false
}
