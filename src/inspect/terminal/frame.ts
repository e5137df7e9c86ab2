// A frame for the terminal: the chart as a tree with the active path highlighted, the last transitions, and the turns.
import { activeStates } from '../chart/svg.ts'
import { treeOf } from '../chart/tree.ts'
import type { HubConversation } from '../hub/hub-conversation.ts'
import { summaryOf } from '../hub/summary.ts'
import { rowsOf, type Row } from '../log/turn-rows.ts'
import { inOneRow } from '../../terminal-text.ts'
import type { TransitionRecord } from '../../observe/records.ts'

export interface FrameSize {
  readonly columns: number
  readonly rows: number
}

/** A piece of a line. Styles are separate from the text, so that they don't count towards the width. */
export interface Piece {
  readonly text: string
  readonly style?: 'bold' | 'dim' | 'red' | 'green' | 'cyan'
}

export type Line = readonly Piece[]

export interface FrameContent {
  readonly url: string
  /** The conversation to show; `null` before the first one. */
  readonly shown: HubConversation | null
  readonly position: number
  readonly count: number
  /** How the command for a chat is typed here. Default: `turnstate chat`. */
  readonly chat?: string
}

/** Returns exactly `rows` lines, none wider than `columns`. */
export function frameOf(
  { url, shown, position, count, chat = 'turnstate chat' }: FrameContent,
  { columns, rows }: FrameSize,
): readonly Line[] {
  const heading: Line = [
    { text: 'turnstate inspector  ', style: 'bold' },
    { text: url, style: 'dim' },
  ]
  const keys: Line = [{ text: count > 1 ? 'n next  p previous  q quit' : 'q quit', style: 'dim' }]
  const body = shown
    ? [
        [],
        ...about(shown, position, count),
        [],
        ...sideBySide(withActive(chartLines(shown), rows - 5), historyLines(shown, rows - 5), columns),
      ]
    : [
        [],
        [{ text: 'No conversation yet. Show one with the address above:' }],
        [{ text: `  TURNSTATE_INSPECTOR=<address> ${chat} --inspect` }],
      ]
  const room = Math.max(0, rows - 2)
  const filled = [...body.slice(0, room), ...Array.from({ length: Math.max(0, room - body.length) }, (): Line => [])]
  return [heading, ...filled, keys].slice(0, rows).map((line) => cut(line, columns))
}

function about(kept: HubConversation, position: number, count: number): readonly Line[] {
  const { id, model, state, status, turns, refusals, lost } = summaryOf(kept, false)
  const where = count > 1 ? `${position + 1} of ${count}  ` : ''
  return [
    [
      { text: where, style: 'dim' },
      { text: state, style: 'bold' },
      { text: `  ${status}  ${model}  ${turns} turns  ` },
      { text: `${refusals} refused`, ...(refusals > 0 ? { style: 'red' as const } : {}) },
      ...(lost > 0 ? [{ text: `  ${lost} records lost`, style: 'red' as const }] : []),
      { text: `  ${id}`, style: 'dim' },
    ],
  ]
}

/** The top-level states of the machine, with those inside the active ones. */
function chartLines({ chart, log }: HubConversation): readonly Line[] {
  const active = activeStates(log.state)
  const lines: Line[] = []
  const tree = treeOf(chart)
  const visit = (parent: string, depth: number) => {
    for (const state of tree.childrenOf(parent)) {
      const isActive = active.has(state.id)
      const mark = isActive ? '●' : state.type === 'final' ? '◉' : '○'
      const text = `${'  '.repeat(depth)}${mark} ${state.key}`
      lines.push([isActive ? { text, style: 'green' } : { text, style: 'dim' }, ...(isActive ? [{ text: ' ◀' }] : [])])
      if (isActive) visit(state.id, depth + 1)
    }
  }
  visit(tree.root?.id ?? '', 0)
  return lines
}

/** The lines that fit, scrolled so that the active state is visible. */
function withActive(lines: readonly Line[], room: number): readonly Line[] {
  const active = lines.findLastIndex(({ length }) => length > 1)
  return lines.slice(Math.max(0, active + 1 - room))
}

function historyLines({ log }: HubConversation, room: number): readonly Line[] {
  const half = Math.max(1, Math.floor((room - 3) / 2))
  const steps = log.others.filter(
    (record): record is TransitionRecord =>
      record.type === 'transition' && record.actor === 'conversation' && record.from !== record.to,
  )
  const rows = rowsOf(log.view, log.facts, half)
  return [
    [{ text: 'Last transitions', style: 'bold' }],
    ...steps.slice(-half).map(stepLine),
    [],
    [{ text: log.view.head === null ? 'Turns (head at the root)' : 'Turns', style: 'bold' }],
    ...rows.map(rowLine),
  ]
}

const stepLine = ({ from, to, event, guard }: TransitionRecord): Line => [
  { text: `${from} → ` },
  { text: to, style: 'cyan' },
  { text: `  ${event}${guard === null ? '' : ` [${guard}]`}`, style: 'dim' },
]

function rowLine(row: Row): Line {
  if (row.kind === 'move') {
    const to = row.to === null ? 'the root' : `turn ${row.to}`
    const left = row.left.length > 0 ? `, left: ${row.left.join(', ')}` : ''
    return [
      {
        text: `↶ ${row.cause === 'switch' ? 'switch' : 'reset'} ${row.policy ?? ''}: head at ${to}${left}`,
        style: 'cyan',
      },
    ]
  }
  const { turn, number, isHead, isWithdrawn, isRefused, isSetAside, words } = row
  const status = isRefused ? `✗ quarantined (${turn.refusal?.category ?? 'no category'})` : turn.status
  return [
    { text: `${'  '.repeat(row.lane)}${number} ` },
    { text: status, ...(isRefused ? { style: 'red' as const } : {}) },
    ...(isWithdrawn ? [{ text: ' withdrawn', style: 'dim' as const }] : []),
    ...(isSetAside ? [{ text: ' set aside', style: 'red' as const }] : []),
    ...(isHead ? [{ text: ' ◀ head', style: 'green' as const }] : []),
    { text: `  ${words}`, style: 'dim' },
  ]
}

/** Two columns: the left one as wide as the chart needs, up to half of the terminal. */
function sideBySide(left: readonly Line[], right: readonly Line[], columns: number): readonly Line[] {
  const width = Math.min(Math.max(...left.map(lengthOf), 0) + 3, Math.floor(columns / 2))
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const line = cut(left[index] ?? [], width - 1)
    return [...line, { text: ' '.repeat(width - lengthOf(line)) }, ...(right[index] ?? [])]
  })
}

const lengthOf = (line: Line): number => line.reduce((sum, { text }) => sum + widthOf(inOneRow(text)), 0)

const wide =
  /[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F000}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u

/** The most columns that a text can take. */
const widthOf = (text: string): number =>
  Array.from(text).reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0)

function cut(line: Line, columns: number): Line {
  let left = columns
  return line.flatMap((piece) => {
    const whole = inOneRow(piece.text)
    const width = widthOf(whole)
    if (left <= 0 || width === 0) return []
    const text = width <= left ? whole : `${beginning(whole, left - 1)}…`
    left -= width
    return [{ ...piece, text }]
  })
}

function beginning(text: string, columns: number): string {
  let [begun, left] = ['', columns]
  for (const character of text) {
    left -= widthOf(character)
    if (left < 0) break
    begun += character
  }
  return begun
}
