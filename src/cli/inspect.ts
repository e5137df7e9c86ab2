import { once } from 'node:events'
import { messageOf, TurnstateError } from '../errors.ts'
import { forTerminal } from '../terminal-text.ts'
import type { Hub } from '../inspect/hub/hub.ts'
import { startWithHub } from '../inspect/web/start-inspector.ts'
import { type Host, isWatched } from './host.ts'
import { Screen } from './screen.ts'

export interface InspectFlags {
  readonly port: number
  readonly open?: boolean
  readonly allowControl?: boolean
  readonly tty?: boolean
  readonly token?: string
}

/** Serves the inspector until it is told to end, which is no failure. */
export async function inspect(file: string | undefined, flags: InspectFlags, host: Host): Promise<number> {
  const { port, open = false, allowControl = false, tty = false, token } = flags
  let started
  try {
    started = await startWithHub({
      port,
      open,
      allowControl,
      ...(file === undefined ? {} : { file }),
      ...(token === undefined ? {} : { token }),
    })
  } catch (error) {
    const code = TurnstateError.is(error) ? ` (${error.code})` : ''
    host.errors.write(`turnstate: ${forTerminal(messageOf(error))}${code}\n`)
    return 1
  }
  const { inspector, hub } = started
  try {
    if (tty) await showInTerminal(inspector.url, hub, host)
    else {
      host.output.write(`turnstate inspector on ${inspector.url}\n`)
      host.output.write(
        `Whoever has this address can look${allowControl ? ', and send events' : ''}. Show a chat in it with: turnstate chat --inspect ${inspector.url}\nCtrl-C ends it.\n`,
      )
      await left(host)
    }
    return 0
  } finally {
    await inspector.close()
  }
}

const left = async ({ leaving }: Host): Promise<void> => {
  if (!leaving.aborted) await once(leaving, 'abort')
}

async function showInTerminal(url: string, hub: Hub, host: Host): Promise<void> {
  const { TerminalInspector } = await import('../inspect/terminal/terminal-inspector.ts')
  const { input, output, env } = host
  const screen = new Screen(host)
  const canMove = output.isTTY === true && env['TERM'] !== 'dumb'
  if (!canMove) output.write(`turnstate inspector on ${url}\n`)
  const terminal = new TerminalInspector(hub, url, {
    canMove,
    write: (text) => void output.write(text),
    size: () => ({ columns: output.columns ?? 80, rows: output.rows ?? 24 }),
    paint: (style, text) => screen.paint(style, text),
  })
  const redraw = () => terminal.draw()
  output.on('resize', redraw)
  try {
    await Promise.race([left(host), ...(isWatched(input) ? [untilQuit(input, terminal)] : [])])
  } finally {
    if (isWatched(input)) {
      input.setRawMode(false)
      input.pause()
    }
    output.off('resize', redraw)
    terminal.close()
  }
}

/** Keys: `n` and `p` go from conversation to conversation, `q` and Ctrl-C end it. */
function untilQuit(input: NodeJS.ReadStream, terminal: { turn(by: 1 | -1): void }): Promise<void> {
  return new Promise((resolve) => {
    input.setRawMode(true)
    input.setEncoding('utf8')
    const onKey = (keys: string) => {
      for (const key of keys) {
        if (key === 'n') terminal.turn(1)
        else if (key === 'p') terminal.turn(-1)
        else if (key === 'q' || key === '\u0003') {
          input.off('data', onKey)
          resolve()
        }
      }
    }
    input.on('data', onKey)
  })
}
