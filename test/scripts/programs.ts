// Programs that tests start in processes of their own: the command, the documents' examples, an app that floods the inspector. They are bundled
// once for each run of the tests, because a process that loads the sources one by one needs two seconds for it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the bundled programs of this run. */
    programs: string
  }
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const examples = 'test/examples'
const sources = [
  'src/cli/main.ts',
  'src/stores/sqlite/worker.ts',
  'src/stores/sqlite/sqlite-store.ts',
  'test/stores/writer.ts',
  'test/browser/flooding.ts',
  'test/claude/allocating.ts',
  'test/node/leaving.ts',
  'test/durability/kills/talker.ts',
  'test/server/kills/serving.ts',
  'test/dbos/member.ts',
  'test/server/soak/besieged.ts',
  ...readdirSync(join(root, examples)).map((name) => `${examples}/${name}`),
]

/** Bundles them before the tests of a project, and removes the bundles after the last. */
export default async function setup(project: TestProject): Promise<() => void> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'turnstate-tests-'))
  // As deep in the folder as the sources of the command are in the project: it finds the built page and the fonts by a relative path.
  const programs = join(folder, 'src/cli/programs')
  for (const name of ['page', 'fonts']) symlinkSync(join(root, 'dist', name), join(folder, name), 'junction')
  await bundle(sources, programs)
  project.provide('programs', programs)
  return () => rmSync(folder, { recursive: true, force: true })
}

/** Bundles programs into a folder, each under its own name. */
export async function bundle(programs: readonly string[], folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [...programs],
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    logLevel: 'warning',
  })
}

/** The bundle of a program by the path of its source, for `node`. */
export const programOf = (programs: string, source: string): string =>
  join(programs, `${basename(source).replace(/\.tsx?$/, '')}.mjs`)
