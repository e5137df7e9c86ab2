import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { describe, expect, it } from 'vitest'
import { refusedLine, start, turnstate } from './command.ts'

const inspector = async (...flags: readonly string[]) => {
  const command = start(['inspect', ...flags])
  const [, url = ''] = await command.says(/turnstate inspector on (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)\n/)
  return { command, url }
}

/** The export of the inspector. */
const exported = async (url: string): Promise<readonly Record<string, unknown>[]> => {
  const text = await (await fetch(new URL('export.jsonl', url))).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe.concurrent('inspect', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its address and who can use it, serves the page, and ends on %s',
    async (signal) => {
      const { command, url } = await inspector('--port', '0')
      await command.says(
        /Anyone with this address can look, .*TURNSTATE_INSPECTOR=http\S+ turnstate chat --inspect\nPress Ctrl-C to stop\.\n/,
      )
      const page = await fetch(url)
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('<title>turnstate inspector</title>')
      command.child.kill(signal)
      const { stderr, exitCode } = await command.ended
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    },
  )

  it('prints a second address with another token for control, and what each address allows', async () => {
    const { command, url } = await inspector('--allow-control')
    const [, controlUrl = ''] = await command.says(
      /turnstate inspector with control on (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)\nAnyone with this address can also send events/,
    )
    expect(controlUrl).not.toBe(url)
    for (const address of [url, controlUrl]) expect((await fetch(address)).status).toBe(200)
  })

  it('reads its tokens from a file, which it creates if it is missing, readable by its owner only', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'turnstate-'))
    try {
      const path = join(directory, 'tokens')
      const { command, url } = await inspector('--token-file', path)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      const [look = '', control = ''] = readFileSync(path, 'utf8').split('\n')
      expect(url).toContain(`/${look}/`)
      command.child.kill()
      await command.ended
      const again = await inspector('--token-file', path, '--allow-control')
      expect(again.url).toContain(`/${look}/`)
      await again.command.says(new RegExp(`with control on http://127\\.0\\.0\\.1:\\d+/${control}/`))
      again.command.child.kill()
      expect((await again.command.ended).stderr).toBe('')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('warns if others can read the file of tokens, and exits 1 if it has none', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'turnstate-'))
    try {
      const path = join(directory, 'tokens')
      writeFileSync(path, `${'t'.repeat(20)}\n`)
      chmodSync(path, 0o644)
      const { command, url } = await inspector('--token-file', path)
      expect(url).toContain(`/${'t'.repeat(20)}/`)
      command.child.kill()
      expect((await command.ended).stderr).toMatch(/other users of this machine can read the tokens in .*chmod 600/)
      writeFileSync(path, 'short\n')
      const { stderr, exitCode } = await turnstate(['inspect', '--token-file', path])
      expect(stderr).toMatch(
        /the first line of .* holds no token: a token has at least 16 letters.*\(invalid-option\)\n$/,
      )
      expect(exitCode).toBe(1)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('reads its token from the environment', async () => {
    const token = 'from-the-environment'
    const command = start(['inspect'], { env: { TURNSTATE_INSPECTOR_TOKEN: token } })
    await command.says(new RegExp(`turnstate inspector on http://127\\.0\\.0\\.1:\\d+/${token}/\n`))
  })

  it('uses a token from its arguments, with a warning', async () => {
    const { command, url } = await inspector('--token', 'among-the-arguments')
    expect(url).toContain('/among-the-arguments/')
    command.child.kill()
    expect((await command.ended).stderr).toMatch(/other users of this machine can read a token .*--token-file/)
  })

  it('reports peers that exceed a limit, at most once a second', async () => {
    const { command, url } = await inspector()
    for (let n = 0; n < 5; n++) {
      const socket = new WebSocket(`${url.replace('http:', 'ws:')}process/1`)
      socket.on('error', () => {})
      await once(socket, 'open')
      socket.send('x'.repeat(2 * 1024 * 1024 + 1))
      await once(socket, 'close')
    }
    command.child.kill()
    const { stderr } = await command.ended
    expect(stderr).toMatch(/^turnstate: A process was disconnected: a message is larger than \d+ bytes\.\n/)
    expect(stderr.split('\n').length).toBeLessThan(5)
  })

  it('exits 1 when the port is in use, and says what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { stdout, stderr, exitCode } = await turnstate(['inspect', '--port', `${port}`])
    taken.close()
    expect(stderr).toMatch(
      /^turnstate: The inspector can't listen on port \d+ \(EADDRINUSE\)\. Choose another port[^\n]+\(port-unavailable\)\n$/,
    )
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
  })

  it('exits 1 for an invalid file, with the line of the error', async () => {
    const { stderr, exitCode } = await turnstate(['inspect', 'package.json'])
    expect(stderr).toMatch(
      /^turnstate: This is not a valid export of an inspector: line 1: [^\n]+\(inspection-file-invalid\)\n$/,
    )
    expect(exitCode).toBe(1)
  })

  it('draws frames in a terminal, and writes a line for each transition to a pipe', async () => {
    const { command, url } = await inspector('--tty')
    await turnstate(['chat', '--inspect', url], { input: `Hello\n${refusedLine}\n` })
    await command.says(
      /streaming\.receiving → refused\.saving \(reply\.refused\)[\s\S]*refused: no category; suspects: user-text[\s\S]*reset\.saving → idle[\s\S]*ended: done\n/,
    )
    command.child.kill('SIGINT')
    const { stdout, exitCode } = await command.ended
    expect(stdout).not.toContain('\u001B')
    expect(exitCode).toBe(0)
  })
})

describe.concurrent('chat --inspect', () => {
  it('shows the chat in a running inspector, with redacted texts', async () => {
    const { command, url } = await inspector()
    const { stdout, exitCode } = await turnstate(['chat', '--inspect', url], { input: `Hello there\n${refusedLine}\n` })
    expect(stdout).toContain(`Inspector: ${url}`)
    expect(exitCode).toBe(0)
    const lines = await exported(url)
    expect(lines.filter(({ type }) => type === 'refusal')).toHaveLength(1)
    expect(lines.at(-1)).toMatchObject({ type: 'ended', status: 'done' })
    expect(JSON.stringify(lines)).not.toContain('Hello there')
    command.child.kill()
  })

  it('shows texts with --include-text', async () => {
    const { command, url } = await inspector()
    await turnstate(['chat', '--inspect', url, '--include-text'], { input: 'Hello there\n' })
    expect(JSON.stringify(await exported(url))).toContain('Hello there')
    command.child.kill()
  })

  it.each(['the environment', 'a file'])('reads the address of an inspector from %s', async (place) => {
    const { command, url } = await inspector()
    const directory = mkdtempSync(join(tmpdir(), 'turnstate-'))
    try {
      const path = join(directory, 'address')
      writeFileSync(path, `${url}\n`)
      const given = place === 'a file' ? { args: [path] } : { args: [], env: { TURNSTATE_INSPECTOR: url } }
      const { stdout, stderr } = await turnstate(['chat', '--inspect', ...given.args], {
        input: 'Hello there\n',
        ...(given.env ? { env: given.env } : {}),
      })
      expect(stdout).toContain(`Inspector: ${url}`)
      expect(stderr).toBe('')
      expect((await exported(url)).at(-1)).toMatchObject({ type: 'ended' })
    } finally {
      rmSync(directory, { recursive: true })
      command.child.kill()
    }
  })

  it('prints the address with control of the inspector that it started', async () => {
    const chat = start(['chat', '--inspect', '--allow-control'], { stdin: 'open' })
    chat.write('Hello\n')
    const [, url = '', controlUrl = ''] = await chat.says(/Inspector: (\S+)\nInspector with control: (\S+)\n/)
    expect(controlUrl).not.toBe(url)
    chat.child.stdin?.end()
    expect((await chat.ended).exitCode).toBe(0)
  })

  it('starts an inspector for the chat', async () => {
    const chat = start(['chat', '--inspect'], { stdin: 'open' })
    chat.write('Hello\n')
    const [, url = ''] = await chat.says(
      /Inspector: (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)\n[\s\S]*state: streaming → completed/,
    )
    expect((await exported(url)).some(({ type }) => type === 'request')).toBe(true)
    chat.child.stdin?.end()
    expect((await chat.ended).exitCode).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('exits 1 with an error if no inspector answers or the token is wrong', async () => {
    const { command, url } = await inspector()
    const wrong = new URL('/wrong-token/', url).href
    for (const address of [wrong, 'http://127.0.0.1:1/token/']) {
      const { stdout, exitCode } = await turnstate(['chat', '--inspect', address], { input: 'Hello\n' })
      expect(stdout).toMatch(
        /Can't connect to an inspector at [^\n]+ or the token in the address is wrong\.[^\n]+\(inspector-unreachable\)/,
      )
      expect(exitCode).toBe(1)
    }
    command.child.kill()
  })

  it('takes no database for a file, and says how to see what is in it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'turnstate-'))
    try {
      const path = join(directory, 'chat.db')
      writeFileSync(path, 'SQLite format 3\0…')
      const { stderr, exitCode } = await turnstate(['inspect', path])
      expect(stderr).toContain(`It is a SQLite database. To see the conversations in it, give sqlite:${path}`)
      expect(exitCode).toBe(2)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('shows each scene of the tour as a conversation', async () => {
    const { command, url } = await inspector()
    const { exitCode } = await turnstate(['chat', '--demo', '--inspect', url])
    expect(exitCode).toBe(0)
    const lines = await exported(url)
    expect(lines.filter(({ chart }) => chart !== undefined).length).toBeGreaterThanOrEqual(10)
    const states = new Set(lines.flatMap(({ type, to }) => (type === 'transition' ? [String(to)] : [])))
    expect([...states]).toEqual(
      expect.arrayContaining(['tools.running.awaitingPeople', 'waitingToRetry', 'refused.deciding']),
    )
    command.child.kill()
  })

  it('prints one object per line with --json', async () => {
    const { command, url } = await inspector()
    const { stdout } = await turnstate(['chat', '--json', '--inspect', url], { input: 'Hello\n' })
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')
    command.child.kill()
  })
})
