import { describe, expect, it } from 'vitest'
import { answered, chatting, idleAgain } from './chatting.ts'

describe('commands', () => {
  it('decide about a refusal with --on-refusal manual', async () => {
    const { terminal } = await chatting('--on-refusal', 'manual')
    terminal.enter('Hello')
    await terminal.endsWith(answered('Hello', '1 message'))
    terminal.enter('/refuse')
    await terminal.endsWith(
      'decide what to remove from the context: /drop-turn, /rewind N or /clear.\nNew since the last good reply: your message.\nstate: streaming → refused\n\ndecide>',
    )
    terminal.enter('What now?')
    await terminal.endsWith(
      'Not sent: first decide about the refusal, with /drop-turn, /rewind N or /clear.\n\ndecide>',
    )
    terminal.enter('/rewind')
    await terminal.endsWith('as in /rewind 1.\n\ndecide>')
    terminal.enter('/rewind 1')
    await terminal.endsWith(`The context is empty now.\ntokens: N in, N out; unknown price\n${idleAgain}`)
    expect(terminal.text).toContain('  Out of the context: "Hello" and its reply.\n')
    terminal.enter('/drop-turn')
    await terminal.endsWith('There is no refusal to decide. To remove the whole context, type /clear.\n\nyou>')
  })

  it('ask again after a failure, with another model', async () => {
    const { terminal } = await chatting('--model', 'no-such-model')
    terminal.enter('Hello')
    await terminal.endsWith(
      'state: streaming → rejected → failed\n/retry sends it again; /model NAME chooses another model first.\n\nyou>',
    )
    terminal.enter('/model claude-sonnet-5-5')
    await terminal.endsWith('The model is claude-sonnet-5-5 now.\n\nyou>')
    terminal.enter('/retry')
    await terminal.endsWith(answered('Hello', '1 message'))
    terminal.enter('/retry')
    await terminal.endsWith('(nothing-to-retry)\n\nyou>')
    terminal.enter('/model')
    await terminal.endsWith('as in /model claude-sonnet-5-5.\n\nyou>')
  })

  it('print the history as JSON, however long its texts are', async () => {
    const { terminal } = await chatting()
    const text = `${'long '.repeat(100)}"quoted" \\ back\u202Ewards`
    terminal.enter(text)
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    const from = terminal.written.length
    terminal.enter('/history')
    await terminal.endsWith(']\n\nyou>')
    const written = terminal.written.slice(from)
    const history: unknown = JSON.parse(written.slice(written.indexOf('[\n'), written.lastIndexOf('\n]') + 2))
    expect(history).toEqual([
      { role: 'user', content: text },
      { role: 'assistant', content: [expect.objectContaining({ type: 'text' })] },
    ])
  })

  it('show and clear the context, and list the commands', async () => {
    const { terminal, exitCode } = await chatting()
    terminal.enter('Hello')
    await terminal.endsWith(answered('Hello', '1 message'))
    terminal.enter('/history')
    await terminal.endsWith(']\n\nyou>')
    expect(terminal.text).toContain('"role": "assistant"')
    terminal.enter('/clear')
    await terminal.endsWith('The context is empty now: 1 turn removed.\nstate: reset → idle\n\nyou>')
    terminal.enter('/clear')
    await terminal.endsWith('The context is empty already.\n\nyou>')
    terminal.enter('/histroy')
    await terminal.endsWith(
      '/histroy not found. Did you mean /history? /help lists the commands. Put a space before a message that starts with "/".\n\nyou>',
    )
    terminal.enter('/nonsense')
    await terminal.endsWith(
      '/nonsense not found. /help lists the commands. Put a space before a message that starts with "/".\n\nyou>',
    )
    terminal.enter(' /nonsense')
    await terminal.endsWith(answered('/nonsense', '1 message'))
    terminal.enter('/help')
    await terminal.endsWith('Put a space before a message that starts with "/".\n\nyou>')
    terminal.enter('/quit')
    expect(await exitCode).toBe(0)
  })
})
