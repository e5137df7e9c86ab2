// The files of the built page. They are read once; nothing else is served.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TurnstateError } from '../../errors.ts'

export interface PageFile {
  readonly type: string
  readonly body: Buffer
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Where the built page is: next to this file's own build, or in dist of the sources. */
const places = ['../../../page/', '../../../dist/page/'].map((place) => fileURLToPath(new URL(place, import.meta.url)))

/** @throws TurnstateError `not-available` if the page was not built */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  for (const place of places) {
    const names = filesIn(place)
    if (names.includes('index.html'))
      return new Map(
        names.map((name) => [
          name,
          { type: types[extname(name)] ?? 'application/octet-stream', body: readFileSync(join(place, name)) },
        ]),
      )
  }
  throw new TurnstateError(
    'not-available',
    'The page of the inspector is not built. Run `npm run build:page` in the checkout of turnstate.',
  )
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
