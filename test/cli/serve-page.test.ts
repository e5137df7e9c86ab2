// The chat page of the command that serves conversations.
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusalTestString } from '../../src/testing/index.ts'
import { knownModels } from '../../src/cli/known-models.ts'
import { rulesOf } from '../../src/testing/api/models.ts'
import { allOf } from '../server/stage.ts'
import { type CommandOptions, start, turnstate } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnstate-serve-page-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Facts {
  readonly simulated: boolean
  readonly models: readonly string[]
  readonly inspector: string | null
}

/** Starts it on a free port, where no browser can be opened. */
function serving(flags: readonly string[] = [], { env, ...options }: CommandOptions = {}) {
  const args = ['serve', '--port', '0', ...flags]
  return start(args, { cwd: folder, env: { BROWSER: 'false', ...env }, ...options })
}

const urlOf = async (command: ReturnType<typeof start>): Promise<string> => {
  const [, url = ''] = await command.says(/serves conversations on (http:\/\/127\.0\.0\.1:\d+)\n/)
  await command.says(/Press Ctrl-C to stop\.\n/)
  return url
}

const factsOf = async (url: string): Promise<Facts> => (await (await fetch(`${url}/chat.json`)).json()) as Facts

/** A fake browser that the system starts: it writes down its arguments. */
function browser(name: string) {
  const [path, got] = [join(folder, name), join(folder, `${name}.got`)]
  writeFileSync(path, `#!/bin/sh\nprintf '%s' "$*" > ${got}.new\nmv ${got}.new ${got}\n`)
  chmodSync(path, 0o755)
  return { path, got: () => (existsSync(got) ? readFileSync(got, 'utf8') : '') }
}

describe.concurrent('the chat page of serve', () => {
  it('is at the address that the command says, and is told that replies are simulated', async () => {
    const command = serving()
    const url = await urlOf(command)
    const [, address = ''] = await command.says(/Chat in a browser: (\S+)\n/)
    expect(address).toBe(`${url}/`)
    const page = await fetch(address)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const [, script = ''] = /src="\.\/([\w.-]+\.js)"/.exec(await page.text()) ?? []
    expect((await fetch(`${address}${script}`)).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const beginnings = [{ label: 'See a refusal.', text: expect.stringContaining(refusalTestString) }]
    expect(await factsOf(url)).toMatchObject({ simulated: true, models: knownModels, inspector: null, beginnings })
  })

  it('is not served with --no-ui, nor where the configuration says so', async () => {
    const config = join(folder, 'without.json')
    writeFileSync(config, JSON.stringify({ ui: false }))
    for (const flags of [['--no-ui'], ['--config', config]]) {
      const command = serving(flags)
      const url = await urlOf(command)
      for (const path of ['/', '/chat.json']) expect((await fetch(url + path)).status).toBe(404)
      command.child.kill('SIGTERM')
      expect((await command.ended).stdout).not.toContain('browser')
    }
    const opened = await turnstate(['serve', '--config', config, '--open'], { cwd: folder })
    expect([opened.exitCode, opened.stderr]).toEqual([1, expect.stringContaining('--open needs the chat page')])
  })

  it('has the inspector one click away: that with control where it is allowed', async () => {
    const looking = serving(['--inspect'])
    const [, page = ''] = await looking.says(/Inspector: (http\S+)\n/)
    expect((await factsOf(await urlOf(looking))).inspector).toBe(page)
    const controlling = serving(['--inspect', '--allow-control', '--include-text'])
    const [, control = ''] = await controlling.says(/Inspector with control: (http\S+)\n/)
    expect((await factsOf(await urlOf(controlling))).inspector).toBe(control)
  })

  it('tells what it is told to nobody without the token', async () => {
    const command = serving(['--inspect'], { env: { TURNSTATE_TOKEN: 'secret-token' } })
    const url = await urlOf(command)
    expect((await fetch(`${url}/`)).status).toBe(200)
    const unknown = await fetch(`${url}/chat.json`)
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const known = await fetch(`${url}/chat.json`, { headers: { authorization: 'Bearer secret-token' } })
    const [, page = ''] = await command.says(/Inspector: (http\S+)\n/)
    expect([known.status, await known.json()]).toMatchObject([200, { inspector: page }])
  })

  it('takes models from the configuration, and leads none of its users to the inspector, which shows all of them', async () => {
    const config = join(folder, 'users.mjs')
    writeFileSync(
      config,
      `export default { model: 'm1', source: async function* () {}, ui: { models: ['m2'] }, authorize: () => ({ id: 'ann' }) }`,
    )
    const url = await urlOf(serving(['--config', config, '--inspect']))
    expect(await factsOf(url)).toMatchObject({ simulated: false, models: ['m1', 'm2'], inspector: null })
  })

  it('is opened in the browser, by an address that anybody may see', async () => {
    const { path, got } = browser('one')
    const command = serving(['--open', '--inspect'], { env: { BROWSER: path } })
    const url = await urlOf(command)
    await expect.poll(got, { timeout: 10_000 }).toBe(`${url}/`)
    command.child.kill('SIGINT')
    expect(await command.ended).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('says so where there is no browser, and goes on', async () => {
    const command = serving(['--open'])
    const url = await urlOf(command)
    await command.complains(new RegExp(`^turnstate: no browser could be opened\\. Open ${url}/ in one\\.\\n$`))
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('names it in JSON', async () => {
    const [line = ''] = await serving(['--json']).says(/\{"type":"listening".*\}\n/)
    const { url, page } = JSON.parse(line) as { readonly url: string; readonly page: string }
    expect(page).toBe(`${url}/`)
    const [without = ''] = await serving(['--json', '--no-ui']).says(/\{"type":"listening".*\}\n/)
    expect(JSON.parse(without)).toMatchObject({ page: null })
  })

  it('logs no requests with --quiet', async () => {
    const command = serving(['--quiet'])
    const url = await urlOf(command)
    await fetch(`${url}/healthz`)
    command.child.kill('SIGTERM')
    expect((await command.ended).stdout).toMatch(/Press Ctrl-C to stop\.\nStopping, [^\n]+\n$/)
  })

  it('rejects flags that make no sense together', async () => {
    for (const [flags, why] of [
      [['--open', '--no-ui'], "--open can't be combined with --no-ui"],
      [['--allow-control'], '--allow-control needs --inspect'],
      [['--include-text'], '--include-text needs --inspect'],
    ] as const) {
      const { exitCode, stderr } = await turnstate(['serve', ...flags])
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(why)])
    }
    const { exitCode, stderr } = await turnstate(['serve', '--store', 'users'])
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('memory, or user')])
  })

  it("keeps conversations among the user's own chats with --store user, and ends cleanly while a page looks on", async () => {
    const env = { XDG_DATA_HOME: join(folder, 'data') }
    const command = serving(['--store', 'user'], { env })
    const url = await urlOf(command)
    await command.says(/Conversations are kept in \S+\/turnstate\/chat\.db\.\n/)
    const post = (path: string, body: unknown) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    await post('/v1/conversations', { id: 'bees', title: 'About bees' })
    await allOf(await post('/v1/conversations/bees/messages', { input: 'Hello' }))
    const watching = await fetch(`${url}/v1/conversations/bees/events`)
    command.child.kill('SIGINT')
    // npm passes on what the terminal has sent to the command already.
    await command.says(/Stopping, when/)
    command.child.kill('SIGINT')
    expect((await allOf(watching)).at(-1)).toMatchObject({ event: 'resume', data: { why: 'shutdown' } })
    expect(await command.ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await turnstate(['conversations'], { env })).stdout).toContain('About bees')
  })

  it('has the conversations that were begun in a terminal', async () => {
    const env = { XDG_DATA_HOME: join(folder, 'both') }
    const store = `sqlite:${join(folder, 'both.db')}`
    expect((await turnstate(['chat', '--store', store, 'What do bees eat?'], { env })).exitCode).toBe(0)
    const url = await urlOf(serving(['--store', store], { env }))
    const listed = await (await fetch(`${url}/v1/conversations`)).json()
    expect(listed).toMatchObject({ conversations: [{ title: 'What do bees eat?' }] })
  })
})

describe('where the usual port is taken', () => {
  let other: Server
  beforeAll(async () => {
    other = createServer().listen(8787, '127.0.0.1')
    // Somebody else may have taken it already, which is as good.
    await Promise.race([once(other, 'listening'), once(other, 'error')]).catch(() => {})
  })
  afterAll(() => other.close())

  it('a page to be opened is served on another one, and the command says so', async () => {
    const command = start(['serve', '--open'], { cwd: folder, env: { BROWSER: 'false' } })
    const url = await urlOf(command)
    await command.says(/The usual port, 8787, is taken: this is another one\.\n/)
    expect(new URL(url).port).not.toBe('8787')
    expect((await fetch(`${url}/`)).status).toBe(200)
  })

  it('a server that is not opened fails, and so does one whose port was named', async () => {
    for (const flags of [[], ['--open', '--port', '8787']]) {
      const { exitCode, stderr } = await turnstate(['serve', ...flags], { cwd: folder })
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('(port-unavailable)')])
    }
  })
})

it('the simulator knows every model that people are offered', () => {
  for (const model of knownModels) expect([model, rulesOf(model)]).toEqual([model, expect.anything()])
})
