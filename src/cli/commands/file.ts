// The command that attaches files to the next message.
import { stat } from 'node:fs/promises'
import { TurnstateError } from '../../errors.ts'
import { readInput } from '../../input/input.ts'
import type { Block } from '../../journal/index.ts'
import { inOneRow } from '../../terminal-text.ts'
import { list } from '../explain.ts'
import type { Attachment, Chat } from '../send.ts'
import { pathFrom } from '../typed-paths.ts'
import { type Command, type Result, wrongUse } from './command.ts'

export const file: Command = {
  usage: '/file PATH',
  help: 'send a picture, PDF or text with the next message; /file lists them, /file none removes them',
  isReport: true,
  async run(typed, chat): Promise<Result> {
    const { attachments, output } = chat
    if (typed === '') return wrongUse(chat, whatIsAttached(chat))
    if (typed === 'none') {
      attachments.clear()
      return wrongUse(chat, 'No files are attached now.')
    }
    const name = inOneRow(typed)
    const path = pathFrom(process.cwd(), typed)
    const obstacle = await obstacleAt(path, name)
    if (obstacle !== null) return wrongUse(chat, `${obstacle} ${whatIsAttached(chat)}`)
    try {
      attachments.add(await read(path, name))
    } catch (error) {
      if (!TurnstateError.is(error)) throw error
      output.problem(error)
    }
    return wrongUse(chat, whatIsAttached(chat))
  },
}

/** Why there is no file to read; `null` if there is one. */
async function obstacleAt(path: string, name: string): Promise<string | null> {
  try {
    return (await stat(path)).isDirectory() ? `${name} is a folder: give one of its files. Tab lists them.` : null
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    // Reading it says what else is wrong.
    return isMissing ? `File not found: ${name}. Paths begin at ${inOneRow(process.cwd())}; Tab completes them.` : null
  }
}

/** Reads it now: what is wrong with it is said before the message is typed, and later changes of the file do not matter. */
async function read(path: string, name: string): Promise<Attachment> {
  const { content } = readInput({ files: [{ path }] })
  const blocks = typeof content === 'function' ? await content({}) : content
  const [block] = typeof blocks === 'string' ? [] : blocks
  if (block === undefined) throw new TurnstateError('file-unreadable', `The file "${name}" has no content.`)
  return { label: `${name} (${kindOf(block)}, ${sizeOf((await stat(path)).size)})`, file: block }
}

function kindOf({ type, source }: Block): string {
  if (type === 'image') return 'picture'
  return JSON.stringify(source ?? {}).startsWith('{"type":"text"') ? 'text' : 'PDF'
}

const sizeOf = (bytes: number): string =>
  bytes < 1_000
    ? `${bytes} bytes`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1_000)} kB`
      : `${(bytes / 1_000_000).toFixed(1)} MB`

const whatIsAttached = ({ attachments: { labels } }: Chat): string =>
  labels.length === 0
    ? 'Nothing is attached. Attach a picture, PDF or text with /file PATH.'
    : `Attached to the next message: ${list(labels)}. /file none removes ${labels.length === 1 ? 'it' : 'them'}.`
