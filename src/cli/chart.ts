import { writeFileSync } from 'node:fs'
import type { AnyStateMachine } from 'xstate'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../machines/index.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import { forTerminal } from '../terminal-text.ts'
import { chartOf } from '../inspect/chart/definition.ts'
import { drawSvg } from '../inspect/chart/draw.ts'
import { toMermaid } from '../inspect/chart/mermaid.ts'
import type { ChartFlags } from './picture-flags.ts'
import type { Host } from './host.ts'

/** XState types a machine by its actors, which do not matter here. */
const all: Readonly<Record<ChartFlags['machine'], AnyStateMachine>> = {
  conversation: conversationMachine as AnyStateMachine,
  toolCalls: toolCallsMachine as AnyStateMachine,
  toolCall: toolCallMachine as AnyStateMachine,
}

/** Runs `turnstate chart`: draws a machine. Returns the exit code. */
export async function chart(flags: ChartFlags, host: Host): Promise<number> {
  const { format, output } = flags
  if (format === 'png' && output === undefined && host.output.isTTY === true) {
    host.errors.write('turnstate: a PNG is not text: name a file with --output, or pipe it.\n')
    return 2
  }
  try {
    const drawn = await draw(flags)
    if (output === undefined) host.output.write(drawn)
    else writeFileSync(output, drawn)
    return 0
  } catch (error) {
    const code = TurnstateError.is(error) ? ` (${error.code})` : ''
    host.errors.write(`turnstate: ${forTerminal(messageOf(error))}${code}\n`)
    return 1
  }
}

async function draw({
  format,
  machine,
  unfold,
  states,
  compact = false,
  theme,
}: ChartFlags): Promise<string | Uint8Array> {
  const drawn = all[machine]
  if (format === 'json') return `${JSON.stringify(chartOf(drawn), null, 2)}\n`
  if (format === 'mermaid') return `${toMermaid(chartOf(drawn))}\n`
  const [only] = unfold
  const open = unfold.length === 1 && (only === 'all' || only === 'none') ? only : unfold
  const svg = await drawSvg(drawn, { open, ...(states ? { states } : {}), compact, theme })
  if (format === 'svg') return svg
  const { toPng } = await import('../inspect/chart/png.ts')
  return toPng(svg)
}
