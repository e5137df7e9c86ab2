import { describe, expect, it } from 'vitest'
import { ctrlC } from './chatting.ts'
import { type JsonLine, jsonLines, simulate, start, turnstate } from './command.ts'
import { FakeTerminal } from './terminal.ts'

/** Titles, and the expected output of each scene between its title and its check. */
const scenes: readonly (readonly [string, readonly string[]])[] = [
  ['A plain reply', ['idle → asking.saving  (user.send)', 'claude> Hello!', 'state: streaming → completed']],
  [
    'A refusal in the middle of a reply',
    [
      '[retracted: the reply was refused',
      '(category: cyber)',
      'state: streaming → refused → reset → idle',
      'claude> Of',
    ],
  ],
  ['Repeated refusals', ['Still in the context: 4', 'Still in the context: 2', 'The context is empty now.']],
  [
    'Another model after a refusal',
    ['The model is claude-opus-5 now', 'Fallback credit: redeemed.', 'The model is claude-opus-5-5 again.'],
  ],
  ['Another model, within the API', ['the API continued with claude-opus-5']],
  ['Tools', ['tool> clock {} runs', 'tool> calculate failed', 'tool> clock returned', 'tool> calculate returned: 27']],
  [
    'Approval',
    [
      'is waiting for approval',
      'No terminal, so the scene allows send_postcard',
      'No terminal, so the scene denies send_postcard',
      'Bob has moved',
    ],
  ],
  ['Stop', ['Stopped.\nThe part that was received stays in the context.', 'you> Shorter, please', 'claude> The sea']],
  [
    'An outage',
    ['[retracted: the attempt failed', 'Trying again', "claude-opus-5-5 can't be reached", 'claude> Sorry'],
  ],
  [
    'A full context',
    ['It does not fit into the context', 'A summary now replaces everything', 'The request carried 2 messages.'],
  ],
]

/** The output of each scene, from its title on. */
const partsOf = (stdout: string): readonly string[] => stdout.split(/^── \d+ of 10: /m).slice(1)

describe.concurrent('chat --demo', () => {
  it('plays ten scenes to the end, and says that they are simulated', async () => {
    const { stdout, stderr, exitCode } = await turnstate(['chat', '--demo'], { env: { ANTHROPIC_API_KEY: 'a-key' } })
    expect(stdout).toContain('Everything is simulated: no model is asked, and nothing is charged.\n')
    const parts = partsOf(stdout)
    expect(parts.map((part) => part.split('\n', 1)[0])).toEqual(scenes.map(([title]) => title))
    for (const [index, [, shown]] of scenes.entries()) {
      const part = parts[index] ?? ''
      expect(part).toMatch(/^Look at .+\.$/m)
      for (const words of shown) expect(part).toContain(words)
      expect(part).toMatch(/check: the history can be sent: claude-\S+ accepted a request with \d+ messages\.\n/)
    }
    expect(stdout).toMatch(/\n10 scenes played, and every history can be sent\.\n$/)
    expect(stdout).not.toContain('\u001B')
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  it('plays them in JSON', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--demo', '--json'])
    const lines = jsonLines(stdout)
    const ofType = (type: string): readonly JsonLine[] => lines.filter((line) => line.type === type)
    expect(lines[0]).toMatchObject({ type: 'session', simulated: true, demo: true, tour: true })
    expect(ofType('scene').map(({ number, of, title }) => [number, of, title])).toEqual(
      scenes.map(([title], index) => [index + 1, 10, title]),
    )
    expect(ofType('check').map(({ scene, ok, status }) => [scene, ok, status])).toEqual(
      scenes.map((_, index) => [index + 1, true, 200]),
    )
    expect(lines.at(-1)).toEqual({ type: 'tour', scenes: 10, failed: 0 })
    expect(exitCode).toBe(0)
  })

  it('does not read standard input', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--demo'], { input: 'Hello from the pipe\n' })
    expect(stdout).not.toContain('from the pipe')
    expect(partsOf(stdout)).toHaveLength(10)
    expect(exitCode).toBe(0)
  })

  it('plays the short demonstration with --base-url, and says so', async () => {
    const simulator = await simulate()
    const { stdout, exitCode } = await turnstate(['chat', '--demo', '--base-url', simulator.url], { input: 'Hello\n' })
    expect(stdout).toContain('With --base-url this is the short demonstration, because the scenes of the tour need')
    expect(simulator.requests).toHaveLength(3)
    expect(exitCode).toBe(0)
  })

  it('can be left in the middle', async () => {
    const command = start(['chat', '--demo'])
    await command.says(/── 1 of 10/)
    command.child.kill('SIGINT')
    const { stdout, exitCode } = await command.ended
    expect(stdout).not.toContain('scenes played')
    expect(exitCode).toBe(130)
  })
})

describe('chat --demo at a terminal', () => {
  it('asks the person about tool calls', async () => {
    const terminal = new FakeTerminal({ columns: 200 })
    const exitCode = terminal.run(['chat', '--demo'])
    await terminal.endsWith('allow send_postcard {"to":"Ada"}? y/n>')
    await terminal.enterAndSee('what?', 'Type y or n')
    await terminal.enterAndSee('n I will do it', 'was denied')
    await terminal.endsWith('allow send_postcard {"to":"Bob"}? y/n>')
    terminal.enter('y')
    expect(await exitCode).toBe(0)
    expect(terminal.text).toContain('tool> send_postcard returned: A postcard to Bob would be on its way now.')
    expect(terminal.text).not.toContain('No terminal, so')
    expect(terminal.text).toMatch(/10 scenes played, and every history can be sent\.$/)
  })

  it.each([
    ['a scene', '── 2 of 10'],
    ['a question', 'allow send_postcard {"to":"Ada"}? y/n> '],
  ])('is left by Ctrl-C in the middle of %s', async (_, shown) => {
    const terminal = new FakeTerminal({ columns: 200 })
    const seen = terminal.shows(shown)
    const exitCode = terminal.run(['chat', '--demo'])
    await seen
    terminal.press(ctrlC)
    expect(await exitCode).toBe(130)
    expect(terminal.text).not.toContain('scenes played')
  })

  it('exits on Ctrl-C, also with its inspector', async () => {
    const terminal = new FakeTerminal({ columns: 200 })
    const exitCode = terminal.run(['chat', '--demo', '--inspect'])
    await terminal.shows('── 2 of 10')
    terminal.press(ctrlC)
    expect(await exitCode).toBe(130)
    const [, url = ''] = /Inspector: (\S+)/.exec(terminal.text) ?? []
    await expect(fetch(url)).rejects.toThrow()
  })
})
