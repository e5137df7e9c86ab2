// A single question: the answer goes to standard output, everything else to standard error.
import type { TurnOutcome } from '../conversation/turns/events.ts'
import { systemClock } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import { denyAll } from './decide-calls.ts'
import { list } from './explain.ts'
import type { Host } from './host.ts'
import { type Chat, sendAndShow } from './send.ts'

const exitCodes: Readonly<Record<TurnOutcome['status'], number>> = { completed: 0, failed: 1, stopped: 1, refused: 3 }

/** Milliseconds after which a person is told what the command waits for. */
const patience = 3_000

/** Asks, and waits for the outcome. Returns the exit code. */
export async function askOnce(text: string, chat: Chat): Promise<number> {
  const { conversation, output } = chat
  const onCalls = async () => {
    const names = list(conversation.pendingCalls.map(({ name }) => name))
    output.say(`Denied ${names}: for a single question nobody is asked. A chat asks you.`)
    await denyAll(conversation, 'The question was asked by a program; there is nobody to ask.')
  }
  return exitCodes[await sendAndShow({ ...chat, onCalls }, text)]
}

/**
 * What is piped into the command; empty at a terminal.
 *
 * @throws TurnstateError `message-invalid` for input that is not text
 */
export async function readPiped({
  input,
  errors,
  leaving,
}: Pick<Host, 'input' | 'errors' | 'leaving'>): Promise<string> {
  if (input.isTTY === true) return ''
  const parts: Buffer[] = []
  const hint = systemClock.setTimeout(() => {
    errors.write('turnstate: waiting for the end of standard input. To send the question alone, add </dev/null.\n')
  }, patience)
  const stop = () => input.pause().emit('end')
  leaving.addEventListener('abort', stop, { once: true })
  try {
    await new Promise<void>((resolve) => {
      input
        .on('data', (part: Buffer | string) => void parts.push(Buffer.from(part)))
        // A standard input that was closed can't be read; there is nothing in it.
        .once('error', () => resolve())
        .once('end', () => resolve())
    })
  } finally {
    systemClock.clearTimeout(hint)
    leaving.removeEventListener('abort', stop)
  }
  const bytes = Buffer.concat(parts)
  if (bytes.includes(0))
    throw new TurnstateError('message-invalid', 'Standard input is not text. Send pictures and PDFs with --file.')
  return bytes.toString('utf8').trim()
}
