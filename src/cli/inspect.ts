import { once } from 'node:events'
import { systemClock, unref } from '../clock.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import { forTerminal } from '../terminal-text.ts'
import type { Hub } from '../inspect/hub/hub.ts'
import { type RunningInspector, startWithHub } from '../inspect/web/start-inspector.ts'
import { type Host, hasKeys } from './host.ts'
import { addressVariable, tokensFrom } from './inspector-tokens.ts'
import { typedAs } from './invocation.ts'
import { Screen } from './screen.ts'
import type { Inspected } from './stores/inspected.ts'
import type { StoreAddress } from './stores/store-address.ts'

export interface InspectFlags {
  readonly port: number
  readonly open?: boolean
  readonly allowControl?: boolean
  readonly tty?: boolean
  readonly tokenFile?: string
  readonly token?: string
  readonly includeText?: boolean
}

/** What the inspector shows besides the conversations of processes that connect. */
export interface InspectedPlace {
  /** A file that an inspector exported. */
  readonly file?: string
  readonly store?: StoreAddress
  /** A conversation of the store. Default: the latest ones. */
  readonly id?: string
}

/** Serves the inspector until a signal ends it. Returns the exit code. */
export async function inspect(what: InspectedPlace, flags: InspectFlags, host: Host): Promise<number> {
  const { file, store, id } = what
  const { port, open = false, allowControl = false, tty = false, token, tokenFile } = flags
  let started
  try {
    const inspected = store && (await readStore(store, id, flags, host))
    started = await startWithHub({
      port,
      open,
      allowControl,
      ...(file === undefined ? {} : { file }),
      ...tokensFrom(tokenFile, host),
      ...(token === undefined ? {} : { token }),
    })
    if (inspected) await addStored(started, inspected)
  } catch (error) {
    const code = TurnstateError.is(error) ? ` (${error.code})` : ''
    host.errors.write(`turnstate: ${forTerminal(messageOf(error))}${code}\n`)
    return 1
  }
  const { inspector, hub } = started
  const endReports = tty ? () => {} : reportTo(host, hub)
  try {
    if (tty) await showInTerminal(inspector, hub, host)
    else {
      host.output.write(`${addressesOf(inspector, host)}Press Ctrl-C to stop.\n`)
      await left(host)
    }
    return 0
  } finally {
    endReports()
    await inspector.close()
  }
}

async function readStore(
  store: StoreAddress,
  id: string | undefined,
  { includeText = false }: InspectFlags,
  host: Host,
): Promise<Inspected> {
  const { inspectedFrom } = await import('./stores/inspected.ts')
  return inspectedFrom(store, id, includeText, host)
}

/** Shows the conversations of a store. They can only be looked at. */
async function addStored(
  { hub, inspector }: Awaited<ReturnType<typeof startWithHub>>,
  { name, conversations }: Inspected,
): Promise<void> {
  try {
    await hub.addFile(name, conversations)
  } catch (error) {
    await inspector.close()
    throw error
  }
}

/** The addresses, and what each allows. */
const addressesOf = ({ url, controlUrl }: RunningInspector, host: Host): string =>
  [
    `turnstate inspector on ${url}`,
    `Anyone with this address can look, and connect chats to it: ${addressVariable}=${url} ${typedAs(host, 'chat')} --inspect`,
    ...(controlUrl === null
      ? []
      : [
          `turnstate inspector with control on ${controlUrl}`,
          'Anyone with this address can also send events to conversations whose process allows it (chat --allow-control).',
        ]),
    '',
  ].join('\n')

/** Reports exceeded limits, at most once a second. Returns a function that stops it. */
function reportTo({ errors }: Host, hub: Hub): () => void {
  let said = 0
  let timer: unknown = null
  const say = () => {
    timer = null
    const { count, last } = hub.limitViolations ?? { count: 0, last: '' }
    if (count === said) return
    const others = count - said - 1
    said = count
    errors.write(`turnstate: ${forTerminal(last)}${others > 0 ? ` And ${others} more.` : ''}\n`)
    timer = systemClock.setTimeout(say, 1_000)
    unref(timer)
  }
  const unsubscribe = hub.subscribe(() => {
    if (timer === null) say()
  })
  return () => {
    unsubscribe()
    if (timer !== null) systemClock.clearTimeout(timer)
  }
}

const left = async ({ leaving }: Host): Promise<void> => {
  if (!leaving.aborted) await once(leaving, 'abort')
}

async function showInTerminal(inspector: RunningInspector, hub: Hub, host: Host): Promise<void> {
  const { TerminalInspector } = await import('../inspect/terminal/terminal-inspector.ts')
  const { input, output, env } = host
  const screen = new Screen(host)
  const canMove = output.isTTY === true && env['TERM'] !== 'dumb'
  if (!canMove) output.write(addressesOf(inspector, host))
  const terminal = new TerminalInspector(hub, inspector.controlUrl ?? inspector.url, {
    canMove,
    chat: typedAs(host, 'chat'),
    write: (text) => void output.write(text),
    size: () => ({ columns: output.columns ?? 80, rows: output.rows ?? 24 }),
    paint: (style, text) => screen.paint(style, text),
  })
  const redraw = () => terminal.draw()
  output.on('resize', redraw)
  try {
    await Promise.race([left(host), ...(hasKeys(input) ? [untilQuit(input, terminal)] : [])])
  } finally {
    if (hasKeys(input)) {
      input.setRawMode(false)
      input.pause()
    }
    output.off('resize', redraw)
    terminal.close()
  }
}

/** Keys: `n` and `p` show the next and the previous conversation; `q` and Ctrl-C quit. */
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
