import type { SimulatorOptions } from '../../src/testing/index.ts'
import { simulate } from './command.ts'
import { FakeTerminal } from './terminal.ts'

export const ctrlC = '\u0003'
export const ctrlD = '\u0004'

/** Slow enough to type during a reply. */
const paced = { deltaDelay: 5, refusal: { afterDeltas: 5 } }

/** A chat with its own simulator, waiting for a line. */
export const chatting = (...flags: readonly string[]) => chattingWith(paced, ...flags)

/** The same, with a simulator that follows a script, and then makes up replies. */
export async function chattingWith(options: SimulatorOptions, ...flags: readonly string[]) {
  const simulator = await simulate({ onExhausted: 'answer', ...options })
  const terminal = new FakeTerminal({ columns: 200 })
  const isKept = flags.includes('--store') || flags.includes('--continue') || flags.includes('--resume')
  const store = isKept ? [] : ['--no-store']
  const exitCode = terminal.run(['chat', '--base-url', simulator.url, ...store, ...flags])
  await terminal.endsWith('\n\nyou>')
  return { simulator, terminal, exitCode }
}

export const answered = (text: string, messages: string) =>
  `claude> This is the turnstate simulator, not Claude. You wrote: "${text}". The request carried ${messages}.\ntokens: N in, N out; unknown price\nstate: streaming → completed\n\nyou>`

export const idleAgain = 'state: streaming → refused → reset → idle\n\nyou>'
