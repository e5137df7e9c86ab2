import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type JsonObject, reply, type ScriptStep, text, toolUse } from '../../src/testing/index.ts'
import { type CommandOptions, jsonLines, simulate, start, turnstate } from './command.ts'

const directories: string[] = []
afterAll(() => Promise.all(directories.map((path) => rm(path, { recursive: true, force: true }))))

/** A directory with a few files, inside another one that has a secret. */
async function directory(): Promise<string> {
  const outside = await mkdtemp(join(tmpdir(), 'turnstate-'))
  directories.push(outside)
  const inside = join(outside, 'inside')
  await mkdir(join(inside, 'folder'), { recursive: true })
  await writeFile(join(outside, 'secret.txt'), 'the secret')
  await writeFile(join(inside, 'notes.txt'), 'the notes')
  await writeFile(join(inside, 'folder', 'more.txt'), 'more notes')
  await writeFile(join(inside, 'full.txt'), 'x'.repeat(64 * 1024))
  await writeFile(join(inside, 'large.txt'), 'x'.repeat(64 * 1024 + 1))
  await writeFile(join(inside, 'binary'), Buffer.from([1, 0, 2]))
  await symlink(join(outside, 'secret.txt'), join(inside, 'link-out'))
  await symlink('..', join(inside, 'up'))
  await symlink('folder/more.txt', join(inside, 'link-in'))
  return inside
}

/** A simulator whose first reply makes these calls. */
const calling = (...calls: readonly (readonly [string, JsonObject])[]) =>
  simulate({
    onExhausted: 'answer',
    script: [reply([text('Wait.'), ...calls.map(([name, input], index) => toolUse(name, input, `k${index + 1}`))])],
  })

/** The results in the second request, by the id of their call. */
function resultsIn(body: JsonObject | undefined): Readonly<Record<string, unknown>> {
  const messages = body?.['messages'] as { content: { tool_use_id: string; content: string }[] }[]
  return Object.fromEntries((messages.at(-1)?.content ?? []).map((result) => [result.tool_use_id, result.content]))
}

async function chat(
  calls: readonly (readonly [string, JsonObject])[],
  lines: readonly string[],
  { flags = [], ...options }: CommandOptions & { readonly flags?: readonly string[] } = {},
) {
  const simulator = await calling(...calls)
  const args = ['chat', '--tools', '--base-url', simulator.url, ...flags]
  const ended = await turnstate(args, { input: `${['Do it', ...lines].join('\n')}\n`, ...options })
  return { ...ended, simulator, results: resultsIn(simulator.requests[1]?.body) }
}

describe.concurrent('--tools', () => {
  it('is needed for tools: none are offered by default', async () => {
    const simulator = await simulate()
    await turnstate(['chat', '--base-url', simulator.url], { input: 'Hello\n' })
    expect(simulator.requests[0]?.body).not.toHaveProperty('tools')
  })

  it.each([
    [['--tools'], ['clock', 'calculate', 'read_file', 'ask_user']],
    [
      ['--tools', 'all'],
      ['clock', 'calculate', 'read_file', 'ask_user'],
    ],
    [
      ['--tools', 'calculate, clock'],
      ['calculate', 'clock'],
    ],
  ])('offers those that are named (%j)', async (flags, names) => {
    const simulator = await simulate()
    const { exitCode } = await turnstate(['chat', '--base-url', simulator.url, ...flags], { input: 'Hello\n' })
    const tools = simulator.requests[0]?.body?.['tools'] as { name: string }[]
    expect(tools.map(({ name }) => name)).toEqual(names)
    expect(exitCode).toBe(0)
  })

  it('clock returns the time', async () => {
    const before = Date.now()
    const { results, stdout } = await chat([['clock', {}]], [])
    const { utc } = JSON.parse(String(results['k1'])) as { utc: string }
    expect(Date.parse(utc)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(utc)).toBeLessThanOrEqual(Date.now())
    expect(stdout).toContain('claude> Wait.\ntool> clock {} runs\ntool> clock returned: {"utc":"')
  })

  it('calculate evaluates arithmetic, and nothing else', async () => {
    const sums = [
      ['1 + 2 * 3', '7'],
      ['(1 + 2) * 3', '9'],
      ['2 ^ 3 ^ 2', '512'],
      ['-2 ^ 2', '-4'],
      ['2 ^ -1', '0.5'],
      ['10 - 4 - 3', '3'],
      ['7 % 4 / 2', '1.5'],
      ['1.5e3 + .5', '1500.5'],
      ['1 / 0', 'not a finite number'],
      ['1 +', 'ends too early'],
      ['(1', 'not closed'],
      ['1 2', '"2" is not expected'],
      ['1.2.3', 'not expected'],
      ['process.exit()', '"p" is not a number'],
      ['constructor', '"c" is not a number'],
      ['', 'ends too early'],
      [`1${'+1'.repeat(200)}`, 'longer than 200'],
    ] as const
    const { results } = await chat(
      sums.map(([expression]) => ['calculate', { expression }] as const),
      [],
    )
    for (const [index, [, expected]] of sums.entries()) expect(results[`k${index + 1}`]).toContain(expected)
  })
})

describe.concurrent('read_file', () => {
  it.each([
    ['notes.txt', 'the notes'],
    ['./folder/../notes.txt', 'the notes'],
    ['folder/more.txt', 'more notes'],
    ['link-in', 'more notes'],
    ['full.txt', 'x'.repeat(64 * 1024)],
    ['../secret.txt', 'not under the current directory'],
    ['link-out', 'not under the current directory'],
    ['up/secret.txt', 'not under the current directory'],
    ['../no-such-file', 'not under the current directory'],
    ['/etc/hostname', 'not under the current directory'],
    ['folder', 'is not a file'],
    ['.', 'not under the current directory'],
    ['missing.txt', 'There is no file missing.txt'],
    ['large.txt', 'larger than 64 kB'],
    ['binary', 'is not a text file'],
    ['notes.txt\0', 'There is no file'],
  ])('reads only files under the directory (%j)', async (path, expected) => {
    const { results, stdout } = await chat([['read_file', { path }]], ['/approve'], { cwd: await directory() })
    expect(results['k1']).toContain(expected)
    expect(JSON.stringify(results)).not.toContain('the secret')
    expect(stdout).toContain('is waiting for approval (k1)')
  })

  it('shows the person who has to allow it the whole path, with invisible characters replaced', async () => {
    const path = `${'long/'.repeat(40)}\u202Etxt.exe`
    const { stdout } = await chat([['read_file', { path }]], ['/deny'])
    expect(stdout).toContain(
      `tool> read_file {"path":"${'long/'.repeat(40)}\\u{202e}txt.exe"} is waiting for approval (k1)`,
    )
  })
})

describe.concurrent('a piped chat whose tool calls wait', () => {
  const notes = ['read_file', { path: 'notes.txt' }] as const
  const question = ['ask_user', { question: 'Which?' }] as const

  it('reads the next lines as answers', async () => {
    const lines = ['/approve', '/deny k2 not that one', '/deny none of these', '/answer k4 the red one', 'Thanks']
    const { stdout, results, exitCode } = await chat([notes, notes, notes, question], lines, {
      cwd: await directory(),
    })
    expect(results).toEqual({
      k1: 'the notes',
      k2: 'The user did not allow this call: not that one',
      k3: 'The user did not allow this call: none of these',
      k4: 'the red one',
    })
    expect(stdout).toContain('\n\nyou> /approve\ntool> read_file {"path":"notes.txt"} runs\n')
    expect(stdout).toContain('tool> read_file was denied: The user did not allow this call: not that one\n')
    expect(stdout).toContain('tool> ask_user {"question":"Which?"} is waiting for your answer (k4)\n')
    expect(stdout).toContain('tool> ask_user returned: the red one\n')
    expect(stdout).toContain('you> Thanks\nclaude> This is')
    expect(exitCode).toBe(0)
  })

  it('reads answers as JSON, for programs', async () => {
    const lines = [
      { deny: 'k2', reason: 'not that one' },
      { answer: 'k3', result: { colour: 'red' } },
      { answer: 'k4', result: 'no idea', isError: true },
      { approve: 'k1' },
    ]
    const { stdout, results, exitCode } = await chat(
      [notes, notes, question, question],
      lines.map((line) => JSON.stringify(line)),
      { cwd: await directory(), flags: ['--json'] },
    )
    expect(results).toEqual({
      k1: 'the notes',
      k2: 'The user did not allow this call: not that one',
      k3: '{"colour":"red"}',
      k4: 'no idea',
    })
    const calls = jsonLines(stdout).filter(({ type }) => type.startsWith('toolCall.'))
    expect(calls).toContainEqual(
      expect.objectContaining({ type: 'toolCall.approvalRequested', callId: 'k1', input: { path: 'notes.txt' } }),
    )
    expect(calls).toContainEqual(expect.objectContaining({ type: 'toolCall.answerRequested', callId: 'k3' }))
    expect(calls).toContainEqual(expect.objectContaining({ type: 'toolCall.started', callId: 'k1' }))
    expect(calls).toContainEqual(
      expect.objectContaining({
        type: 'toolCall.settled',
        callId: 'k2',
        status: 'denied',
        result: expect.objectContaining({ is_error: true }),
      }),
    )
    expect(exitCode).toBe(0)
  })

  it('reports a line that is not an answer, and keeps waiting', async () => {
    const lines = ['Hello?', '/approve k9', '/answer k1 text', '{"approve":1}', '/approve k1']
    const { stdout, results, exitCode } = await chat([notes], lines, { cwd: await directory() })
    expect(results).toEqual({ k1: 'the notes' })
    expect(stdout).toContain(
      'you> Hello?\nThis line was not sent: read_file (k1) must be answered first. Give /approve [ID], /deny',
    )
    expect(stdout).toContain('There is no call k9')
    expect(stdout).toContain('waits for approval, not for an answer')
    expect(exitCode).toBe(1)
  })

  it('sends such lines as messages when no call waits', async () => {
    const simulator = await simulate()
    await turnstate(['chat', '--base-url', simulator.url], { input: '/approve\n{"approve":"k1"}\n' })
    expect(simulator.requests).toHaveLength(2)
  })

  it('denies the calls when the input has ended, and says so', async () => {
    const { stdout, results, exitCode } = await chat([notes, question], [])
    expect(results).toEqual({
      k1: 'The user did not allow this call: The input has ended; there is nobody to ask.',
      k2: 'The input has ended; there is nobody to ask.',
    })
    expect(stdout).toContain('Denied read_file and ask_user: the input has ended, so there is nobody to ask.\n')
    expect(stdout).toContain('state: streaming → tools → streaming → completed\n')
    expect(exitCode).toBe(0)
  })

  it('stops the turn and exits on a signal', async () => {
    const simulator = await calling(notes)
    const command = start(['chat', '--tools', '--base-url', simulator.url], { stdin: 'open' })
    command.write('Do it\n')
    await command.says(/is waiting for approval \(k1\)/)
    command.child.kill('SIGINT')
    const { stdout, exitCode } = await command.ended
    expect(stdout).toContain('\nStopped.\n')
    expect(simulator.requests).toHaveLength(1)
    expect(exitCode).toBe(130)
  })

  it('names a tool result among the suspects of a refusal', async () => {
    const script: ScriptStep[] = [
      reply([toolUse('calculate', { expression: '1 + 1' })]),
      { content: [], refusal: { at: 'before' } },
    ]
    const simulator = await simulate({ script })
    const { stdout } = await turnstate(['chat', '--tools', '--base-url', simulator.url], { input: 'Do it\n' })
    expect(stdout).toContain('New since the last good reply: the result of calculate.\n')
  })
})
