import { readFileSync } from 'node:fs'
import * as v from 'valibot'

const manifest = v.object({ name: v.literal('turnstate'), version: v.string() })

/** The version in the package's own `package.json`: how far up that is depends on the build. `unknown` if it is missing. */
export function version(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const found = readManifest(new URL('package.json', folder))
    if (found !== null) return found
    if (folder.pathname === new URL('..', folder).pathname) return 'unknown'
  }
}

function readManifest(url: URL): string | null {
  try {
    const read = v.safeParse(manifest, JSON.parse(readFileSync(url, 'utf8')))
    return read.success ? read.output.version : null
  } catch {
    return null
  }
}
