// The pages that the package has beside its code, as they were built: all in one folder.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TurnstateError } from '../errors.ts'

/** A page, by the file that a browser opens. */
export type PageName = 'index.html' | 'chat.html'

export interface PageFile {
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
}

const called: Readonly<Record<PageName, string>> = {
  'index.html': 'The page of the inspector',
  'chat.html': 'The chat page',
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Where the pages are: beside the build of this file, in `dist` of the sources, or in the same places seen from one folder further down. */
const places = ['../../page/', '../../dist/page/', '../../../page/', '../../../dist/page/'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
)

/**
 * The files of a page by their names: itself, those that it names, and those that these name.
 *
 * @param folder Where it is. Default: where it was built.
 * @throws TurnstateError `not-available` if it is not there
 */
export function readPage(page: PageName, folder?: string): ReadonlyMap<string, PageFile> {
  for (const place of folder === undefined ? places : [folder]) {
    const names = filesIn(place)
    if (names.includes(page)) return filesOf(page, place, names)
  }
  throw new TurnstateError(
    'not-available',
    folder === undefined
      ? `${called[page]} is not built. Run \`npm run build:page\` in the checkout of turnstate.`
      : `${called[page]} is not in ${folder}: there is no ${page}.`,
  )
}

function filesOf(page: PageName, place: string, names: readonly string[]): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  const named = new Set<string>([page])
  // The set grows while it is walked.
  for (const name of named) {
    const body = readFileSync(join(place, name))
    const type = types[extname(name)] ?? 'application/octet-stream'
    files.set(name, { type, body })
    if (!type.includes('charset')) continue
    const text = body.toString('utf8')
    for (const other of names) if (extname(other) !== '.html' && text.includes(other)) named.add(other)
  }
  return files
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))
  } catch {
    return []
  }
}
