import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { chatting, ctrlD, idleAgain } from './chatting.ts'
import { simulate } from './command.ts'
import { FakeTerminal } from './terminal.ts'

describe('the output in a terminal', () => {
  it.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
  ])('has colours as the environment wants (%o)', async (env, hasColours) => {
    const terminal = new FakeTerminal({ env })
    const exitCode = terminal.run(['chat', '--no-store'])
    await terminal.endsWith('you>')
    terminal.press(ctrlD)
    await exitCode
    // oxlint-disable-next-line no-control-regex -- the escape sequence of colours
    expect(/\u001B\[\d+m/.test(terminal.written)).toBe(hasColours)
  })

  it('has no control sequences of a reply', async () => {
    const text = 'red \u001B[31m, title \u001B]0;owned\u0007, over\rwritten, C1 \u009B31m.'
    const simulator = await simulate({ script: [{ content: [{ type: 'text', text }] }] })
    const terminal = new FakeTerminal({ env: { NO_COLOR: '1' } })
    void terminal.run(['chat', '--no-store', '--base-url', simulator.url])
    await terminal.endsWith('you>')
    terminal.enter('Hello')
    await terminal.endsWith(
      'claude> red [31m, title ]0;owned, overwritten, C1 31m.\ntokens: N in, N out; unknown price\nstate: streaming → completed\n\nyou>',
    )
  })

  it.each([
    ['in one row', 'The beginning of ', '17 characters removed from the screen'],
    ['over rows', `${'long '.repeat(40)}\n\nnext `, '207 characters removed from the screen'],
    ['to the very end of a row', 'x'.repeat(80 - 'claude> '.length), '72 characters removed from the screen'],
    ['with dashes and quotes', 'It’s — “so” ', '12 characters removed from the screen'],
    ['higher than the screen', 'row\n'.repeat(30), 'the text above is void'],
    [
      'of wide characters, which begin a row before they reach its end',
      '漢'.repeat(50),
      '50 characters removed from the screen',
    ],
    ['with a few accents', 'Le café est très bon '.repeat(10), '210 characters removed from the screen'],
    ['of a width that terminals disagree on', 'слово '.repeat(20), 'the text above is void'],
    ['with tabs', 'a\tb', 'the text above is void'],
  ])('takes back a refused reply where that is sure (%s)', async (_name, text, said) => {
    const refusal = { at: { afterDeltas: 1 } } as const
    const simulator = await simulate({ script: [{ content: [{ type: 'text', text, deltas: [text] }], refusal }] })
    const terminal = new FakeTerminal({ columns: 80, rows: 20 })
    void terminal.run(['chat', '--no-store', '--base-url', simulator.url])
    await terminal.endsWith('you>')
    const before = terminal.text
    terminal.enter('Hello')
    await terminal.endsWith(idleAgain)
    const rest = terminal.text.slice(before.length)
    expect(rest.replaceAll('\n', ' ')).toContain(`[retracted: the reply was refused; ${said}]`)
    if (said.includes('removed from')) expect(rest).toMatch(/^ Hello\n\[retracted/)
    else expect(rest).toMatch(/^ Hello\nclaude> /)
  })

  it('erases nothing after the terminal was resized', async () => {
    const { terminal } = await chatting()
    const begun = terminal.shows('This ')
    terminal.enter('/refuse')
    await begun
    terminal.resize(100)
    await terminal.endsWith(idleAgain)
    expect(terminal.text).toContain(
      'claude> This is the turnstate simulator,\n[retracted: the reply was refused; the text above is void]',
    )
  })

  it('begins before anything is typed if only the output is piped', async () => {
    const output = new PassThrough({ encoding: 'utf8' })
    const terminal = new FakeTerminal()
    const exitCode = terminal.run(['chat', '--no-store'], output)
    expect(await once(output, 'data')).toEqual([expect.stringContaining('turnstate chat with claude-opus-5-5')])
    terminal.keyboard.end()
    expect(await exitCode).toBe(0)
  })
})
