import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import * as v from 'valibot'
import { messageOf, TurnstateError } from '../../errors.ts'
import { type FiledConversation, readFile } from '../file/inspection-file.ts'
import { Hub } from '../hub/hub.ts'
import { Sender } from '../link/sender.ts'
import type { Inspector } from '../../observe/inspector.ts'
import { thisProcess } from '../link/this-process.ts'
import { makeToken } from './access.ts'
import { openPage } from './open-page.ts'
import { serve } from './server.ts'

/** The options of `startInspector()`. */
export interface InspectorOptions {
  /** Port on 127.0.0.1. Default 0: a free one. */
  readonly port?: number
  /** Open the page in the default browser. Default false. */
  readonly open?: boolean
  /** Show texts of people and models. Default false: texts are redacted before they leave the conversation. */
  readonly includeText?: boolean
  /** Let pages that were opened at `controlUrl` send events to conversations. Default false: then there is no `controlUrl`. */
  readonly allowControl?: boolean
  /** Path of a file exported from an inspector, to show as well. Default: none. */
  readonly file?: string
  /**
   * The token of `url`, so that the address stays the same after a restart: at least 16 letters, digits, "-" or "_". Default: a
   * new one.
   */
  readonly token?: string
  /** The token of `controlUrl`; must differ from `token`. Default: a new one. */
  readonly controlToken?: string
  /** Name of this process in the inspector's list. Default: the name of its script. */
  readonly name?: string
}

/** A running inspector: shows conversations of this process, and of other processes that connect to it. */
export interface RunningInspector extends Inspector {
  /** The address of the page, with its token. Anyone who has it can look, and connect processes. */
  readonly url: string
  /** The address of the page that can also send events to conversations; `null` without `allowControl`. */
  readonly controlUrl: string | null
  /** Stops the server and detaches all conversations. */
  close(): Promise<void>
}

const token = v.pipe(v.string(), v.regex(/^[\w-]{16,}$/))

const optionsSchema = v.strictObject({
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  open: v.optional(v.boolean()),
  includeText: v.optional(v.boolean()),
  allowControl: v.optional(v.boolean()),
  file: v.optional(v.string()),
  token: v.optional(token),
  controlToken: v.optional(token),
  name: v.optional(v.pipe(v.string(), v.minLength(1))),
})

/**
 * Starts an inspector: serves a page on 127.0.0.1.
 *
 * @throws TurnstateError `invalid-option`, `port-unavailable`, `file-unreadable`, `inspection-file-invalid`,
 * `inspection-file-version-unsupported`, `not-available`
 */
export const startInspector = async (options: InspectorOptions = {}): Promise<RunningInspector> =>
  (await startWithHub(options)).inspector

/** Like `startInspector()`; also returns the hub, for other displays. */
export async function startWithHub(
  options: InspectorOptions = {},
): Promise<{ readonly inspector: RunningInspector; readonly hub: Hub }> {
  const { success, issues } = v.safeParse(optionsSchema, options)
  if (!success)
    throw new TurnstateError(
      'invalid-option',
      `startInspector() takes { port, open, includeText, allowControl, file, token, controlToken, name }: ${v.getDotPath(issues[0]) ?? 'the argument'} is not valid. A port is a whole number from 0 to 65535; a token has at least 16 letters, digits, "-" or "_".`,
    )
  const { port = 0, includeText = false, allowControl = false, file, name } = options
  const look = options.token ?? makeToken()
  const control = allowControl ? (options.controlToken ?? makeToken()) : null
  if (control === look)
    throw new TurnstateError('invalid-option', 'token and controlToken are the same. Give two different ones.')
  const hub = new Hub()
  if (file !== undefined) await hub.addFile(basename(file), await read(file))
  const server = await serve(hub, port, { look, control })
  const connection = hub.addProcess({
    origin: thisProcess(name),
    ask: (message) => {
      sender.control(message)
      return true
    },
  })
  const sender = new Sender(
    { isReady: () => true, send: (message) => connection.receive(message) },
    { includeText, allowControl },
  )
  const { url, controlUrl } = server
  const removeFile = options.open ? await openPage(controlUrl ?? url) : () => {}
  const inspector: RunningInspector = {
    url,
    controlUrl,
    attach: (conversation) => sender.attach(conversation),
    async close() {
      removeFile()
      sender.close()
      hub.close()
      await server.close()
    },
  }
  return { inspector, hub }
}

async function read(path: string): Promise<readonly FiledConversation[]> {
  try {
    return await readFile(createReadStream(path))
  } catch (cause) {
    if (TurnstateError.is(cause)) throw cause
    throw new TurnstateError('file-unreadable', `${path} can't be read: ${messageOf(cause)}`, { cause })
  }
}
