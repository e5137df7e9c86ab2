import { afterAll, describe, expect, it } from 'vitest'
import { startWithHub } from '../../src/inspect/web/start-inspector.ts'
import type { ControlCommand } from '../../src/inspect/wire/messages.ts'
import { answered, chatting } from './chatting.ts'

const running: { close(): Promise<void> }[] = []
afterAll(() => Promise.all(running.map((one) => one.close())))

/** A chat in a terminal, and an inspector that may control it. */
async function controlled() {
  const { inspector, hub } = await startWithHub({ allowControl: true })
  running.push(inspector)
  const page = hub.addPage({ mayControl: true, send: () => {} })
  const { terminal, exitCode } = await chatting('--inspect', inspector.url, '--allow-control')
  const isKnown = () => hub.conversations.length > 0
  if (!isKnown()) await new Promise<void>((resolve) => hub.subscribe(() => isKnown() && resolve()))
  const send = (command: ControlCommand) =>
    page.receive({ type: 'control', id: '1', key: hub.conversations[0]?.key ?? '', command })
  return { terminal, exitCode, send }
}

describe('a chat that an inspector controls', () => {
  it('shows a message of the inspector and its answer, and waits for a line again', async () => {
    const { terminal, send } = await controlled()
    send({ command: 'send', text: 'From afar' })
    await terminal.endsWith(answered('From afar', '1 message'))
    expect(terminal.text).toContain('\nyou> From afar\nclaude> ')
    terminal.enter('From here')
    await terminal.endsWith(answered('From here', '3 messages'))
  })

  it('reports that the inspector closed it, and exits', async () => {
    const { terminal, exitCode, send } = await controlled()
    send({ command: 'close' })
    expect(await exitCode).toBe(0)
    expect(terminal.text).toContain('The conversation was closed elsewhere, such as in an inspector.')
  })
})
