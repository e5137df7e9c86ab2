// The tokens in the addresses of an inspector: attempts to guess them, and places where they could be read.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SimulatedClock } from 'xstate'
import { expect } from 'vitest'
import { openPage } from '../../src/inspect/web/open-page.ts'
import { startInspector } from '../../src/inspect/index.ts'
import { start } from '../cli/command.ts'
import { ask, socketStatus } from '../inspect/serving.ts'
import { attackSurface } from './attack.ts'
import { attackable, endsWithTest, peerOf, processOf, conversation, tokens } from './inspector.ts'

const distinct = (values: readonly unknown[]): string => [...new Set(values.map(String))].toSorted().join(', ')

/** The arguments of every process on this machine, which every user can read. */
function argumentsOfAll(): string {
  if (!existsSync('/proc/self/cmdline')) return execFileSync('ps', ['-Ao', 'args'], { encoding: 'utf8' })
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
    .join('\n')
}

const tokenOf = (url: string) => new URL(url).pathname.split('/')[1] ?? ''

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'turnstate-test-'))
  endsWithTest(() => rmSync(made, { recursive: true }))
  return made
}

/** A fake browser that the system starts: it writes down its arguments, and keeps running. */
function browser() {
  const home = directory()
  const [path, got] = [join(home, 'browser'), join(home, 'got')]
  writeFileSync(path, `#!/bin/sh\nprintf '%s' "$*" > ${got}.new\nmv ${got}.new ${got}\nexec sleep 30\n`)
  chmodSync(path, 0o755)
  return { path, got: () => (existsSync(got) ? readFileSync(got, 'utf8') : '') }
}

attackSurface('Inspector: tokens', [
  {
    attack: 'sends no token, or one that is nearly right',
    run: async () => {
      const { url, port } = await attackable()
      const { look, control } = tokens
      const statuses = []
      for (const path of [
        '/',
        '//',
        '/page',
        '/process/1',
        '/export.jsonl',
        `/${look.slice(0, -1)}/`,
        `/${look}x/`,
        `/${look.toUpperCase()}/`,
        `/x/${look}/`,
        `/%61${look.slice(1)}/`,
        `/?token=${look}`,
        `/${look}${control}/`,
        '/null/',
        '/undefined/',
      ]) {
        const { status, body } = await ask(url, { path })
        statuses.push(status)
        for (const token of [look, control]) expect(body).not.toContain(token)
      }
      for (const kind of ['page', 'process/1'])
        statuses.push(await socketStatus(`ws://127.0.0.1:${port}/wrong-token/${kind}`))
      return `rejected: ${distinct(statuses)}`
    },
  },
  {
    attack: 'looks for the control token in everything at the read-only address',
    run: async () => {
      const { url } = await attackable()
      ;(await processOf(url)).say(conversation('1', true))
      const page = await peerOf(url, 'page')
      await page.until((all) => all.some((message) => message.type === 'list' && message.conversations.length === 1))
      page.say({ type: 'open', key: 'process-1' })
      await page.until((all) => all.some(({ type }) => type === 'log'))
      const answers = await Promise.all(
        ['', 'export.jsonl', 'nothing', 'import', '../', '..'].map((path) => ask(`${url}${path}`)),
      )
      answers.push(await ask(url.replace(/\/$/, '')))
      expect(JSON.stringify([answers, page.all])).not.toContain(tokens.control)
      return 'it is nowhere'
    },
  },
  {
    attack: 'uses the read-only token for control, while there is no control token',
    run: async () => {
      const inspector = await startInspector()
      endsWithTest(() => inspector.close())
      expect(inspector.controlUrl).toBeNull()
      const same = await startInspector({ allowControl: true, token: tokens.look, controlToken: tokens.look }).catch(
        (error: unknown) => error,
      )
      expect(same).toMatchObject({ code: 'invalid-option' })
      const statuses = []
      for (const token of ['null', 'undefined', '', 'control'])
        statuses.push((await ask(inspector.url, { path: `/${token}/` })).status)
      return `rejected: ${distinct(statuses)}; two equal tokens are rejected: invalid-option`
    },
  },
  {
    attack: 'guesses the tokens from those of another inspector',
    run: async () => {
      const made = []
      for (let n = 0; n < 20; n++) {
        const inspector = await startInspector({ allowControl: true })
        made.push(tokenOf(inspector.url), tokenOf(inspector.controlUrl ?? ''))
        await inspector.close()
      }
      expect(new Set(made).size).toBe(40)
      for (const token of made) expect(token).toMatch(/^[\w-]{32}$/)
      return 'each is new: 192 random bits of the system'
    },
  },
  {
    attack: 'reads the arguments of processes while `inspect --open` opens a browser',
    run: async () => {
      const { path, got } = browser()
      const command = start(['inspect', '--open', '--allow-control'], { env: { BROWSER: path } })
      const [, url = '', controlUrl = ''] = await command.says(/inspector on (\S+)\n[\s\S]*with control on (\S+)\n/)
      await expect.poll(got, { timeout: 10_000 }).not.toBe('')
      const seen = argumentsOfAll()
      expect(seen).toContain(got())
      for (const address of [url, controlUrl]) expect(seen).not.toContain(tokenOf(address))
      const file = fileURLToPath(got())
      expect(readFileSync(file, 'utf8')).toContain(controlUrl)
      expect([statSync(file).mode & 0o777, statSync(join(file, '..')).mode & 0o777]).toEqual([0o600, 0o700])
      command.child.kill()
      await command.ended
      expect(existsSync(file)).toBe(false)
      return 'no token is there: the browser gets a file that only its owner can read, which is deleted when the command ends'
    },
  },
  {
    attack: 'reads the file for the browser later',
    run: async () => {
      const { path, got } = browser()
      const before = process.env['BROWSER']
      process.env['BROWSER'] = path
      endsWithTest(() => {
        if (before === undefined) delete process.env['BROWSER']
        else process.env['BROWSER'] = before
      })
      const clock = new SimulatedClock()
      await openPage('http://127.0.0.1:1/token/', clock)
      await expect.poll(got).not.toBe('')
      const file = fileURLToPath(got())
      expect(existsSync(file)).toBe(true)
      clock.increment(60_000)
      expect(existsSync(file)).toBe(false)
      return 'it is deleted after a minute'
    },
  },
  {
    attack: 'reads the arguments of processes while a chat is connected',
    run: async () => {
      const { hub, url } = await attackable()
      const place = join(directory(), 'address')
      writeFileSync(place, `${url}\n`, { mode: 0o600 })
      for (const given of [
        { args: [], env: { TURNSTATE_INSPECTOR: url } },
        { args: [place], env: {} },
        { args: [url], env: {} },
      ]) {
        const known = hub.conversations.length
        const chat = start(['chat', '--inspect', ...given.args], { stdin: 'open', env: given.env })
        chat.write('Hello\n')
        await expect.poll(() => hub.conversations.length, { timeout: 10_000 }).toBe(known + 1)
        expect(argumentsOfAll()).not.toContain(tokens.look)
        chat.child.stdin?.end()
        const { stderr } = await chat.ended
        expect(stderr.includes('other users of this machine can read a token')).toBe(given.args[0] === url)
      }
      return 'no token is there, if it came from the environment or a file; one in the arguments is removed from them, with a warning'
    },
  },
  {
    attack: 'reads the file of `--token-file`',
    run: async () => {
      const path = join(directory(), 'tokens')
      const command = start(['inspect', '--token-file', path])
      const [, url = ''] = await command.says(/inspector on (\S+)\n/)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(argumentsOfAll()).not.toContain(tokenOf(url))
      command.child.kill()
      await command.ended
      return 'only its owner can read it'
    },
  },
])
