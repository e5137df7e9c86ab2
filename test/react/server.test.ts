import { describe, expect, it } from 'vitest'
import { start } from '../conversation/start.ts'
import { loadWith, reactVersions } from './versions.ts'

type ServerApp = typeof import('./server-app.tsx')

describe.each(reactVersions)('React %i on a server', (version) => {
  const app = loadWith<ServerApp>('test/react/server-app.tsx', version)

  it('is that version', async () => {
    expect((await app).version).toMatch(new RegExp(`^${version}\\.`))
  })

  it('renders a conversation as it is, and leaves no subscriber behind', async () => {
    const { renderChat } = await app
    const { chat, exchange, ask } = start()
    let subscribers = 0
    const counted = Object.create(chat, { subscribe: { value: () => subscribers++ } }) as typeof chat
    expect(renderChat(counted)).toContain('<ul></ul>')
    await exchange('Hello', 'Hi')
    expect(renderChat(counted)).toContain(
      '<ul><li class="user complete"><p>Hello</p></li><li class="assistant complete"><p>Hi</p></li></ul>',
    )
    const { turn, reply } = await ask('a bad thing')
    expect(renderChat(counted)).toContain('Stop')
    reply.refuse('I will')
    await turn
    const page = renderChat(counted)
    expect(page).toContain('This reply was taken back.')
    expect(page).toContain('computer systems')
    expect(page).not.toContain('I will')
    expect(subscribers).toBe(0)
  })

  it('renders what is selected, and one message', async () => {
    const { renderSelected, renderMessage } = await app
    const { chat, exchange } = start()
    await exchange('Hello', 'Hi')
    expect(renderSelected(chat, ({ status, messages }) => `${status} ${messages.length}`)).toBe('ready 2')
    expect(renderMessage(chat, 't1:assistant')).toBe('assistant: complete')
    expect(renderMessage(chat, 'x')).toBe('none')
  })
})
