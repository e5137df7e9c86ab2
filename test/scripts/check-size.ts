// What an app that only talks to Claude takes to a browser: `createConversation` and `claude`, minified and gzipped, without xstate
// and the SDK. Fails above the limit. Part of `npm run check:package`; expects a build. `--modules` lists the largest.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** kB of 1000 bytes, gzipped. It is lowered when the bundle gets lighter; the aim is 35. */
const limit = 111

const { values } = parseArgs({ options: { modules: { type: 'boolean', default: false } } })

const { outputFiles, metafile } = await build({
  stdin: {
    contents: "export { claude, createConversation } from './dist/src/index.js'",
    resolveDir: fileURLToPath(new URL('../../', import.meta.url)),
  },
  absWorkingDir: fileURLToPath(new URL('../../', import.meta.url)),
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  external: ['xstate', '@anthropic-ai/sdk', 'node:*'],
  write: false,
  metafile: true,
  logLevel: 'error',
})

const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0)
const size = bytes / 1000
say(`createConversation and claude are ${size.toFixed(1)} kB, minified and gzipped (limit: ${limit} kB).`)
if (values.modules) list()
if (size > limit) {
  say('That is too much: `node --import tsx test/scripts/check-size.ts --modules` names the largest modules.')
  process.exitCode = 1
}

/** The fifteen largest modules, and folders, by their bytes before gzip. */
function list(): void {
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
