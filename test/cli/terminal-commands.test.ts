import { describe, expect, it } from 'vitest'
import { answered, chatting, idleAgain } from './chatting.ts'

describe('commands', () => {
  it('decide about a refusal with --on-refusal manual', async () => {
    const { terminal } = await chatting('--on-refusal', 'manual')
    terminal.enter('Hello')
    await terminal.endsWith(answered('Hello', '1 message'))
    terminal.enter('/refuse')
    await terminal.endsWith(
      'decide what leaves the context: /drop-turn, /rewind N or /clear.\nNew since the last good reply: your message.\nstate: streaming → refused\n\ndecide>',
    )
    terminal.enter('What now?')
    await terminal.endsWith(
      'Not sent: the refusal waits for you first. Type /drop-turn, /rewind N or /clear.\n\ndecide>',
    )
    terminal.enter('/rewind')
    await terminal.endsWith('as in /rewind 1.\n\ndecide>')
    terminal.enter('/rewind 1')
    await terminal.endsWith(`The context is empty now.\n${idleAgain}`)
    expect(terminal.text).toContain('  Out of the context: "Hello" and its reply.\n')
    terminal.enter('/drop-turn')
    await terminal.endsWith(
      'No refusal is waiting for a decision. To put the whole context aside, type /clear.\n\nyou>',
    )
  })

  it('ask again after a failure, with another model', async () => {
    const { terminal } = await chatting('--model', 'no-such-model')
    terminal.enter('Hello')
    await terminal.endsWith(
      'state: streaming → rejected → failed\n/retry asks it again; /model NAME takes another model first.\n\nyou>',
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

  it('show and clear the context, and tell what there is', async () => {
    const { terminal, exitCode } = await chatting()
    terminal.enter('Hello')
    await terminal.endsWith(answered('Hello', '1 message'))
    terminal.enter('/history')
    await terminal.endsWith(']\n\nyou>')
    expect(terminal.text).toContain('"role": "assistant"')
    terminal.enter('/clear')
    await terminal.endsWith('The context is empty now: 1 turn left it.\nstate: reset → idle\n\nyou>')
    terminal.enter('/clear')
    await terminal.endsWith('The context is empty as it is.\n\nyou>')
    terminal.enter('/nonsense')
    await terminal.endsWith(
      'There is no /nonsense. /help lists what there is; a message that begins with "/" needs a space first.\n\nyou>',
    )
    terminal.enter(' /nonsense')
    await terminal.endsWith(answered('/nonsense', '1 message'))
    terminal.enter('/help')
    await terminal.endsWith('A message that begins with "/" needs a space before it.\n\nyou>')
    terminal.enter('/quit')
    expect(await exitCode).toBe(0)
  })
})
