import { describe, expect, it } from 'vitest'
import { refusalTestString } from '../../src/testing/index.ts'
import { answered, chatting, ctrlC, ctrlD, idleAgain } from './chatting.ts'
import { FakeTerminal } from './terminal.ts'

const left = '\u001B[D'

describe('a chat at a terminal', () => {
  it('shows answers, retracts a refused reply with a notice, and continues', async () => {
    const terminal = new FakeTerminal({ columns: 60, rows: 24 })
    const exitCode = terminal.run(['chat', '--no-store'])
    await terminal.endsWith('\n\nyou>')
    terminal.enter('Hello')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    const partial = terminal.shows('simulator, ')
    terminal.enter(`Say ${refusalTestString}`)
    await partial
    expect(terminal.text).toMatch(/\nclaude> This is the turnstate simulator,$/)
    await terminal.endsWith(idleAgain)
    terminal.enter('Again')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    terminal.press(ctrlD)
    expect(await exitCode).toBe(0)
    expect(terminal.text).toBe(`turnstate chat with claude-opus-5-5, by the built-in
simulator
No ANTHROPIC_API_KEY is set: replies are simulated, no model
is asked.
To see a refusal, type /refuse, or a line that contains this
string:
ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F
9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86

you> Hello
claude> This is the turnstate simulator, not Claude. You
wrote: "Hello". The request carried 1 message.
tokens: N in, N out; simulated, nothing is charged
state: streaming → completed

you> Say ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4
672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86
[retracted: the reply was refused; 33 characters removed
from the screen]
Refused by Claude's safety classifiers. This message could
not be answered. It is kept out of the conversation. Try to
say it differently.
New since the last good reply: your message.
  Out of the context: "Say
  ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672D…"
  and its reply, for good.
  Still in the context: 2 messages from before.
tokens: N in, N out; simulated, nothing is charged
state: streaming → refused → reset → idle

you> Again
claude> This is the turnstate simulator, not Claude. You
wrote: "Again". The request carried 3 messages.
tokens: N in, N out; simulated, nothing is charged
state: streaming → completed

you>
total tokens: N in, N out; simulated, nothing is charged`)
  })

  it('edits lines, also with text pasted into the middle', async () => {
    const { terminal } = await chatting()
    terminal.enter(`Helo world${left.repeat(7)}l${left.repeat(4)}`)
    await terminal.endsWith(answered('Hello world', '1 message'))
    terminal.enter(`one three${left.repeat(5)}two `)
    await terminal.endsWith(answered('one two three', '3 messages'))
  })

  it('shows a line that was partly typed during a reply after it', async () => {
    const { terminal } = await chatting()
    const begun = terminal.shows('claude> ')
    terminal.enter('One')
    await begun
    terminal.press('half a line that is long enough to need more than one row of most terminals')
    await terminal.endsWith(
      'state: streaming → completed\n\nyou> half a line that is long enough to need more than one row of most terminals',
    )
    expect(terminal.text).toContain(answered('One', '1 message'))
  })

  it('sends a line that was entered during a reply after it', async () => {
    const { terminal } = await chatting()
    const begun = terminal.shows('claude> ')
    terminal.enter('One')
    await begun
    terminal.enter('Two')
    terminal.enter('/model claude-sonnet-5-5')
    terminal.enter('Three')
    await terminal.endsWith(answered('Three', '5 messages'))
    expect(terminal.text).toContain(
      `${answered('Two', '3 messages').slice(0, -4)}you> /model claude-sonnet-5-5\nThe model is`,
    )
  })

  it('holds back lines that were entered before a refusal was shown', async () => {
    const { terminal, simulator, exitCode } = await chatting()
    const begun = terminal.shows('claude> ')
    terminal.enter('/refuse')
    await begun
    terminal.enter('Two')
    terminal.enter('Three')
    await terminal.endsWith(
      'Held back: "Two"\nHeld back: "Three"\nThese were typed before you could see this. /send sends them anyway, /drop discards them.\n\nyou>',
    )
    terminal.enter('/send')
    await terminal.endsWith(answered('Three', '3 messages'))
    expect(simulator.requests).toHaveLength(3)
    const again = terminal.shows('claude> ')
    terminal.enter('/refuse')
    await again
    terminal.enter('Four')
    await terminal.endsWith('/drop discards them.\n\nyou>')
    terminal.enter('/drop')
    await terminal.endsWith('1 message discarded.\n\nyou>')
    const last = terminal.shows('claude> ')
    terminal.enter('/refuse')
    await last
    terminal.enter('Five')
    await terminal.endsWith('/drop discards them.\n\nyou>')
    terminal.enter('/quit')
    expect(await exitCode).toBe(0)
    expect(terminal.text).toMatch(/\n1 message not sent\.\ntotal tokens: N in, N out; unknown price$/)
    expect(simulator.requests).toHaveLength(5)
  })
})

describe('Ctrl-C', () => {
  it('stops the reply, and keeps the part that was received', async () => {
    const { terminal, simulator } = await chatting()
    const begun = terminal.shows('This ')
    terminal.enter('One')
    await begun
    terminal.press(ctrlC)
    await terminal.endsWith(
      'Stopped.\nThe part that was received stays in the context.\ntokens: at least N in, N out; unknown price\nstate: streaming → stopped\n\nyou>',
    )
    await simulator.requests[0]?.closed
    expect(simulator.requests[0]?.aborted).toBe(true)
    terminal.enter('Two')
    await terminal.endsWith(answered('Two', '3 messages'))
  })

  it('pressed twice quits, also in the middle of a reply', async () => {
    const { terminal, exitCode } = await chatting()
    const begun = terminal.shows('This ')
    terminal.enter('One')
    await begun
    terminal.press(ctrlC)
    terminal.press(ctrlC)
    expect(await exitCode).toBe(0)
    expect(terminal.text).toContain('\nStopped.\n')
  })

  it('at the prompt discards the line, asks for a second press, and quits after it', async () => {
    const { terminal, simulator, exitCode } = await chatting()
    terminal.press('half a line')
    await terminal.endsWith('you> half a line')
    terminal.press(ctrlC)
    await terminal.endsWith('\nyou>\nPress Ctrl-C again to quit.\n\nyou>')
    terminal.press('x')
    await terminal.endsWith('\nyou> x')
    terminal.press(ctrlC)
    await terminal.endsWith('\nyou>\nPress Ctrl-C again to quit.\n\nyou>')
    terminal.press(ctrlC)
    expect(await exitCode).toBe(0)
    expect(simulator.requests).toHaveLength(0)
  })
})

describe('leaving', () => {
  it('stops a running reply (Ctrl-D)', async () => {
    const { terminal, simulator, exitCode } = await chatting()
    const begun = terminal.shows('This ')
    terminal.enter('One')
    await begun
    terminal.press(ctrlD)
    expect(await exitCode).toBe(0)
    expect(terminal.text).toContain('\nStopped.\n')
    await simulator.requests[0]?.closed
    expect(simulator.requests[0]?.aborted).toBe(true)
  })

  it('exits with the code of the signal', async () => {
    const { terminal, exitCode } = await chatting()
    terminal.terminate()
    expect(await exitCode).toBe(143)
  })
})
