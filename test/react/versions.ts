// Bundles code of React with the React of a version.
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Plugin } from 'esbuild'

/** The versions that are tested: 18 is in a workspace of its own. */
export const reactVersions = [18, 19] as const

export type ReactVersion = (typeof reactVersions)[number]

const root = fileURLToPath(new URL('../../', import.meta.url))
const folders: Readonly<Record<ReactVersion, string>> = { 18: `${root}test/react-18`, 19: root }

/** Resolves `react` and `react-dom`, from wherever they are imported, to those of a version. */
const reactOf = (version: ReactVersion, external: boolean): Plugin => ({
  name: 'react-of-a-version',
  setup(builder) {
    builder.onResolve(
      { filter: /^(?:react|react-dom|scheduler)(?:$|\/)/ },
      async ({ path, kind, importer, pluginData }) => {
        if (pluginData === version || importer.includes('node_modules')) return undefined
        const found = await builder.resolve(path, { kind, resolveDir: folders[version], pluginData: version })
        return { ...found, external }
      },
    )
  },
})

const shared = (): BuildOptions => ({
  absWorkingDir: root,
  bundle: true,
  target: 'es2022',
  conditions: ['development'],
  define: { 'process.env.NODE_ENV': '"development"' },
  logLevel: 'error',
  logOverride: { 'empty-import-meta': 'silent' },
})

/** A script for browsers. */
export async function bundleForBrowser(entry: string, version: ReactVersion): Promise<string> {
  const { outputFiles } = await build({
    ...shared(),
    write: false,
    entryPoints: [entry],
    platform: 'browser',
    format: 'esm',
    external: ['node:*'],
    plugins: [reactOf(version, false)],
  })
  return outputFiles?.[0]?.text ?? ''
}

/** A module for Node, loaded: its React is that of the version. */
export async function loadWith<Module>(entry: string, version: ReactVersion): Promise<Module> {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-react-'))
  try {
    const outfile = join(folder, 'bundle.cjs')
    await build({
      ...shared(),
      entryPoints: [entry],
      outfile,
      platform: 'node',
      format: 'cjs',
      plugins: [reactOf(version, true)],
    })
    return createRequire(import.meta.url)(outfile) as Module
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
