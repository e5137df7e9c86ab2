// Finds numbers in JSON text that JavaScript cannot represent exactly: JSON.parse rounds them silently.

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Numbers with fewer digits and no exponent are exact: a double holds any 15 digits. */
const mayLose = /\d[\d.]{15}|\d[eE]/

/**
 * The numbers in a JSON text, outside its strings, that change when they are parsed. An integer must parse exactly and be written
 * with the same digits again. A number with a decimal point or an exponent must keep its digits.
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

/** The position of the quotation mark that closes the string starting at `start`. */
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
  // A number that is too large becomes Infinity, which JSON writes as null.
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
  // A model may write a number of any length.
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

/**
 * Whether parsed data holds an integer beyond 2^53 that JSON writes in digits: its value before parsing is unknown.
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
