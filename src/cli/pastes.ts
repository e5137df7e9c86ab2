import { count } from './explain.ts'

interface Size {
  readonly rows: number
  readonly columns: number
}

/** Long pastes, which stand in the line as a short mark: the editor would draw all of them again with each key. */
export class Pastes {
  readonly #texts = new Map<string, string>()

  /** What the line shows of a paste: the text, or a mark if it would fill the screen. */
  shown(text: string, { rows, columns }: Size): string {
    const lines = text.split('\n').length
    if (lines <= Math.max(3, rows / 2) && text.length <= (columns * rows) / 2) return text
    const size = lines === 1 ? count(text.length, 'character') : count(lines, 'line')
    const mark = `[paste ${this.#texts.size + 1}: ${size}]`
    this.#texts.set(mark, text)
    return mark
  }

  /** The line with the texts in place of their marks. A mark that was edited stays as it is. */
  expand(line: string): string {
    return line.replaceAll(/\[paste \d+: \d+ \w+\]/g, (mark) => this.#texts.get(mark) ?? mark)
  }
}
