import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { refusedLine, start, turnstate } from './command.ts'

const inspector = async (...flags: readonly string[]) => {
  const command = start(['inspect', ...flags])
  const [, url = ''] = await command.says(/turnstate inspector on (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)\n/)
  return { command, url }
}

/** What the inspector exports. */
const exported = async (url: string): Promise<readonly Record<string, unknown>[]> => {
  const text = await (await fetch(new URL('export.jsonl', url))).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe.concurrent('inspect', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its address, says who can look, serves the page, and ends on %s',
    async (signal) => {
      const { command, url } = await inspector('--port', '0')
      await command.says(/Whoever has this address can look\. .*turnstate chat --inspect http.*\nCtrl-C ends it\.\n/)
      const page = await fetch(url)
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('<title>turnstate inspector</title>')
      command.child.kill(signal)
      const { stderr, exitCode } = await command.ended
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    },
  )

  it('says that pages can send events when they can', async () => {
    const { command } = await inspector('--allow-control')
    await command.says(/can look, and send events\./)
  })

  it('exits 1 when the port is in use, and says what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { stdout, stderr, exitCode } = await turnstate(['inspect', '--port', `${port}`])
    taken.close()
    expect(stderr).toMatch(
      /^turnstate: The inspector can't listen on port \d+ \(EADDRINUSE\)\. Choose another one[^\n]+\(port-unavailable\)\n$/,
    )
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
  })

  it('exits 1 for a file that is none of its own, and says where', async () => {
    const { stderr, exitCode } = await turnstate(['inspect', 'package.json'])
    expect(stderr).toMatch(
      /^turnstate: This is no file of an inspector's: line 1: [^\n]+\(inspection-file-invalid\)\n$/,
    )
    expect(exitCode).toBe(1)
  })

  it('shows in a terminal, or to a pipe a line for each step', async () => {
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
  it('shows itself in an inspector that runs, texts redacted', async () => {
    const { command, url } = await inspector()
    const { stdout, exitCode } = await turnstate(['chat', '--inspect', url], { input: `Hello there\n${refusedLine}\n` })
    expect(stdout).toContain(`This is shown at ${url}`)
    expect(exitCode).toBe(0)
    const lines = await exported(url)
    expect(lines.filter(({ type }) => type === 'refusal')).toHaveLength(1)
    expect(lines.at(-1)).toMatchObject({ type: 'ended', status: 'done' })
    expect(JSON.stringify(lines)).not.toContain('Hello there')
    command.child.kill()
  })

  it('shows its texts where it is told to', async () => {
    const { command, url } = await inspector()
    await turnstate(['chat', '--inspect', url, '--include-text'], { input: 'Hello there\n' })
    expect(JSON.stringify(await exported(url))).toContain('Hello there')
    command.child.kill()
  })

  it('starts an inspector of its own beside it', async () => {
    const chat = start(['chat', '--inspect'], { stdin: 'open' })
    chat.write('Hello\n')
    const [, url = ''] = await chat.says(
      /This is shown at (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)\n[\s\S]*state: streaming → completed/,
    )
    expect((await exported(url)).some(({ type }) => type === 'request')).toBe(true)
    chat.child.stdin?.end()
    expect((await chat.ended).exitCode).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('says so where no inspector answers, or the token is wrong', async () => {
    const { command, url } = await inspector()
    const wrong = new URL('/wrong-token/', url).href
    for (const address of [wrong, 'http://127.0.0.1:1/token/']) {
      const { stdout, exitCode } = await turnstate(['chat', '--inspect', address], { input: 'Hello\n' })
      expect(stdout).toMatch(
        /No inspector answers at [^\n]+ or the token in the address is another one\.[^\n]+\(inspector-unreachable\)/,
      )
      expect(exitCode).toBe(1)
    }
    command.child.kill()
  })

  it('shows the scenes of the tour, each a conversation', async () => {
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
