import { describe, expect, it } from 'vitest'
import { answered, chatting, ctrlC, idleAgain } from './chatting.ts'

describe('commands for branches', () => {
  it('ask again, edit a message, list the branches, and switch between them', async () => {
    const { terminal } = await chatting()
    terminal.enter('/branches')
    await terminal.endsWith('No messages yet.\n\nyou>')
    terminal.enter('One')
    await terminal.endsWith(answered('One', '1 message'))
    terminal.enter('Two')
    await terminal.endsWith(answered('Two', '3 messages'))
    terminal.enter('/regenerate')
    await terminal.endsWith(answered('Two', '3 messages'))
    terminal.enter('/edit 2 Three')
    await terminal.endsWith(answered('Three', '3 messages'))
    terminal.enter('/branches')
    await terminal.endsWith(
      [
        '*  1  "One", completed',
        '   2  "Two", completed',
        '   3  "Two", after 1, completed',
        '*  4  "Three", after 1, completed  ← the next message goes here',
        '',
        'you>',
      ].join('\n'),
    )
    terminal.enter('/switch 2')
    await terminal.endsWith('The next message builds on "Two" now.\nstate: switching → completed\n\nyou>')
    terminal.enter('/regenerate 1')
    await terminal.endsWith(answered('One', '1 message'))
  })

  it('list refused and removed messages, and switch to them only with force', async () => {
    const { terminal } = await chatting('--on-refusal', 'rewind:1')
    terminal.enter('One')
    await terminal.endsWith(answered('One', '1 message'))
    terminal.enter('/refuse')
    await terminal.endsWith(idleAgain)
    terminal.enter('/branches')
    await terminal.endsWith(
      /* both are off the path */ 'Please read this out: ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSA…", refused\n\nyou>',
    )
    expect(terminal.text).toContain('   1  "One", completed, put aside by a reset\n')
    terminal.enter('/switch 1')
    await terminal.endsWith('(turn-withdrawn)\n\nyou>')
    terminal.enter('/switch 2 force')
    await terminal.endsWith('(turn-quarantined)\n\nyou>')
    terminal.enter('/switch 1 force')
    await terminal.endsWith('The next message builds on "One" now.\nstate: switching → completed\n\nyou>')
    terminal.enter('Two')
    await terminal.endsWith(answered('Two', '3 messages'))
  })

  it.each([
    ['/edit', 'Give the number of a message and the new text, as in /edit 2 Hello. /branches lists them.'],
    ['/edit 1', 'Give the number of a message and the new text, as in /edit 2 Hello. /branches lists them.'],
    ['/edit 9 Hello', 'Give the number of a message and the new text, as in /edit 2 Hello. /branches lists them.'],
    ['/regenerate x', 'Give the number of a message, as in /regenerate 2. /branches lists them.'],
    ['/switch', 'Give the number of a message, as in /switch 2. /branches lists them.'],
    ['/switch 1 now', 'Give the number of a message, as in /switch 2. /branches lists them.'],
    ['/compact', '(nothing-to-compact)'],
    ['/regenerate', '(turn-unknown)'],
    ['/system', 'Give a system prompt, as in /system Be brief, or /system none.'],
    ['/budget', 'Give a number of tokens above zero, as in /budget 10000, or /budget none.'],
    ['/budget 0', 'Give a number of tokens above zero, as in /budget 10000, or /budget none.'],
    ['/approve', 'No tool call is waiting.'],
    ['/deny', 'No tool call is waiting.'],
    ['/answer', 'No tool call is waiting.'],
    ['/model claude-opus-5-5', 'The model is claude-opus-5-5 already.'],
    ['/usage', 'No messages yet.'],
    ['/refusals', 'Nothing was refused.'],
  ])('say what is right when they are used wrongly (%s)', async (line, sentence) => {
    const { terminal } = await chatting()
    terminal.enter(line)
    await terminal.endsWith(`${sentence}\n\nyou>`)
  })

  it('wait for the decision about a refusal', async () => {
    const { terminal, simulator } = await chatting('--on-refusal', 'manual')
    terminal.enter('/refuse')
    await terminal.endsWith('decide>')
    for (const line of ['/retry', '/regenerate', '/edit 1 Hello', '/compact']) {
      terminal.enter(line)
      await terminal.endsWith(
        `${line}\nNot sent: first decide about the refusal, with /drop-turn, /rewind N or /clear.\n\ndecide>`,
      )
    }
    expect(simulator.requests).toHaveLength(1)
  })
})

describe('commands for the context', () => {
  it('replace the conversation by a summary', async () => {
    const { terminal, simulator } = await chatting()
    terminal.enter('One')
    await terminal.endsWith(answered('One', '1 message'))
    terminal.enter('/compact')
    await terminal.endsWith(
      'Asking for a summary of the conversation.\nA summary now replaces everything before it.\ntokens: N in, N out; unknown price\nstate: streaming → completed\n\nyou>',
    )
    terminal.enter('/branches')
    await terminal.endsWith('*  2  the summary, replaces everything before it  ← the next message goes here\n\nyou>')
    terminal.enter('Two')
    await terminal.endsWith(answered('Two', '2 messages'))
    expect(simulator.requests.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('change the system prompt', async () => {
    const { terminal, simulator } = await chatting()
    terminal.enter('/system Be  brief.')
    await terminal.endsWith('The system prompt changes from the next message on.\n\nyou>')
    terminal.enter('One')
    await terminal.endsWith(answered('One', '1 message'))
    terminal.enter('/system none')
    await terminal.endsWith('The system prompt changes from the next message on.\n\nyou>')
    terminal.enter('Two')
    await terminal.endsWith(answered('Two', '3 messages'))
    expect(simulator.requests.map(({ body }) => body?.['system'])).toEqual(['Be  brief.', undefined])
  })

  it('show the usage and the refusals', async () => {
    const { terminal } = await chatting()
    terminal.enter('One')
    await terminal.endsWith(answered('One', '1 message'))
    terminal.enter('/refuse')
    await terminal.endsWith(idleAgain)
    terminal.enter('/refuse')
    await terminal.endsWith(idleAgain)
    expect(terminal.text).toContain('The same text was refused before ("Please read this out: ')
    await terminal.enterAndSee('/usage', 'Refusals by the billing rules of 2026-09, as documented in 2026-10.')
    expect(terminal.text).toMatch(
      /claude-opus-5-5: 3 requests\n {2}answered: \d+ tokens in, \d+ out\n {2}refused, charged: \d+ tokens in, \d+ out\nRefusals/,
    )
    await terminal.enterAndSee('/refusals', '1 × without a category by claude-opus-5-5: rewind, not asked again')
    expect(terminal.text).toContain('1 × without a category by claude-opus-5-5: drop-turn, not asked again\n')
  })

  it('raise a budget that was used up', async () => {
    const { terminal } = await chatting('--budget-tokens', '1')
    terminal.enter('One')
    await terminal.endsWith(answered('One', '1 message'))
    terminal.enter('Two')
    await terminal.endsWith('Raise the budget with /budget N, or remove it with /budget none; then /retry.\n\nyou>')
    expect(terminal.text).toContain('Failed (budget-exceeded): Nothing was sent')
    terminal.enter('/budget 100000')
    await terminal.endsWith('The budget is now 100000 tokens.\n\nyou>')
    terminal.enter('/retry')
    await terminal.endsWith(answered('Two', '3 messages'))
    terminal.enter('/budget none')
    await terminal.endsWith('The budget was removed.\n\nyou>')
  })

  it('list themselves', async () => {
    const { terminal } = await chatting()
    terminal.enter('/help')
    await terminal.endsWith('Put a space before a message that starts with "/".\n\nyou>')
    const usages =
      '/retry|/regenerate [N]|/edit N TEXT|/branches|/switch N [force]|/compact|/model NAME|/system TEXT|/budget N|/usage|/refusals|/history|/approve [ID]|/deny [ID] [REASON]|/answer ID TEXT|/send, /drop|/quit|/drop-turn, /rewind N, /clear'
    for (const usage of usages.split('|')) expect(terminal.text).toContain(`\n  ${usage}`)
    terminal.press(ctrlC)
    await terminal.endsWith('Press Ctrl-C again to quit.\n\nyou>')
  })
})
