// The command that the README gives first, in a tree as a clone has it.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { Running } from './command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'turnstate-clone-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a clone does not have. */
const made: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', 'coverage'])

/** A clone in which `npm ci` has run: the packages are those of this one. */
function cloned(): string {
  const clone = join(folder, 'clone')
  for (const name of readdirSync(root))
    if (!made.has(name))
      cpSync(join(root, name), join(clone, name), { recursive: true, filter: (path) => !made.has(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'junction')
  return clone
}

it('opens a chat with its inspector, on the database and the simulator, and ends with Ctrl-C', async () => {
  const [, first = '', then = ''] =
    /```sh\n(npm .*)\n(npm .*)\n```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  expect([first, then]).toEqual(['npm ci && npm start', 'npm ci && npm test'])
  const [, ...words] = first.split(' && ').map((command) => command.split(' '))
  const [npm = '', ...args] = words[0] ?? []
  const data = join(folder, 'data')
  const own = Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC_|NO_COLOR|FORCE_COLOR|npm_)/.test(name))
  const child = spawn(npm, args, {
    cwd: cloned(),
    env: { ...Object.fromEntries(own), BROWSER: 'false', XDG_DATA_HOME: data },
    stdio: ['ignore', 'pipe', 'pipe'],
    // As a shell does: Ctrl-C reaches all that it started.
    detached: true,
  })
  const running = new Running(child)
  const end = () => process.kill(-(child.pid ?? 0), 'SIGINT')
  try {
    const [, address = ''] = await running.says(/Chat in a browser: (http:\/\/127\.0\.0\.1:\d+\/)\n/)
    await running.says(/simulated: no model is asked/)
    await running.says(/Conversations are kept in \S+chat\.db\.\n/)
    await running.complains(/no browser could be opened\. Open http/)
    const page = await fetch(address)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const html = await page.text()
    const named = [...html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(1)
    for (const name of named) expect([name, (await fetch(new URL(name, address))).status]).toEqual([name, 200])
    const { inspector } = (await (await fetch(new URL('chat.json', address))).json()) as { inspector: string }
    expect(await (await fetch(inspector)).text()).toContain('<title>turnstate inspector')
    const created = await fetch(new URL('v1/conversations', address), { method: 'POST' })
    expect(created.status).toBe(201)
  } finally {
    end()
  }
  // How npm ends depends on the shell between; how the command ended shows in what it left: a database that is closed has one file.
  const { stdout } = await running.ended
  expect(stdout).toContain('Stopping')
  expect(readdirSync(join(data, 'turnstate'))).toEqual(['chat.db'])
})
