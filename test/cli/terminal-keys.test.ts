import { describe, expect, it } from 'vitest'
import { answered, chatting, chattingWith, ctrlC, ctrlD } from './chatting.ts'
import { FakeTerminal } from './terminal.ts'

const ctrlZ = '\u001A'
const altEnter = '\u001B\r'
const left = '\u001B[D'
const up = '\u001B[A'

/** The text of the last message of a request. */
const sent = (body: unknown): unknown => (body as { messages: { content: unknown }[] }).messages.at(-1)?.content

describe('a message of several lines', () => {
  it('is what was pasted, sent as one by Enter', async () => {
    const { terminal, simulator } = await chatting()
    terminal.paste('one\n\ttwo /help\r\nthree\n')
    await terminal.endsWith('you> one\n\ttwo /help\nthree')
    expect(simulator.requests).toHaveLength(0)
    terminal.enter('!')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(simulator.requests.map(({ body }) => sent(body))).toEqual(['one\n\ttwo /help\nthree!'])
  })

  it('is pasted into the middle of a line, also in pieces', async () => {
    const { terminal, simulator } = await chatting()
    terminal.press(`start end${left.repeat(4)}`)
    for (const key of '\u001B[200~mid\rdle\u001B[201~') terminal.press(key)
    await terminal.endsWith('you> startmid\ndle end')
    terminal.enter('')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe('startmid\ndle end')
  })

  it('has no control sequences of what was pasted', async () => {
    const { terminal, simulator } = await chatting()
    terminal.paste('red \u001B[31mtext\u0003\u0004 end')
    await terminal.endsWith('you> red [31mtext end')
    terminal.enter('')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe('red [31mtext end')
  })

  it('shows a long paste as a mark, and sends all of it', async () => {
    const { terminal, simulator } = await chatting()
    const long = Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n')
    terminal.press('Look: ')
    terminal.paste(long)
    await terminal.endsWith('you> Look: [paste 1: 500 lines]')
    terminal.paste('x'.repeat(100_000))
    await terminal.endsWith('you> Look: [paste 1: 500 lines][paste 2: 100000 characters]')
    terminal.enter('')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe(`Look: ${long}${'x'.repeat(100_000)}`)
    terminal.press(up)
    terminal.enter(' again')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[1]?.body)).toBe(`Look: ${long}${'x'.repeat(100_000)} again`)
  })

  it.each([
    ['Alt-Enter', `one${altEnter}two`],
    ['a backslash and Enter', 'one\\\rtwo'],
    ['a backslash and Enter that is followed by a line feed', 'one\\\r\ntwo'],
  ])('gets a new line by %s', async (_, keys) => {
    const { terminal, simulator } = await chatting()
    terminal.press(keys)
    await terminal.endsWith('you> one\ntwo')
    terminal.enter('')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe('one\ntwo')
  })

  it('ends with a backslash after two of them', async () => {
    const { terminal, simulator } = await chatting()
    terminal.enter('C:\\dir\\\\')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe('C:\\dir\\\\')
  })

  it.each(['/usr/bin/node', '// a comment', '/* a comment\n */ code'])('may begin with a slash: %s', async (text) => {
    const { terminal, simulator } = await chatting()
    terminal.paste(text)
    terminal.enter('')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe(text)
  })

  it('may be pasted during a reply, and is sent after it', async () => {
    const { terminal, simulator } = await chatting()
    const begun = terminal.shows('claude> ')
    terminal.enter('One')
    await begun
    terminal.paste('two\nthree')
    await terminal.endsWith('state: streaming → completed\n\nyou> two\nthree')
    expect(terminal.text).toContain(answered('One', '1 message'))
    terminal.enter('')
    await terminal.endsWith(
      'The request carried 3 messages.\ntokens: N in, N out; unknown price\nstate: streaming → completed\n\nyou>',
    )
    expect(sent(simulator.requests[1]?.body)).toBe('two\nthree')
  })

  it('is forgotten by Ctrl-C', async () => {
    const { terminal, simulator } = await chatting()
    terminal.paste('one\ntwo')
    await terminal.endsWith('you> one\ntwo')
    terminal.press(ctrlC)
    await terminal.endsWith('\nyou>\nPress Ctrl-C again to quit.\n\nyou>')
    expect(terminal.text).not.toContain('two')
    terminal.enter('Three')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(simulator.requests.map(({ body }) => sent(body))).toEqual(['Three'])
  })
})

describe('the mode of the terminal for pastes', () => {
  it.each([
    ['Ctrl-D', (terminal: FakeTerminal) => terminal.press(ctrlD), 0],
    ['Ctrl-C twice', (terminal: FakeTerminal) => terminal.press(ctrlC + ctrlC), 0],
    ['/quit', (terminal: FakeTerminal) => terminal.enter('/quit'), 0],
    ['a signal', (terminal: FakeTerminal) => terminal.terminate(), 143],
    ['the end of the terminal', (terminal: FakeTerminal) => terminal.keyboard.end(), 0],
    ['an error of the terminal', (terminal: FakeTerminal) => terminal.keyboard.emit('error', new Error('EIO')), 0],
  ])('is on during a chat, and off after %s', async (_, leave, code) => {
    const { terminal, exitCode } = await chatting()
    expect(terminal.marksPastes).toBe(true)
    leave(terminal)
    expect(await exitCode).toBe(code)
    expect(terminal.marksPastes).toBe(false)
  })

  it('is not touched on a terminal without such modes', async () => {
    const terminal = new FakeTerminal({ env: { TERM: 'dumb' } })
    void terminal.run(['chat', '--no-store'])
    await terminal.endsWith('you>')
    expect(terminal.written).not.toContain('?2004')
  })
})

describe('Ctrl-Z', () => {
  it('leaves the terminal to the shell; when the chat goes on, it shows what was typed', async () => {
    const { terminal, simulator } = await chatting()
    terminal.press(`one two${left.repeat(3)}`)
    await terminal.endsWith('you> one two')
    terminal.press(ctrlZ)
    expect(terminal.jobs.isStopped).toBe(true)
    expect(terminal.marksPastes).toBe(false)
    terminal.display.write('$ fg\n')
    terminal.jobs.resume()
    await terminal.endsWith('you> one two\n$ fg\nyou> one two')
    expect(terminal.marksPastes).toBe(true)
    terminal.enter('and ')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe('one and two')
  })

  it('during a reply shows its last row again, and then the rest', async () => {
    const { terminal } = await chatting()
    const begun = terminal.shows('turnstate ')
    terminal.enter('One')
    await begun
    terminal.press('ahead')
    terminal.press(ctrlZ)
    expect(terminal.marksPastes).toBe(false)
    terminal.display.write('$ fg\n')
    terminal.jobs.resume()
    await terminal.endsWith('state: streaming → completed\n\nyou> ahead')
    expect(terminal.text).toMatch(
      /claude> This is the turnstate.*\n\$ fg\nclaude> This is the turnstate simulator, not Claude\. You wrote: "One"/,
    )
  })

  it('during a reply that is refused later erases nothing', async () => {
    const { terminal } = await chatting()
    const begun = terminal.shows('turnstate ')
    terminal.enter('/refuse')
    await begun
    terminal.press(ctrlZ)
    terminal.display.write('$ fg\n')
    terminal.jobs.resume()
    await terminal.endsWith('state: streaming → refused → reset → idle\n\nyou>')
    expect(terminal.text).toContain('the text above is void')
    expect(terminal.text).toContain('$ fg\n')
  })
})

describe('Tab', () => {
  it('completes commands, and lists them when several are possible', async () => {
    const { terminal } = await chatting()
    terminal.press('/his\t')
    await terminal.endsWith('you> /history')
    terminal.press(`${ctrlC}/mod\t`)
    await terminal.endsWith('you> /model')
    terminal.enter('claude-sonnet-5-5')
    await terminal.endsWith('The model is claude-sonnet-5-5 now.\n\nyou>')
    const listed = terminal.shows('/regenerate')
    terminal.press('/re\t\t')
    await listed
    await terminal.endsWith('\nyou> /re')
    expect(terminal.text).toMatch(/\/refusals\s+\/refuse\s+\/regenerate\s+\/release\s+\/resume\s+\/retry/)
  })

  it('is a tab in a message', async () => {
    const { terminal, simulator } = await chattingWith({})
    terminal.enter('a\tb')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toBe('a\tb')
  })
})
