// What the page asks of its server beside a conversation: how it is set up, and the list of conversations.
import type { TurnStanding } from '../index.ts'
import { isRecord } from '../objects.ts'
import { accessHeaders, notLetIn } from './access/access.ts'

/** What the server says of itself in `chat.json`. */
export interface Setup {
  readonly version: string
  /** No model is asked: replies come from the built-in simulator. */
  readonly simulated: boolean
  readonly models: readonly string[]
  /** In bytes. */
  readonly limits: { readonly message: number; readonly file: number; readonly image: number }
  /** The address of the inspector's page, if one runs beside. */
  readonly inspector: string | null
  /** Messages that an empty page offers besides its own. */
  readonly beginnings: readonly Beginning[]
}

/** A message that an empty page offers: what the button says, and what it writes. */
export interface Beginning {
  readonly label: string
  readonly text: string
}

/** One entry of the list of conversations. */
export interface Listed {
  readonly id: string
  readonly title: string | null
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/** The address of the server, without `/v1`: the page's own folder. */
export const serverUrl: string = new URL('.', location.href).pathname.replace(/\/$/, '') || '/'

const usual: Setup = {
  version: '',
  simulated: false,
  models: [],
  limits: { message: 32 * 1024 * 1024, file: 24_000_000, image: 10 * 1024 * 1024 },
  inspector: null,
  beginnings: [],
}

/** How the server is set up; `null` if it can't be reached, or lets nobody in without a token. A server that does not say gets what is usual. */
export async function readSetup(): Promise<Setup | null> {
  const response = await fetch('chat.json', { headers: accessHeaders() }).catch(() => null)
  // A proxy answers in the place of a server that is away.
  if (response === null || [429, 502, 503, 504].includes(response.status)) return null
  if (response.status === 401) {
    notLetIn()
    return null
  }
  const said: unknown = response.ok ? await response.json().catch(() => null) : null
  if (!isRecord(said)) return usual
  const limits = isRecord(said['limits']) ? said['limits'] : {}
  return {
    version: textOr(said['version'], usual.version),
    simulated: said['simulated'] === true,
    models: Array.isArray(said['models']) ? said['models'].filter((name) => typeof name === 'string') : [],
    limits: {
      message: numberOr(limits['message'], usual.limits.message),
      file: numberOr(limits['file'], usual.limits.file),
      image: numberOr(limits['image'], usual.limits.image),
    },
    inspector: typeof said['inspector'] === 'string' ? said['inspector'] : null,
    beginnings: Array.isArray(said['beginnings']) ? said['beginnings'].filter(isBeginning) : [],
  }
}

/** A part of the list. */
export interface ListedPage {
  readonly entries: readonly Listed[]
  /** Where the next part begins; `null` after the last one. */
  readonly next: string | null
}

/** Conversations with these words in their titles, the one that changed last first. @throws Error in words for people */
export async function listConversations({
  words,
  limit,
  after,
}: {
  /** Empty for all. */
  readonly words: string
  readonly limit: number
  /** The `next` of the part before. */
  readonly after: string | null
}): Promise<ListedPage> {
  const query = new URLSearchParams({
    limit: String(limit),
    ...(words === '' ? {} : { title: words }),
    ...(after === null ? {} : { after }),
  })
  const said: unknown = await (await asked(`?${query}`)).json()
  const list = isRecord(said) && Array.isArray(said['conversations']) ? said['conversations'] : []
  const entries = list.flatMap((entry: unknown): readonly Listed[] =>
    isRecord(entry) && typeof entry['id'] === 'string'
      ? [
          {
            id: entry['id'],
            title: typeof entry['title'] === 'string' ? entry['title'] : null,
            changedAt: numberOr(entry['changedAt'], 0),
          },
        ]
      : [],
  )
  return { entries, next: isRecord(said) && typeof said['next'] === 'string' ? said['next'] : null }
}

/** Sets a title; an empty one goes back to the first words. @throws Error in words for people */
export async function renameConversation(id: string, title: string): Promise<void> {
  await asked(`/${encodeURIComponent(id)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: title.trim() === '' ? null : title.trim() }),
  })
}

/** @throws Error in words for people */
export async function deleteConversation(id: string): Promise<void> {
  await asked(`/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

/** A conversation as Markdown or JSON. @throws Error in words for people */
export const readTranscript = async (id: string, format: 'md' | 'json'): Promise<Blob> =>
  (await asked(`/${encodeURIComponent(id)}/transcript?format=${format}`)).blob()

/** Where turns of a conversation stand. @throws Error in words for people */
export async function readStandings(id: string, turnIds: readonly string[]): Promise<readonly TurnStanding[]> {
  const query = turnIds.map((turnId) => `turn=${encodeURIComponent(turnId)}`).join('&')
  const said: unknown = await (await asked(`/${encodeURIComponent(id)}/turns?${query}`)).json()
  const turns: readonly unknown[] = isRecord(said) && Array.isArray(said['turns']) ? said['turns'] : []
  return turns.filter(isStanding)
}

const pathOf = (path: string): string => `${serverUrl.replace(/\/$/, '')}/v1/conversations${path}`

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

async function asked(path: string, { headers = {}, ...init }: Asked = {}): Promise<Response> {
  const response = await fetch(pathOf(path), { ...init, headers: { ...headers, ...accessHeaders() } }).catch(() => {
    throw new Error('The server can’t be reached.')
  })
  if (response.ok) return response
  if (response.status === 401) notLetIn()
  const problem: unknown = await response.json().catch(() => null)
  throw new Error(
    isRecord(problem) ? textOr(problem['detail'], `The server answered ${response.status}.`) : 'The server said no.',
  )
}

const isStanding = (value: unknown): value is TurnStanding =>
  isRecord(value) && typeof value['turnId'] === 'string' && Array.isArray(value['branches'])

const isBeginning = (value: unknown): value is Beginning =>
  isRecord(value) && typeof value['label'] === 'string' && typeof value['text'] === 'string'

const textOr = (value: unknown, other: string): string => (typeof value === 'string' ? value : other)
const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other)
