import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { jsonLines, refusedLine, simulate, start, turnstate } from './command.ts'
import { ctrlD } from './chatting.ts'
import { FakeTerminal } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnstate-kept-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
/** The path of a new database. */
const newPath = () => join(folder, `${++count}.db`)

/** A chat in a terminal that ends with the prompt. */
async function atTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const terminal = new FakeTerminal({ columns: 200, env })
  const exitCode = terminal.run(['chat', ...args])
  await terminal.endsWith('\n\nyou>')
  return { terminal, exitCode }
}

describe.concurrent('a chat whose process was killed in the middle of a reply', () => {
  it('is continued with what was there, and can be retried', async () => {
    const simulator = await simulate({ deltaDelay: 20, onExhausted: 'answer' })
    const store = ['--store', `sqlite:${newPath()}`, '--base-url', simulator.url]
    const killed = start(['chat', '--json', ...store], { stdin: 'open' })
    killed.write('First\n')
    await killed.says(/"type":"turn.completed"/)
    killed.write('Second\n')
    await killed.says(/"type":"turn.completed"[^]*"type":"text"/)
    killed.child.kill('SIGKILL')
    await killed.ended

    const { terminal, exitCode } = await atTerminal(['--continue', ...store])
    expect(terminal.text).toMatch(/Opened "First" \([0-9a-f]{8}\), 4 messages/)
    expect(terminal.text).toContain('\nyou> First\n\nclaude> This is the turnstate simulator')
    expect(terminal.text).toContain('\nyou> Second\n\nclaude> [no reply: the chat ended before it]\n')
    expect(terminal.text).toContain('\nInterrupted: the chat ended before the last reply did. /retry asks again')
    await terminal.enterAndSee('/retry', 'You wrote: "Second". The request carried 3 messages.')
    await terminal.endsWith('\n\nyou>')
    terminal.press(ctrlD)
    expect(await exitCode).toBe(0)
  })
})

describe.concurrent('a chat in a terminal', () => {
  it("is kept in the user's data folder, which nobody else can read", async () => {
    const data = join(folder, 'data')
    const simulator = await simulate({ onExhausted: 'answer' })
    const env = { XDG_DATA_HOME: data }
    const first = await atTerminal(['--base-url', simulator.url], env)
    expect(first.terminal.text).toContain(`Kept in ${join(data, 'turnstate', 'chat.db')}`)
    await first.terminal.enterAndSee('Remember me', 'state: streaming → completed')
    await first.terminal.endsWith('\n\nyou>')
    first.terminal.press(ctrlD)
    expect(await first.exitCode).toBe(0)
    expect(first.terminal.text).toContain('To go on with this chat: turnstate chat --continue')
    if (process.platform !== 'win32') {
      expect(statSync(join(data, 'turnstate')).mode & 0o777).toBe(0o700)
      expect(statSync(join(data, 'turnstate', 'chat.db')).mode & 0o777).toBe(0o600)
    }

    const second = await atTerminal(['--continue', '--base-url', simulator.url], env)
    expect(second.terminal.text).toMatch(/Opened "Remember me"/)
    await second.terminal.enterAndSee('/title A new name', 'The title is "A new name".')
    await second.terminal.endsWith('\n\nyou>')
    second.terminal.terminate()
    expect(await second.exitCode).toBe(143)
    // The lease was given up: nobody waits for it.
    const third = await atTerminal(['--continue', '--base-url', simulator.url], env)
    expect(third.terminal.text).toContain('Opened "A new name"')
    expect(third.terminal.text).not.toContain('killed')
    third.terminal.press(ctrlD)
    await third.exitCode
  })

  it('goes on in memory, and says so, if its database cannot be opened', async () => {
    const data = join(folder, 'blocked')
    const simulator = await simulate({ onExhausted: 'answer' })
    const { terminal, exitCode } = await atTerminal(['--base-url', simulator.url], { XDG_DATA_HOME: '/dev/null' })
    expect(terminal.text).toContain("This chat is not kept: The folder /dev/null/turnstate can't be created.")
    await terminal.enterAndSee('Hello', 'state: streaming → completed')
    await terminal.endsWith('\n\nyou>')
    await terminal.enterAndSee('/resume', 'This chat is not kept')
    await terminal.endsWith('\n\nyou>')
    terminal.press(ctrlD)
    expect(await exitCode).toBe(0)
    expect(() => readdirSync(data)).toThrow()
  })

  it('begins another conversation, and goes back, with what is attached and typed ahead', async () => {
    const simulator = await simulate({ onExhausted: 'answer', deltaDelay: 10 })
    const { terminal, exitCode } = await atTerminal(['--store', `sqlite:${newPath()}`, '--base-url', simulator.url])
    await terminal.enterAndSee('One', 'state: streaming → completed')
    await terminal.endsWith('\n\nyou>')
    await terminal.enterAndSee('/file package.json', 'Attached to the next message')
    await terminal.endsWith('\n\nyou (1 file)>')
    await terminal.enterAndSee('/new', 'A new conversation. The one before is kept: /resume lists it.')
    await terminal.endsWith('\n\nyou (1 file)>')
    await terminal.enterAndSee('Two', 'The request carried 1 message.')
    await terminal.endsWith('\n\nyou>')
    await terminal.enterAndSee('/resume', 'Type /resume and a number')
    await terminal.endsWith('\n\nyou>')
    expect(terminal.text).toMatch(/ 1 {2}[0-9a-f]{8} {2}.*open +Two\n {2}2 {2}[0-9a-f]{8} .*completed +One\n/)
    terminal.enter('/resume 2')
    terminal.enter('Typed ahead')
    await terminal.shows('You wrote: "Typed ahead". The request carried 3 messages.')
    await terminal.endsWith('\n\nyou>')
    await terminal.enterAndSee('/resume 2', 'That is this conversation.')
    await terminal.endsWith('\n\nyou>')
    await terminal.enterAndSee('/resume nothing-like-it', 'No conversation in sqlite:')
    await terminal.endsWith('\n\nyou>')
    terminal.press(ctrlD)
    expect(await exitCode).toBe(0)
    expect(JSON.stringify(simulator.requests[1]?.body)).toContain('turnstate')
  })

  it('chooses from the latest conversations with --resume', async () => {
    const simulator = await simulate({ onExhausted: 'answer' })
    const store = ['--store', `sqlite:${newPath()}`, '--base-url', simulator.url]
    for (const words of ['Apples', 'Pears']) await turnstate(['chat', words, ...store])
    const terminal = new FakeTerminal({ columns: 200 })
    const exitCode = terminal.run(['chat', '--resume', ...store])
    await terminal.endsWith('Which one? 1 to 2, or Enter for a new chat>')
    expect(terminal.text).toMatch(/1 .*Pears\n.*2 .*Apples\n/)
    await terminal.enterAndSee('3', 'Give a number from 1 to 2.')
    terminal.enter('2')
    await terminal.shows('Opened "Apples"')
    await terminal.endsWith('\n\nyou>')
    terminal.press(ctrlD)
    expect(await exitCode).toBe(0)
  })

  it('is not kept if nothing was said', async () => {
    const simulator = await simulate()
    const store = ['--store', `sqlite:${newPath()}`]
    const { terminal, exitCode } = await atTerminal([...store, '--base-url', simulator.url])
    terminal.press(ctrlD)
    await exitCode
    expect(terminal.text).not.toContain('To go on')
    const { stdout } = await turnstate(['conversations', ...store])
    expect(stdout).toBe('There are no conversations yet.\n')
  })

  it('says that a conversation is open elsewhere, and since when, once it is sure of that', async () => {
    const simulator = await simulate({ onExhausted: 'answer' })
    const store = ['--store', `sqlite:${newPath()}`, '--base-url', simulator.url]
    const holder = start(['chat', '--json', ...store], { stdin: 'open' })
    holder.write('Hello\n')
    await holder.says(/"type":"turn.completed"/)
    const { stderr, exitCode } = await turnstate(['chat', '--continue', 'Me too', ...store])
    expect(stderr).toMatch(
      /This conversation is open in another process, which was active [\d.]+ s ago\. Close it there/,
    )
    expect(exitCode).toBe(1)
    holder.child.stdin?.end()
    expect((await holder.ended).exitCode).toBe(0)
    const { stdout } = await turnstate(['chat', '--continue', 'And now', ...store])
    expect(stdout).toContain('The request carried 3 messages.')
  })

  it('shows a refusal that waits, and takes the decision', async () => {
    const simulator = await simulate({ onExhausted: 'answer' })
    const store = ['--store', `sqlite:${newPath()}`, '--base-url', simulator.url, '--on-refusal', 'manual']
    const ended = await turnstate(['chat', ...store], { input: `${refusedLine}\n` })
    expect(ended.exitCode).toBe(0)
    const terminal = new FakeTerminal({ columns: 200 })
    const exitCode = terminal.run(['chat', '--continue', ...store])
    await terminal.endsWith('\n\ndecide>')
    expect(terminal.text).toContain('claude> [refused]')
    expect(terminal.text).toContain('The last message was refused, and waits for your decision: /drop-turn')
    await terminal.enterAndSee('/drop-turn', 'The context is empty now.')
    await terminal.endsWith('\n\nyou>')
    terminal.press(ctrlD)
    expect(await exitCode).toBe(0)
  })
})

describe.concurrent('the lease of a conversation is given up', () => {
  it.skipIf(process.platform === 'win32').each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('when %s ends the chat in the middle of a reply', async (signal, code) => {
    const simulator = await simulate({ deltaDelay: 20, onExhausted: 'answer' })
    const store = ['--store', `sqlite:${newPath()}`]
    const running = start(['chat', '--json', ...store, '--base-url', simulator.url], { stdin: 'open' })
    running.write('Hello\n')
    await running.says(/"type":"text"/)
    running.child.kill(signal)
    expect((await running.ended).exitCode).toBe(code)
    const { stdout } = await turnstate(['conversations', '--json', ...store])
    expect(jsonLines(stdout)).toMatchObject([{ title: 'Hello', isOpen: false, status: 'stopped' }])
  })

  it('when nobody reads the output any more', async () => {
    const simulator = await simulate({ deltaDelay: 20, onExhausted: 'answer' })
    const store = ['--store', `sqlite:${newPath()}`]
    const running = start(['chat', '--json', ...store, '--base-url', simulator.url], { stdin: 'open' })
    running.write('Hello\n')
    await running.says(/"type":"text"/)
    running.child.stdout?.destroy()
    expect((await running.ended).exitCode).toBe(0)
    const { stdout } = await turnstate(['conversations', '--json', ...store])
    expect(jsonLines(stdout)).toMatchObject([{ title: 'Hello', isOpen: false, status: 'stopped' }])
  })
})

describe.concurrent('a question or a pipe', () => {
  it('is kept nowhere by default, and goes on with a conversation that was named', async () => {
    const data = join(folder, 'piped')
    const simulator = await simulate({ onExhausted: 'answer' })
    const env = { XDG_DATA_HOME: data }
    const base = ['--base-url', simulator.url]
    await turnstate(['chat', 'Hello', ...base], { env })
    await turnstate(['chat', ...base], { env, input: 'Hello\n' })
    await turnstate(['chat', '--demo', ...base], { env })
    expect(() => readdirSync(data)).toThrow()

    const first = await turnstate(['chat', '--continue', 'One', ...base], { env })
    expect(first.stderr).toContain('There is no conversation to go on with yet; this is a new one.')
    const second = await turnstate(['chat', '--continue', '--json', ...base], { env, input: 'Two\n' })
    const lines = jsonLines(second.stdout)
    expect(lines.find(({ type }) => type === 'opened')).toMatchObject({ title: 'One', messages: 2, status: 'ready' })
    expect(second.stdout).toContain('carried 3 messages')
  })

  it.each([
    [['--continue', '--no-store'], "--continue can't be combined with --no-store"],
    [['--continue', '--resume', 'x'], "--continue can't be combined with --resume"],
    [['--demo', '--store', 'sqlite:x.db'], "--store can't be combined with --demo"],
    [['--store', 'x.db'], 'Give sqlite:PATH or postgres://HOST/DATABASE'],
    [['--store', 'sqlite:'], 'Give sqlite:PATH or postgres://HOST/DATABASE'],
  ])('is wrong use with %j', async (flags, why) => {
    const { stderr, exitCode } = await turnstate(['chat', ...flags])
    expect(stderr).toContain(why)
    expect(exitCode).toBe(2)
  })
})
