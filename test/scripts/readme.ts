// Writes what of the documents is made from something else: examples from test/examples, the picture of the chart from the
// machine, the table of attacks from what the tests of them found. `node --import tsx test/scripts/readme.ts` brings it up to date; a test compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AnyStateMachine } from 'xstate'
import { conversationMachine } from '../../machines/index.ts'
import { drawSvg } from '../../src/inspect/index.ts'

const root = new URL('../../', import.meta.url)
export const readmeUrl = new URL('README.md', root)

export const exampleUrl = (name: string): URL => new URL(`test/examples/${name}.ts`, root)

/** The README with its made parts as they should be. */
export const refreshed = (readme: string): string =>
  readme.replaceAll(/```ts example=([\w-]+)\n[\s\S]*?```/g, (_, name: string) => {
    const code = readFileSync(exampleUrl(name), 'utf8').trimEnd()
    return `\`\`\`ts example=${name}\n${code}\n\`\`\``
  })

export const pictureUrl = new URL('docs/chart.svg', root)

/** The picture of the README: `turnstate chart --unfold none --compact`. */
export const picture = (): Promise<string> =>
  drawSvg(conversationMachine as AnyStateMachine, { open: 'none', compact: true })

export const securityUrl = new URL('docs/security.md', root)
const tablesUrl = new URL('test/attacks/tables/', root)

/** The page about security with the table of attacks as it should be. */
export function withAttacks(page: string): string {
  const rows = readdirSync(tablesUrl)
    .toSorted()
    .map((name) => readFileSync(new URL(name, tablesUrl), 'utf8'))
  const table = `| surface | attack | what happens |\n|---|---|---|\n${rows.join('')}`
  return page.replace(
    /(<!-- attacks -->\n)[\s\S]*(<!-- \/attacks -->)/,
    (_, before: string, after: string) => `${before}\n${table}\n${after}`,
  )
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(readmeUrl, refreshed(readFileSync(readmeUrl, 'utf8')))
  writeFileSync(pictureUrl, await picture())
  writeFileSync(securityUrl, withAttacks(readFileSync(securityUrl, 'utf8')))
}
