import { describe, expect, it } from 'vitest'
import { type JsonObject, reply, toolUse } from '../../src/testing/index.ts'
import { chattingWith, ctrlC, ctrlD } from './chatting.ts'

type Call = readonly [string, JsonObject]

const manifest: Call = ['read_file', { path: 'package.json' }]
const licence: Call = ['read_file', { path: 'LICENSE' }]
const question: Call = ['ask_user', { question: 'Which?' }]

/** A terminal whose simulator calls tools after the first message. */
async function called(...calls: readonly Call[]) {
  const script = [reply(calls.map(([name, input], index) => toolUse(name, input, `k${index + 1}`)))]
  const chat = await chattingWith({ script }, '--tools')
  chat.terminal.enter('Do it')
  const results = () => {
    const messages = chat.simulator.requests[1]?.body?.['messages'] as { content: { content: string }[] }[]
    return messages.at(-1)?.content.map(({ content }) => content)
  }
  return { ...chat, results }
}

const done = 'state: streaming → tools → streaming → completed\n\nyou>'
const allow = 'allow read_file {"path":"package.json"}? y/n>'
const allowLicence = 'allow read_file {"path":"LICENSE"}? y/n>'

describe('a tool call at a terminal', () => {
  it('runs when it is allowed; calls are asked about one after the other', async () => {
    const { terminal, results } = await called(manifest, licence)
    await terminal.endsWith(
      `tool> read_file {"path":"package.json"} is waiting for approval (k1)\ntool> read_file {"path":"LICENSE"} is waiting for approval (k2)\n${allow}`,
    )
    await terminal.enterAndSee('y', 'returned')
    await terminal.endsWith(allowLicence)
    terminal.enter('n it is too long')
    await terminal.endsWith(done)
    expect(results()).toEqual([
      expect.stringContaining('"name": "turnstate"'),
      'The user did not allow this call: it is too long',
    ])
    expect(terminal.text).toContain('tool> read_file was denied: The user did not allow this call: it is too long\n')
  })

  it('shows the file behind a roundabout path, and the end of a long path', async () => {
    const roundabout = `docs/README.md${'/.'.repeat(700)}/../../LICENSE`
    const { terminal, results } = await called(['read_file', { path: roundabout }])
    await terminal.endsWith('y/n>')
    expect(terminal.text).toContain('is waiting for approval (k1)\n  it reads "LICENSE"\n')
    expect(terminal.text).toMatch(
      /allow read_file \{"path":"docs\/README\.md[/.]+ … [/.]+LICENSE"\} \(1439 characters\)\? y\/n>$/,
    )
    terminal.enter('n')
    await terminal.endsWith(done)
    expect(results()).toEqual([expect.stringContaining('did not allow')])
  })

  it('can only be denied if its input is too long to be shown', async () => {
    const { terminal, results } = await called(['read_file', { path: `${'a/'.repeat(1_500)}b` }])
    await terminal.endsWith('y/n>')
    await terminal.enterAndSee('y', "more than 2000 are not shown, so it can't be allowed here")
    await terminal.endsWith('y/n>')
    await terminal.enterAndSee('/approve k1', "so it can't be allowed here. Deny it")
    await terminal.endsWith('y/n>')
    terminal.enter('n')
    await terminal.endsWith(done)
    expect(results()).toEqual([expect.stringContaining('did not allow')])
  })

  it('is answered by a typed line', async () => {
    const { terminal, results } = await called(question)
    await terminal.endsWith('tool> ask_user {"question":"Which?"} is waiting for your answer (k1)\nanswer ask_user>')
    terminal.enter('The red one')
    await terminal.endsWith(done)
    expect(results()).toEqual(['The red one'])
  })

  it('is answered by commands', async () => {
    const { terminal, results } = await called(manifest, licence, question)
    await terminal.endsWith(allow)
    await terminal.enterAndSee('/answer k3 {"colour":"red"}', 'ask_user returned')
    await terminal.endsWith(allow)
    await terminal.enterAndSee('/deny k2 not that one', 'was denied')
    await terminal.endsWith(allow)
    terminal.enter('/approve')
    await terminal.endsWith(done)
    expect(results()).toEqual([
      expect.stringContaining('"name": "turnstate"'),
      'The user did not allow this call: not that one',
      '{"colour":"red"}',
    ])
    terminal.enter('/approve')
    await terminal.endsWith('No tool call is waiting.\n\nyou>')
  })

  it('keeps waiting after any other line, and shows the question again', async () => {
    const { terminal, simulator } = await called(manifest)
    await terminal.endsWith(allow)
    terminal.enter('maybe')
    await terminal.endsWith(
      `A tool call is waiting: type y to allow it, n to deny it, or n and a reason for the model.\n${allow}`,
    )
    await terminal.enterAndSee('yes please', 'A tool call is waiting')
    await terminal.endsWith(allow)
    terminal.enter('/retry')
    await terminal.endsWith(
      `/retry is not possible while a tool call is waiting for you. Ctrl-C stops the turn.\n${allow}`,
    )
    await terminal.enterAndSee('/usage', 'claude-opus-5-5: 1 request')
    await terminal.endsWith(allow)
    await terminal.enterAndSee('/approve k9', '(call-unknown)')
    await terminal.endsWith(allow)
    terminal.enter('/answer k1')
    await terminal.endsWith(`Say it as in /answer ID The answer. read_file (k1) waits for approval.\n${allow}`)
    await terminal.enterAndSee('/nonsense', '/nonsense not found.')
    await terminal.endsWith(allow)
    terminal.enter('')
    await terminal.endsWith(`\n${allow}\n${allow}`)
    expect(simulator.requests).toHaveLength(1)
    terminal.enter('Y')
    await terminal.endsWith(done)
  })

  it('is not allowed by a line that was typed before the question was shown', async () => {
    const script = [reply([toolUse(...manifest, 'k1')])]
    const { terminal, simulator } = await chattingWith({ script }, '--tools')
    terminal.press('Do it\ry\r')
    await terminal.endsWith(allow)
    expect(simulator.requests).toHaveLength(1)
    terminal.enter('n')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(terminal.text).toContain(`${done} y\nclaude> `)
  })

  it('keeps a partly typed line when other output is shown', async () => {
    const { terminal, results } = await called(manifest, question)
    await terminal.endsWith(allow)
    // Enough for a second row; the file is read in the meantime.
    const answer = `The ${'very '.repeat(60)}red one`
    terminal.press(`y\r${answer}`)
    await terminal.shows('read_file returned')
    await terminal.endsWith('red one')
    expect(terminal.text.split('red one')).toHaveLength(2)
    expect(terminal.text).toMatch(/\n {0}tool> read_file returned: .*\nanswer ask_user> The very/)
    terminal.press('\r')
    await terminal.endsWith(done)
    expect(results()?.[1]).toBe(answer)
  })

  it('is stopped with its turn by Ctrl-C', async () => {
    const { terminal, simulator } = await called(manifest)
    await terminal.endsWith(allow)
    terminal.press(ctrlC)
    await terminal.endsWith('state: streaming → tools → stopped\n\nyou>')
    expect(terminal.text).toMatch(/y\/n>\n(tool> .*cancelled.*\n)?Stopped\.\n/)
    terminal.enter('Go on')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(simulator.requests.map(({ status }) => status)).toEqual([200, 200])
  })

  it.each([
    ['Ctrl-D', ctrlD],
    ['Ctrl-C, twice', `${ctrlC}${ctrlC}`],
    ['/quit', '/quit\r'],
  ])('does not prevent leaving (%s)', async (_, keys) => {
    const { terminal, simulator, exitCode } = await called(manifest)
    await terminal.endsWith(allow)
    terminal.press(keys)
    expect(await exitCode).toBe(0)
    expect(terminal.text).toContain('\nStopped.\n')
    expect(simulator.requests).toHaveLength(1)
  })
})
