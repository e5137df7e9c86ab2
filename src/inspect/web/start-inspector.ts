import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { messageOf, TurnstateError } from '../../errors.ts'
import { readFile } from '../file/inspection-file.ts'
import { Hub } from '../hub/hub.ts'
import { Sender } from '../link/sender.ts'
import type { Inspector } from '../observe/inspector.ts'
import { thisProcess } from '../link/this-process.ts'
import { serve } from './server.ts'

export interface InspectorOptions {
  /** The port on 127.0.0.1. Default 0: any that is free. */
  readonly port?: number
  /** Opens the page in the default browser. Default false. */
  readonly open?: boolean
  /** Shows what people and models said. Default false: texts are redacted before they leave the conversation. */
  readonly includeText?: boolean
  /** Lets pages send events to conversations. Default false. */
  readonly allowControl?: boolean
  /** A file that an inspector exported, to be shown too. */
  readonly file?: string
}

/** An inspector of this process: watches its conversations, and those of other processes that connect to it. */
export interface RunningInspector extends Inspector {
  /** The address of the page, with its token. Whoever has it can look. */
  readonly url: string
  /** What it keeps: for other ways to show it. */
  readonly hub: Hub
  close(): Promise<void>
}

/**
 * Starts an inspector: a page on 127.0.0.1.
 *
 * @throws TurnstateError `port-unavailable`, `file-unreadable`, `inspection-file-invalid`,
 * `inspection-file-version-unsupported`, `not-available`
 */
export async function startInspector(options: InspectorOptions = {}): Promise<RunningInspector> {
  const { port = 0, includeText = false, allowControl = false, file } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TurnstateError('invalid-option', 'A port is a whole number from 0 to 65535; 0 takes a free one.')
  const hub = new Hub({ allowControl })
  if (file !== undefined) hub.addFile(basename(file), readFile(read(file)))
  const server = await serve(hub, port)
  const connection = hub.addProcess(thisProcess(), (message) => sender.control(message))
  const sender = new Sender(
    { isReady: () => true, send: (message) => connection.receive(message) },
    { includeText, allowControl },
  )
  if (options.open) await openInBrowser(server.url)
  return {
    url: server.url,
    hub,
    attach: (conversation) => sender.attach(conversation),
    async close() {
      sender.close()
      hub.close()
      await server.close()
    },
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TurnstateError('file-unreadable', `${path} can't be read: ${messageOf(cause)}`, { cause })
  }
}

/** Where there is no browser to open, the address is printed all the same. */
async function openInBrowser(url: string): Promise<void> {
  const { default: open } = await import('open')
  const child = await open(url)
  child.on('error', () => {})
}
