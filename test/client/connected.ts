import { expect } from 'vitest'
import { type ClientConversation, connectConversation, type ConnectOptions } from '../../src/client/index.ts'
import { ready, TestClock } from './test-clock.ts'
import { WireServer } from './wire-server.ts'

/** A client of a server that is written by hand. */
export async function connected(options: Partial<ConnectOptions> = {}, server: WireServer = new WireServer()) {
  const clock = new TestClock()
  const logged: unknown[] = []
  const chat = connectConversation({
    url: 'https://server.test/api/',
    id: server.state.id,
    fetch: server.fetch,
    clock,
    logger: { warn: (...entry) => void logged.push(entry), error: (...entry) => void logged.push(entry) },
    ...options,
  })
  await ready()
  return { chat, server, clock, logged }
}

/** What a client shows that a server says. */
export const shownBy = (chat: ClientConversation) => ({
  id: chat.id,
  title: chat.title,
  status: chat.status,
  revision: chat.revision,
  canSend: chat.canSend,
  model: chat.model,
  messages: chat.messages,
  queue: chat.queue,
  held: chat.held,
  pendingCalls: chat.pendingCalls,
  usage: chat.usage,
  cost: chat.cost,
  refusal: chat.refusal,
  rejection: chat.rejection,
})

/** Lets time pass until the condition holds, at most so many timers. */
export async function until(clock: TestClock, holds: () => boolean, timers = 300): Promise<void> {
  await ready()
  for (let left = timers; !holds(); left--) {
    expect(left, 'it does not come about').toBeGreaterThan(0)
    clock.next()
    await ready()
  }
}
