import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonOutput } from '../../src/cli/json-output.ts'
import { Screen } from '../../src/cli/screen.ts'
import { forTerminal, forTerminalAsJson, inOneRow } from '../../src/terminal-text.ts'

/** Characters that control a terminal, or that reorder, hide or break the text around them. */
const hostile = {
  'an escape sequence': '\u001B]0;owned\u0007',
  'a C1 sequence': '\u009B2J',
  'a carriage return': '\r',
  DEL: '\u007F',
  'a right-to-left override': '\u202E',
  'an isolate that is never closed': '\u2067',
  'an embedding': '\u202B',
  'an Arabic letter mark': '\u061C',
  'a line separator': '\u2028',
  'a paragraph separator': '\u2029',
  tags: '\u{E0001}\u{E0065}\u{E007F}',
  'a variation selector beyond the plane': '\u{E0100}',
  'a zero-width space': '\u200B',
  'a word joiner': '\u2060',
  'a byte order mark': '\uFEFF',
  'an interlinear annotation': '\uFFF9',
}
// Independent of the code: by Unicode properties.
const steers = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u{E0000}-\u{E0FFF}\u200B\u2060\uFEFF\uFFF9-\uFFFB]/u
const steersInRow = (text: string) => steers.test(text)
const steersInLines = (text: string) => steers.test(text.replaceAll(/[\n\t]/g, ''))

const words = fc.array(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(hostile), '\n', 'é', '👩‍👩‍👧')),
)

/** The output of a screen on a terminal of 80 columns. */
function onTerminal(write: (screen: Screen) => void): string {
  let written = ''
  const output = { isTTY: true, columns: 80, rows: 24, on() {}, write: (text: string) => void (written += text) }
  write(new Screen({ output: output as never, env: { NO_COLOR: '1' } }))
  return written
}

describe('foreign text on a terminal', () => {
  it.each(Object.entries(hostile))('loses %s, and nothing else', (_, part) => {
    expect(forTerminal(`a${part}b`)).toMatch(/^a.*b$/)
    expect(steersInLines(forTerminal(`a${part}b`))).toBe(false)
    expect(onTerminal((screen) => screen.line(`a${part}b`))).not.toContain(part)
    expect(onTerminal((screen) => screen.run(`a${part}b`))).not.toContain(part)
  })

  it('never controls it', () => {
    fc.assert(
      fc.property(words, (parts) => {
        const text = parts.join('')
        expect(steersInLines(forTerminal(text))).toBe(false)
        expect(steersInRow(inOneRow(text))).toBe(false)
        expect(steersInLines(onTerminal((screen) => parts.forEach((part) => screen.run(part))))).toBe(false)
      }),
    )
  })

  it.each(['👩‍👩‍👧', 'می‌خواهم', 'क्‍ष', 'e\u0301', 'a\tb\nc', '☎️'])(
    'is unchanged if it only has the joiners that it needs: %s',
    (text) => {
      expect(forTerminal(text)).toBe(text)
    },
  )
})

describe('a line of --json', () => {
  it('has no control characters, and is parsed to the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), words), (value) => {
        const json = forTerminalAsJson(JSON.stringify(value))
        expect(steersInRow(json)).toBe(false)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is escaped for a delta too', () => {
    let written = ''
    const output = new JsonOutput({ write: (text: string) => void (written += text) } as never)
    output.notice({
      type: 'delta',
      kind: 'text',
      text: hostile['a C1 sequence'],
      turnId: 't1',
      attempt: 1,
      seq: 0,
      block: 0,
    })
    expect(written).toBe('{"type":"text","text":"\\u009b2J","turnId":"t1","attempt":1}\n')
  })
})
