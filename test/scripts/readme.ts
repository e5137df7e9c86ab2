// Writes the parts of README.md that are made from something else: examples from test/examples, the chart from the
// machine. `node --import tsx test/scripts/readme.ts` brings it up to date; a test compares.
import { readFileSync, writeFileSync } from 'node:fs'
import type { AnyStateMachine } from 'xstate'
import { conversationMachine } from '../../machines/index.ts'
import { toMermaid } from './mermaid.ts'

const root = new URL('../../', import.meta.url)
export const readmeUrl = new URL('README.md', root)

export const exampleUrl = (name: string): URL => new URL(`test/examples/${name}.ts`, root)

/** The README with its made parts as they should be. */
export function refreshed(readme: string): string {
  return readme
    .replaceAll(/```ts example=([\w-]+)\n[\s\S]*?```/g, (_, name: string) => {
      const code = readFileSync(exampleUrl(name), 'utf8').trimEnd()
      return `\`\`\`ts example=${name}\n${code}\n\`\`\``
    })
    .replace(/```mermaid\n[\s\S]*?```/, `\`\`\`mermaid\n${toMermaid(conversationMachine as AnyStateMachine)}\n\`\`\``)
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  writeFileSync(readmeUrl, refreshed(readFileSync(readmeUrl, 'utf8')))
