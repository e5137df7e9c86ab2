// The notices of what the package has of others.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'

/** A package as it was installed here. */
interface InstalledPackage {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly source: string | null
  readonly text: string
}

const manifest = v.object({
  name: v.string(),
  version: v.string(),
  license: v.string(),
  repository: v.optional(v.union([v.string(), v.object({ url: v.string() })])),
})

/** The packages that files are of, by name. */
export function packagesIn(inputs: readonly string[], root: string): readonly InstalledPackage[] {
  const folders = inputs.flatMap((path) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [])
  return [...new Set(folders)].toSorted().map((folder) => read(root + folder))
}

function read(folder: string): InstalledPackage {
  const { repository, ...rest } = v.parse(manifest, JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')))
  const named = readdirSync(folder).find((file) => /^(?:licen[cs]e|copying)(?:\.\w+)?$/i.test(file))
  const common = new URL(`licences/${rest.license}.txt`, import.meta.url)
  if (named === undefined && !existsSync(common)) throw new Error(`${rest.name} has no text of its licence.`)
  const text = readFileSync(named === undefined ? common : `${folder}/${named}`, 'utf8')
  const source = typeof repository === 'string' ? repository : (repository?.url ?? null)
  return { ...rest, source: source && addressOf(source), text: text.trim() }
}

/** `owner/name`, `git@host:owner/name.git` and `git+https://…` as an address to read. */
function addressOf(repository: string): string {
  if (/^[\w.-]+\/[\w.-]+$/.test(repository)) return `https://github.com/${repository}`
  return repository
    .replace(/^git\+/, '')
    .replace(/^git@([^:]+):/, 'https://$1/')
    .replace(/\.git$/, '')
}

const rule = '-'.repeat(80)

/** Name, version, source and licence of each package, as text. */
export function noticesOf(packages: readonly InstalledPackage[]): string {
  const sections = packages.map(({ name, version, license, source, text }) =>
    [
      rule,
      `${name} ${version}`,
      `Licence: ${license}`,
      ...(source === null ? [] : [`Source: ${source}`]),
      '',
      text,
    ].join('\n'),
  )
  return `${[header, ...sections].join('\n\n')}\n`
}

const header = `The files in this folder and in ../page hold these packages, unchanged but for being bundled. Each remains under its own
licence; where one may be chosen, it is the one whose text is here. Their source code is at the addresses given.
The script xdg-open belongs to the package "open", and names its authors and licence itself. The fonts in ../fonts have
their licence beside them.`
