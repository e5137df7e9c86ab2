// The command `turnstate conversations`: lists, names, deletes, exports and imports stored conversations.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { messageOf, TurnstateError } from '../../errors.ts'
import type { ConversationListing, Store } from '../../stores/index.ts'
import { forTerminalAsJson, inOneRow } from '../../terminal-text.ts'
import { shortened } from '../explain.ts'
import { type Host, hasKeys } from '../host.ts'
import { Prompt } from '../prompt.ts'
import { Screen } from '../screen.ts'
import { rowOf, shortId, titleOf } from './describe.ts'
import { allIn, findConversation, isBlank } from './find-conversation.ts'
import { openDefaultStore, openNamedStore, openStore } from './open-store.ts'
import type { StoreAddress } from './store-address.ts'

export interface StoreFlags {
  /** Default: the user's own. */
  readonly store?: StoreAddress
}

export interface ListFlags extends StoreFlags {
  readonly json?: boolean
  readonly limit: number
}

/** Runs something with a store, and closes it. Returns the exit code. */
export async function withStore(
  { store: address }: StoreFlags,
  host: Host,
  run: (store: Store, screen: Screen) => Promise<number>,
): Promise<number> {
  const store = await openNamedStore(address, host)
  if (!store) throw new TurnstateError('conversation-unknown', 'No chat was kept yet, so there is no conversation.')
  try {
    return await run(store, new Screen(host))
  } finally {
    await store.close()
  }
}

export async function listConversations({ json, limit, ...flags }: ListFlags, host: Host): Promise<number> {
  const store = await openNamedStore(flags.store, host)
  const screen = new Screen(host)
  try {
    let shown = 0
    let areMore = false
    if (store)
      for await (const listing of allIn(store)) {
        if (isBlank(listing)) continue
        areMore = shown === limit
        if (areMore || host.leaving.aborted) break
        shown++
        if (json) screen.verbatim(forTerminalAsJson(JSON.stringify(asLine(listing))))
        else screen.verbatim(rowOf(listing, screen.isTerminal ? host.output.columns : 200))
      }
    if (shown === 0 && !json) screen.line('There are no conversations yet.')
    if (areMore && !json) screen.line(`There are more: --limit shows more than ${limit}.`, 'dim')
    return 0
  } finally {
    await store?.close()
  }
}

const asLine = ({ id, title, ...listing }: ConversationListing) => ({ type: 'conversation', id, title, ...listing })

export const renameConversation = (given: string, title: string, flags: StoreFlags, host: Host): Promise<number> =>
  withStore(flags, host, async (store, screen) => {
    const { id } = await findConversation(store, given)
    await store.setTitle(id, inOneRow(title).trim())
    screen.line(`${shortId(id)} is "${shortened(inOneRow(title).trim(), 60)}" now.`)
    return 0
  })

export interface DeleteFlags extends StoreFlags {
  readonly yes?: boolean
}

export const deleteConversation = (given: string, { yes, ...flags }: DeleteFlags, host: Host): Promise<number> =>
  withStore(flags, host, async (store, screen) => {
    const listing = await findConversation(store, given)
    if (!yes && !(await isConfirmed(listing, host, screen))) {
      screen.line('Nothing was deleted.')
      return host.leaving.aborted ? 1 : 0
    }
    await store.delete(listing.id)
    screen.line(`Deleted "${shortened(titleOf(listing), 60)}" (${shortId(listing.id)}).`)
    return 0
  })

async function isConfirmed(listing: ConversationListing, host: Host, screen: Screen): Promise<boolean> {
  if (!hasKeys(host.input) || !screen.isTerminal)
    throw new TurnstateError('not-available', 'There is nobody to confirm this: add --yes to delete it.')
  const warning = listing.isOpen ? ' It is open in a chat, which ends then.' : ''
  screen.line(`Delete "${shortened(titleOf(listing), 60)}" (${shortId(listing.id)}) for good?${warning}`)
  const prompt = new Prompt(host)
  const close = () => prompt.close()
  host.leaving.addEventListener('abort', close, { once: true })
  try {
    return await new Promise<boolean>((resolve) => {
      prompt.onInterrupt(() => resolve(false))
      prompt.onClose(() => resolve(false))
      prompt.onLine((line) => resolve(/^y(es)?$/i.test(line.trim())))
      prompt.show('y/n> ')
    })
  } finally {
    host.leaving.removeEventListener('abort', close)
    prompt.hide()
    prompt.close()
  }
}

export interface ExportFlags extends StoreFlags {
  readonly out?: string
}

export const exportConversation = (given: string, { out, ...flags }: ExportFlags, host: Host): Promise<number> =>
  withStore(flags, host, async (store, screen) => {
    const { id } = await findConversation(store, given)
    const write = await writerTo(out, host)
    try {
      for await (const line of store.export(id)) {
        if (host.leaving.aborted) return 1
        await write.text(`${line}\n`)
      }
    } finally {
      await write.end()
    }
    if (out !== undefined) screen.line(`Exported ${shortId(id)} to ${inOneRow(out)}.`)
    return 0
  })

/** Writes to a new file that only the user can read, or to standard output. @throws TurnstateError `not-available` */
export async function writerTo(
  path: string | undefined,
  { output }: Host,
): Promise<{ text(text: string): Promise<void>; end(): Promise<void> }> {
  if (path === undefined)
    return {
      text: (text) => new Promise((resolve) => void output.write(text, () => resolve())),
      end: () => Promise.resolve(),
    }
  try {
    const file = await open(path, 'wx', 0o600)
    return { text: (text) => file.writeFile(text), end: () => file.close() }
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    throw new TurnstateError(
      'not-available',
      isThere ? `There is a file ${path} already. Name a new one.` : `${path} can't be written: ${messageOf(cause)}`,
      { cause },
    )
  }
}

export interface ImportFlags extends StoreFlags {
  readonly id?: string
}

/** Imports a file that `export` wrote. The store is created if it is missing. */
export async function importConversation(
  path: string,
  { id, store: address }: ImportFlags,
  host: Host,
): Promise<number> {
  const store = await (address ? openStore(address, { mustExist: false }) : openDefaultStore(host))
  try {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
    const imported = await store.import(lines, id === undefined ? {} : { id })
    new Screen(host).line(`Imported ${shortId(imported)}.`)
    return 0
  } finally {
    await store.close()
  }
}
