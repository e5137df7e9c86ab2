import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jsonLines, refusedLine, simulate, start, turnstate } from './command.ts'
import { withoutCounts } from './counts.ts'

const textOf = (content: unknown): unknown =>
  typeof content === 'string' ? content : (content as { text: string }[])[0]?.text

describe.concurrent('a piped chat', () => {
  it('sends each line after the outcome of the previous one', async () => {
    const { stdout, stderr, exitCode } = await turnstate(['chat'], { input: 'One\n/clear\nThree\n' })
    expect(withoutCounts(stdout)).toBe(
      [
        'turnstate chat with claude-opus-5-5, by the built-in simulator',
        'No ANTHROPIC_API_KEY is set: replies are simulated, no model is asked.',
        ...(['One', '/clear', 'Three'] as const).flatMap((word, index) => [
          '',
          `you> ${word}`,
          `claude> This is the turnstate simulator, not Claude. You wrote: "${word}". The request carried ${['1 message', '3 messages', '5 messages'][index]}.`,
          'tokens: N in, N out; simulated, nothing is charged',
          'state: streaming → completed',
        ]),
        'total tokens: N in, N out; simulated, nothing is charged',
        '',
      ].join('\n'),
    )
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  it('continues after a refusal, and explains what left the context', async () => {
    const { stdout, exitCode } = await turnstate(['chat'], { input: `Hello\n${refusedLine}\nAgain\n` })
    expect(withoutCounts(stdout)).toContain(
      [
        'claude> This is the turnstate simulator, ',
        '[retracted: the reply was refused; the text above is void]',
        "Refused by Claude's safety classifiers. This message could not be answered. It is kept out of the conversation. Try to say it differently.",
        'New since the last good reply: your message.',
        '  Out of the context: "Please read this out: ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSA…" and its reply, for good.',
        '  Still in the context: 2 messages from before.',
        'tokens: N in, N out; simulated, nothing is charged',
        'state: streaming → refused → reset → idle',
        '',
        'you> Again',
        'claude> This is the turnstate simulator, not Claude. You wrote: "Again". The request carried 3 messages.',
      ].join('\n'),
    )
    expect(exitCode).toBe(0)
  })

  it('prints the history as JSON, for /history on a line of its own', async () => {
    const { stdout } = await turnstate(['chat'], { input: 'Hello\n/history\n' })
    const said = 'Hello'
    expect(JSON.parse(stdout.slice(stdout.indexOf('[\n'), stdout.lastIndexOf('\n]') + 2))).toEqual([
      { role: 'user', content: said },
      { role: 'assistant', content: [expect.objectContaining({ type: 'text' })] },
    ])
    const json = await turnstate(['chat', '--json'], { input: 'Hello\n/history\n' })
    expect(jsonLines(json.stdout)).toContainEqual({
      type: 'history',
      messages: [
        { role: 'user', content: said },
        { role: 'assistant', content: [expect.objectContaining({ type: 'text' })] },
      ],
    })
  })

  it('accepts any lines: without a line break, empty, from Windows, long, not UTF-8', async () => {
    const long = 'x'.repeat(1_000_000)
    const input = Buffer.concat([
      Buffer.from(`\n  \nOne\r\n\r\n${long}\n`),
      Buffer.from([0x41, 0xff, 0x00, 0x42, 0x0a]),
      Buffer.from('last'),
    ])
    const simulator = await simulate()
    const { stdout, exitCode } = await turnstate(['chat', '--base-url', simulator.url], { input })
    const sent = simulator.requests.map(({ body }) => (body as { messages: { content: unknown }[] }).messages.at(-1))
    expect(sent.map((message) => textOf(message?.content))).toEqual(['One', long, 'A\uFFFD\0B', 'last'])
    expect(stdout).toContain(`you> ${'x'.repeat(99)}…\n`)
    expect(exitCode).toBe(0)
  })

  it('does not play the demonstration if there are only empty lines', async () => {
    const { stdout, exitCode } = await turnstate(['chat'], { input: '\n\n' })
    expect(stdout).not.toContain('you>')
    expect(exitCode).toBe(0)
  })

  it('exits 1 when a turn failed, after the lines that followed', async () => {
    const simulator = await simulate({
      script: ({ index }) =>
        index === 0 ? { httpError: { status: 400, message: 'not this one' } } : { default: true },
    })
    const { stdout, exitCode } = await turnstate(['chat', '--base-url', simulator.url], { input: 'One\nTwo\n' })
    expect(stdout).toContain('change what it says is wrong. In its own words: not this one')
    expect(stdout).toContain('state: streaming → rejected → failed')
    expect(stdout).toContain('You wrote: "Two". The request carried 1 message.')
    expect(exitCode).toBe(1)
  })

  it('reports why a message could not be sent, and exits 1', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'turnstate-piped-'))
    const path = join(folder, 'empty.txt')
    await writeFile(path, '')
    const { stdout, exitCode } = await turnstate(['chat', '--file', path], { input: 'Read this\nNever mind\n' })
    expect(stdout).toContain(`you> Read this\nFailed (file-empty): The file "${path}" is empty.`)
    expect(stdout).toContain('You wrote: "Never mind". The request carried 1 message.')
    expect(exitCode).toBe(1)
    await rm(folder, { recursive: true })
  })

  it('reports that a reply reached the maximum length', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--max-tokens', '3'], { input: 'Hello\n' })
    expect(stdout).toContain(
      'claude> This is the \nThe reply reached the maximum length (see --max-tokens and --on-truncated).\n',
    )
    expect(exitCode).toBe(0)
  })

  it('exits 0 when its output is closed early', async () => {
    const command = start(['chat'], { stdin: 'open' })
    command.write('One\n')
    await command.says(/you> One/)
    command.child.stdout?.destroy()
    command.write('Two\nThree\n')
    const { stderr, exitCode } = await command.ended
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })
})

describe.concurrent('a piped chat with --on-refusal manual', () => {
  it('reads the decision from a line', async () => {
    const input = `Hello\n${refusedLine}\n/rewind 1\nAgain\n`
    const { stdout, exitCode } = await turnstate(['chat', '--on-refusal', 'manual'], { input })
    expect(withoutCounts(stdout)).toContain(
      [
        "Refused by Claude's safety classifiers. Nothing can be sent until you decide what to remove from the context: /drop-turn, /rewind N or /clear.",
        'New since the last good reply: your message.',
        'state: streaming → refused',
        '',
        'you> /rewind 1',
        '  Out of the context: "Hello" and its reply.',
        '  Out of the context: "Please read this out: ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSA…" and its reply, for good.',
        '  The context is empty now.',
        'tokens: N in, N out; simulated, nothing is charged',
        'state: streaming → refused → reset → idle',
      ].join('\n'),
    )
    expect(stdout).toContain('You wrote: "Again". The request carried 1 message.')
    expect(exitCode).toBe(0)
  })

  it('does not hang, and sends nothing, when no decision comes', async () => {
    const input = `${refusedLine}\nAgain\n`
    const { stdout, exitCode } = await turnstate(['chat', '--on-refusal', 'manual'], { input })
    expect(stdout).toContain('you> Again\nThis line was not sent: a refusal waits for a decision. Give /drop-turn,')
    expect(exitCode).toBe(1)
  })
})

describe.concurrent('a piped chat that gets a signal', () => {
  it('stops the reply, reports that, and sends nothing more', async () => {
    const simulator = await simulate({ deltaDelay: 20 })
    const command = start(['chat', '--base-url', simulator.url], { stdin: 'open' })
    command.write('One\nTwo\n')
    await command.says(/claude> This/)
    command.child.kill('SIGTERM')
    const { stdout, exitCode } = await command.ended
    expect(stdout).toMatch(
      /Stopped\.\nThe part that was received stays in the context\.\ntokens: at least \d+ in, \d+ out; unknown price\nstate: streaming → .*closed\n$/,
    )
    expect(simulator.requests).toHaveLength(1)
    expect(exitCode).toBe(143)
  })

  it('does not play the demonstration, as for an empty input', async () => {
    const simulator = await simulate()
    const command = start(['chat', '--base-url', simulator.url], { stdin: 'open' })
    command.write('One\n')
    await command.says(/state: streaming → completed/)
    command.child.kill('SIGTERM')
    expect((await command.ended).exitCode).toBe(143)
    expect(simulator.requests).toHaveLength(1)
  })
})
