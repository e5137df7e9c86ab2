// What apps take to a browser, minified and gzipped: `createConversation` and `claude`, without xstate and the SDK; and the client with
// all that it imports. Fails above the limits. Part of `npm run check:package`; expects a build. `--modules` lists the largest modules.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

interface Taken {
  readonly what: string
  /** Code that imports it from the build. */
  readonly code: string
  /** kB of 1000 bytes, gzipped. */
  readonly limit: number
  readonly external?: readonly string[]
}

const all: readonly Taken[] = [
  {
    what: 'createConversation and claude',
    code: "export { claude, createConversation } from './dist/src/index.js'",
    // It is lowered when the bundle gets lighter; the aim is 35.
    limit: 114.2,
    external: ['xstate', '@anthropic-ai/sdk', 'node:*'],
  },
  { what: 'turnstate/client', code: "export * from './dist/src/client/index.js'", limit: 8 },
]

const { values } = parseArgs({ options: { modules: { type: 'boolean', default: false } } })

for (const taken of all) await check(taken)

async function check({ what, code, limit, external = [] }: Taken): Promise<void> {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    external: [...external],
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0)
  const size = bytes / 1000
  say(`${what}: ${size.toFixed(1)} kB, minified and gzipped (limit: ${limit} kB).`)
  if (values.modules) list(metafile)
  if (size <= limit) return
  say('That is too much: `node --import tsx test/scripts/check-size.ts --modules` names the largest modules.')
  process.exitCode = 1
}

/** The fifteen largest modules, and folders, by their bytes before gzip. */
function list(metafile: Metafile): void {
  const modules = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const),
  )
  const folders = new Map<string, number>()
  for (const [path, of] of modules) {
    const folder = path.replace(/\/[^/]+$/, '')
    folders.set(folder, (folders.get(folder) ?? 0) + of)
  }
  for (const entries of [modules, [...folders]]) {
    say(`\nminified bytes of ${entries.length} ${entries === modules ? 'modules' : 'folders'}`)
    for (const [path, of] of entries.toSorted(([, a], [, b]) => b - a).slice(0, 15))
      say(`${String(of).padStart(8)}  ${path}`)
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
