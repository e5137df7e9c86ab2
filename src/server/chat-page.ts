// The chat page beside the conversations: its files, and what it asks to know of the server.
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { TurnstateError } from '../errors.ts'
import { fileLimit, imageLimit } from '../files/limits.ts'
import type { ConversationOptions } from '../index.ts'
import { type PageFile, readPage } from '../package/built-page.ts'
import { version } from '../package/version.ts'
import { entryOf, fallbackEntries } from '../refusals/policy.ts'
import type { ServerLimits } from './limits.ts'

/** The option `ui` of a server: the chat page at its address. */
export interface ChatPageOptions {
  /** Models that people can choose, besides those in the options of the conversations. Default: none. */
  readonly models?: readonly string[]
  /** Whether the page says that no model is asked. Default false. */
  readonly simulated?: boolean
  /**
   * The address of an inspector that shows these conversations, with its token. Only pages on this machine are told. It shows those of all
   * principals. Default: none.
   */
  readonly inspector?: string
  /** Messages that an empty page offers besides its own: what the button says, and what it writes. Default: none. */
  readonly beginnings?: readonly Beginning[]
  /** A folder with a page of your own, `chat.html`, and the files that it names. Default: the page of the package. */
  readonly folder?: string
}

/** A message that an empty page offers. */
interface Beginning {
  readonly label: string
  readonly text: string
}

/** One file, ready to be sent. */
export interface ServedFile extends PageFile {
  /** A strong validator. */
  readonly etag: string
  readonly cacheControl: string
}

export interface ChatPage {
  /** By their paths; the page itself is at `/`. */
  readonly files: ReadonlyMap<string, ServedFile>
  /** What the page asks to know. */
  readonly facts: ChatFacts
}

/** What `chat.json` says about the server. */
interface ChatFacts {
  /** Of the package. */
  readonly version: string
  /** No model is asked. */
  readonly simulated: boolean
  /** The models to choose from, that of new conversations first where it is known. */
  readonly models: readonly string[]
  /** Bytes: of a message as it is sent, of a file in it, and of an image. */
  readonly limits: { readonly message: number; readonly file: number; readonly image: number }
  /** The address of the inspector, with its token; `null` if none is to be seen from the page. */
  readonly inspector: string | null
  readonly beginnings: readonly Beginning[]
}

/**
 * What the page may do: run its own scripts, ask its own server, and show images that it has. Nothing of what a model writes can load or
 * run anything.
 */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Bytes of a request besides a file in it: generous for its name, its type and the words around it. */
const besidesFile = 4_096

interface Around {
  readonly limits: ServerLimits
  /** The options of the conversations; `null` where they are not the same for all. */
  readonly conversations: Partial<Pick<ConversationOptions, 'model' | 'onRefusal' | 'retry' | 'serverFallbacks'>> | null
  readonly mayChoose: boolean
}

/** Reads the option `ui`; `null` without it. @throws TurnstateError `invalid-option`, `not-available` */
export function readChatPage(given: boolean | ChatPageOptions | undefined, around: Around): ChatPage | null {
  if (given === undefined || given === false) return null
  const { models = [], simulated = false, inspector, beginnings = [], folder } = checked(given)
  const files = readPage('chat.html', folder)
  return {
    files: new Map([...files].map(([name, file]) => [name === 'chat.html' ? '/' : `/${name}`, served(name, file)])),
    facts: {
      version: version(),
      simulated,
      models: modelsIn(around, models),
      limits: limitsFor(around.limits),
      inspector: inspector ?? null,
      beginnings,
    },
  }
}

const filled = v.pipe(v.string(), v.trim(), v.nonEmpty())
const optionsSchema = v.strictObject({
  models: v.optional(v.array(filled)),
  simulated: v.optional(v.boolean()),
  inspector: v.optional(v.pipe(v.string(), v.url(), v.regex(/^https?:/))),
  beginnings: v.optional(v.array(v.strictObject({ label: filled, text: filled }))),
  folder: v.optional(filled),
})

function checked(given: unknown): v.InferOutput<typeof optionsSchema> {
  const { success, output } = v.safeParse(optionsSchema, given === true ? {} : given)
  if (success) return output
  throw new TurnstateError(
    'invalid-option',
    'The option "ui" is true, or { models, simulated, inspector, beginnings, folder }: names of models, a boolean, the address of an inspector, a list of { label, text }, and the path of a folder with a chat.html.',
  )
}

/** A name that the build made of the file's contents: another file has another name. */
const isHashed = (name: string): boolean => /-[\w-]{8}\.\w+$/.test(name) && !name.endsWith('.html')

function served(name: string, file: PageFile): ServedFile {
  const etag = `"${createHash('sha256').update(file.body).digest('base64url').slice(0, 27)}"`
  return { ...file, etag, cacheControl: isHashed(name) ? 'public, max-age=31536000, immutable' : 'no-cache' }
}

function modelsIn({ conversations, mayChoose }: Around, further: readonly string[]): readonly string[] {
  const { model, onRefusal, retry, serverFallbacks } = conversations ?? {}
  const own = model === undefined ? [] : [model.trim()]
  if (!mayChoose) return own
  const others = [
    ...fallbackEntries(onRefusal),
    ...(retry?.models ?? []),
    ...(Array.isArray(serverFallbacks) ? serverFallbacks.map((entry: { readonly model: string }) => entry.model) : []),
  ].map((entry) => entryOf(entry).model)
  return [...new Set([...own, ...others, ...further])]
}

/** A file takes four bytes for three of its own. */
const limitsFor = ({ body }: ServerLimits): ChatFacts['limits'] => {
  const file = Math.max(Math.min(fileLimit, Math.floor(((body - besidesFile) / 4) * 3)), 0)
  return { message: body, file, image: Math.min(imageLimit, file) }
}
