// The recipes of docs/server.md, typed as they are.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claude, memoryStore } from '../../src/index.ts'
import { anthropicClient } from '../../src/claude/anthropic-client.ts'
import { conversationServer, serve, type Serving } from '../../src/server/index.ts'
import { type Simulator, startSimulator } from '../../src/testing/index.ts'
import { quiet } from '../durability/stage.ts'

const run = promisify(execFile)
const page = readFileSync(new URL('../../docs/server.md', import.meta.url), 'utf8')

/** Commands, each with the lines that its output has to contain. */
const recipes = [...page.matchAll(/```sh recipe\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .trim()
    .split('\n')
    .reduce<{ command: string; expected: string[] }[]>((all, line) => {
      if (line.startsWith('# ')) all.at(-1)?.expected.push(line.slice(2))
      else all.push({ command: line, expected: [] })
      return all
    }, []),
)

describe('the recipes of the page about the server', () => {
  let simulator: Simulator
  let serving: Serving
  beforeAll(async () => {
    simulator = await startSimulator({ refusal: { afterDeltas: 3 } })
    const source = claude(anthropicClient({ apiKey: 'any', baseURL: simulator.url }))
    const server = conversationServer({
      store: memoryStore(),
      source,
      model: 'claude-opus-5-5',
      maxTokens: 100,
      whenBusy: 'queue',
      logger: quiet,
    })
    serving = await serve(server, { port: 0 })
  })
  afterAll(async () => {
    await serving.close()
    await simulator.close()
  })

  it.each(recipes)('$command', async ({ command, expected }) => {
    const here = command.replace('localhost:8787', `localhost:${serving.port}`)
    const { stdout } = await run('bash', ['-c', here])
    expect(expected.length).toBeGreaterThan(0)
    for (const line of expected) expect(stdout).toContain(line)
  })
})
