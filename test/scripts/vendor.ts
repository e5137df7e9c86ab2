// Makes the packages that only the command and the inspector use part of what is published, so that an app installs none of
// them: each one that a file of dist imports, and that is neither a dependency nor a peer, is bundled into `dist/vendor`, and the
// imports name the bundle. Part of `npm run build`, after `tsc -p src`.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'
import { noticesOf, packagesIn } from './notices.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { resolve } = createRequire(import.meta.url)
const vendor = `${root}dist/vendor/`

/** What a bundled package reads at run time. The first kind is found by a path in our code, the second beside the bundle. */
const wasm = { specifier: '@resvg/resvg-wasm/index_bg.wasm', file: 'resvg-wasm.wasm' }
const beside = [{ file: 'xdg-open', from: new URL('xdg-open', `file://${resolve('open')}`) }]

/** Optional natives of `ws`: it uses them where the app has them. */
const optional = ['bufferutil', 'utf-8-validate']

const manifest: unknown = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const installed = new Set([...keysOf('dependencies'), ...keysOf('peerDependencies')])

await vendorAll()

async function vendorAll(): Promise<void> {
  const files = ['dist/src', 'dist/machines'].flatMap(scriptsIn)
  const specifiers = await strangersIn(files)
  rmSync(vendor, { recursive: true, force: true })
  mkdirSync(vendor, { recursive: true })

  const bundled = new Map(specifiers.map((specifier) => [specifier, fileOf(specifier)]))
  const inputs: string[] = []
  for (const [specifier, file] of bundled) inputs.push(...(await bundle(specifier, file)))
  copyFileSync(resolve(wasm.specifier), vendor + wasm.file)
  for (const { file, from } of beside) copyFileSync(from, vendor + file)
  bundled.set(wasm.specifier, wasm.file)

  for (const file of files) rewrite(file, bundled)
  const left = await strangersIn(files)
  if (left.length > 0) throw new Error(`The package would lack ${left.join(', ')}.`)

  inputs.push(...(await inputsOfPage()))
  writeFileSync(`${vendor}NOTICES.txt`, noticesOf(packagesIn(inputs, root)))
}

function scriptsIn(folder: string): readonly string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
}

/** The specifiers that files import and that an install of the package would not find. */
async function strangersIn(files: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...files],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const outside = externalsOf(metafile).filter((path) => !path.startsWith('node:') && !installed.has(packageOf(path)))
  return [...new Set(outside)].toSorted()
}

/** @returns the files that are in the bundle */
async function bundle(specifier: string, file: string): Promise<readonly string[]> {
  const options = {
    absWorkingDir: root,
    entryPoints: { [file.replace(/\.js$/, '')]: specifier },
    bundle: true,
    format: 'esm',
    // Layouts run in browsers too.
    platform: specifier.startsWith('elkjs/') ? 'browser' : 'node',
    target: 'es2022',
    external: optional,
    charset: 'utf8',
    legalComments: 'inline',
    minifyWhitespace: true,
    outdir: 'dist/vendor',
    metafile: true,
    logLevel: 'error',
  } as const
  const { metafile } = await build({ ...options, write: false })
  // What was CommonJS loads the modules of Node by `require`, which modules do not have.
  const requires = externalsOf(metafile, 'require-call').length > 0
  const banner = "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)"
  await build({ ...options, ...(requires ? { banner: { js: banner } } : {}) })
  return Object.keys(metafile.inputs)
}

/** The packages in the two pages, which Vite builds. */
async function inputsOfPage(): Promise<readonly string[]> {
  const asUrl: Plugin = {
    name: 'as-url',
    setup: (builder) => {
      builder.onResolve({ filter: /\?url$/ }, ({ path, kind, resolveDir }) =>
        builder.resolve(path.replace(/\?url$/, ''), { kind, resolveDir }),
      )
    },
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/inspect/page/main.tsx', 'src/web/main.tsx'],
    bundle: true,
    outdir: 'unused',
    write: false,
    metafile: true,
    plugins: [asUrl],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    alias: { react: 'preact/compat', 'react-dom': 'preact/compat' },
    loader: { '.svg': 'empty' },
    // What the build itself makes.
    external: ['virtual:*'],
    logLevel: 'error',
  })
  return Object.keys(metafile.inputs)
}

/** Makes imports of the bundled packages relative, in `import … from`, `import()` and `require.resolve()`. */
function rewrite(path: string, bundled: ReadonlyMap<string, string>): void {
  const before = readFileSync(root + path, 'utf8')
  const up = relative(`/${path}/..`, '/dist/vendor').split(sep).join('/')
  const after = before.replace(
    /(\bfrom |\bimport\(|\bresolve\()'([^'\n]+)'/g,
    (whole, lead: string, specifier: string) => {
      const file = bundled.get(specifier)
      return file === undefined ? whole : `${lead}'${up}/${file}'`
    },
  )
  if (after !== before) writeFileSync(root + path, after)
}

function externalsOf({ outputs }: Metafile, kind?: string): readonly string[] {
  return Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter((entry) => entry.external === true && (kind === undefined || entry.kind === kind))
    .map(({ path }) => path)
}

/** `@scope/name/path` is of the package `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The file of a bundle is named for its package, without the scope. */
function fileOf(specifier: string): string {
  return `${packageOf(specifier).replace(/^@[^/]+\//, '')}.js`
}

function keysOf(field: string): readonly string[] {
  if (typeof manifest !== 'object' || manifest === null) return []
  const found: unknown = Object.entries(manifest).find(([key]) => key === field)?.[1]
  return typeof found === 'object' && found !== null ? Object.keys(found) : []
}
