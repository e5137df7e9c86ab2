// Writes what of the README is made from something else: examples from test/examples, the picture of the chart from the
// machine. `node --import tsx test/scripts/readme.ts` brings it up to date; a test compares.
import { readFileSync, writeFileSync } from 'node:fs'
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

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(readmeUrl, refreshed(readFileSync(readmeUrl, 'utf8')))
  writeFileSync(pictureUrl, await picture())
}
