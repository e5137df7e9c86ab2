import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { ConversationStore, storeOf } from '../../src/react/conversation-store.ts'
import { codeOf, start, until } from '../conversation/start.ts'

const tools = [
  { name: 'mail', input_schema: { type: 'object' as const } },
  { name: 'ask', input_schema: { type: 'object' as const } },
]

/** A conversation that counts its subscribers. */
function counted(chat: Conversation) {
  const count = { now: 0, ever: 0 }
  const subscribe = (listener: () => void) => {
    count.now++
    count.ever++
    const end = chat.subscribe(listener)
    return () => {
      count.now--
      end()
    }
  }
  return { chat: Object.create(chat, { subscribe: { value: subscribe } }) as Conversation, count }
}

describe('the store of a conversation', () => {
  it('is one for all components', () => {
    const { chat } = start()
    expect(storeOf(chat)).toBe(storeOf(chat))
    expect(storeOf(start().chat)).not.toBe(storeOf(chat))
  })

  it('subscribes once for all components, and not at all when the last one is gone', () => {
    const { chat, count } = counted(start().chat)
    const store = new ConversationStore(chat)
    const same = () => {}
    const ends = [store.subscribe(same), store.subscribe(same), store.subscribe(() => {})]
    expect(count).toEqual({ now: 1, ever: 1 })
    for (const end of ends) {
      expect(count.now).toBe(1)
      end()
      end()
    }
    expect(count.now).toBe(0)
    store.subscribe(same)()
    expect(count).toEqual({ now: 0, ever: 2 })
  })

  it('shows a reply in progress as it was when subscribers were called last, however often it is read', async () => {
    const { chat, clock, ask } = start()
    const store = new ConversationStore(chat)
    let called = 0
    const end = store.subscribe(() => called++)
    const { turn, reply } = await ask('Hello')
    const arrived = (text: string) =>
      new Promise<void>((resolve) => {
        const off = chat.on('delta', (delta) => {
          if (delta.text !== text) return
          off()
          resolve()
        })
      })
    const words = () => store.shown().messages.at(-1)?.parts
    reply.say('One')
    await arrived('One')
    await Promise.resolve()
    const before = called
    const shown = store.shown()
    for (const text of [' two', ' three']) {
      reply.push({ type: 'block.delta', index: 0, kind: 'text', text })
      await arrived(text)
      expect(store.shown()).toBe(shown)
    }
    clock.increment(33)
    expect(called).toBe(before + 1)
    expect(words()).toEqual([{ type: 'text', text: 'One two three' }])
    reply.stop('end_turn')
    await turn
    end()
  })

  it('shows what happened while nobody was subscribed', async () => {
    const { chat, exchange } = start()
    const store = new ConversationStore(chat)
    expect(store.shown().messages).toEqual([])
    await exchange('Hello', 'Hi')
    expect(store.shown().messages).toHaveLength(2)
    const shown = store.shown()
    expect(store.shown()).toBe(shown)
    store.subscribe(() => {})()
    expect(store.shown()).toBe(shown)
  })

  it('calls nobody when nothing that is shown has changed', async () => {
    const { chat } = start()
    const store = new ConversationStore(chat)
    let called = 0
    store.subscribe(() => called++)
    chat.setSystem('Be brief.')
    await Promise.resolve()
    expect(called).toBe(0)
    chat.setModel('m2')
    await Promise.resolve()
    expect(called).toBe(1)
    expect(store.shown().model).toBe('m2')
  })

  it('has the messages by their ids', async () => {
    const { chat, exchange } = start()
    const store = new ConversationStore(chat)
    await exchange('Hello', 'Hi')
    const shown = store.shown()
    expect(store.message(shown, 't1:assistant')).toBe(shown.messages[1])
    expect(store.message(shown, 't2:user')).toBeUndefined()
    await exchange('Again', 'Hi')
    expect(store.message(store.shown(), 't2:user')).toBe(chat.messages[2])
  })

  it('keeps an approval, and its functions, for as long as the call waits', async () => {
    const { chat, ask, asked } = start({
      tools: tools.map((tool) => ({ ...tool, needsApproval: true, run: () => 'done' })),
    })
    const store = new ConversationStore(chat)
    const { turn, reply } = await ask('Mail Ann')
    reply.give([
      { type: 'tool_use', id: 'k1', name: 'mail', input: { to: 'Ann' } },
      { type: 'tool_use', id: 'k2', name: 'ask', input: {} },
    ])
    await until(chat, () => chat.pendingCalls.length === 2)
    const [first, second] = store.shown().approvals
    expect(first).toMatchObject({ turnId: 't1', callId: 'k1', name: 'mail', input: { to: 'Ann' }, needs: 'approval' })
    first?.approve()
    await until(chat, () => chat.pendingCalls.length === 1)
    expect(store.shown().approvals[0]).toBe(second)
    // As the handler of a click.
    Reflect.apply(second?.deny ?? Object, undefined, [{ type: 'click' }])
    const last = await asked(2)
    expect(JSON.stringify(last.request.messages)).not.toContain('click')
    last.answer('Done')
    await turn
    expect(store.shown().approvals).toEqual([])
    expect(codeOf(() => first?.approve())).toBe('call-settled')
  })
})

describe('the functions of a component', () => {
  it('send text, blocks, and files from a FileList', async () => {
    const { chat, asked } = start()
    const { sendMessage } = new ConversationStore(chat).shown()
    const first = sendMessage('Hello')
    ;(await asked(1)).answer('Hi')
    await first
    const second = sendMessage([{ type: 'text', text: 'Again' }])
    ;(await asked(2)).answer('Hi')
    await second
    const files = new Set([new File(['some words'], 'a.txt', { type: 'text/plain' })])
    const third = sendMessage({ text: 'Read this', files, metadata: { from: 'form' } })
    const reply = await asked(3)
    expect(JSON.stringify(reply.request.messages.at(-1))).toMatch(/some words.*Read this/)
    reply.answer('Read')
    await third
    expect(codeOf(() => sendMessage(''))).toBe('message-empty')
    expect(codeOf(() => sendMessage({ text: 'x', file: 1 } as never))).toBe('message-invalid')
    expect(codeOf(() => sendMessage(null as never))).toBe('message-invalid')
  })

  it('name a message by its own id, by that of its answer, or by that of its turn', async () => {
    const { chat, exchange, asked } = start()
    await exchange('Hello', 'Hi')
    await exchange('How are you?', 'Fine')
    const { regenerate, editMessage, sendMessage } = new ConversationStore(chat).shown()
    const askedAgain = async (nth: number, again: () => PromiseLike<unknown>) => {
      const turn = again()
      const reply = await asked(nth)
      reply.answer('So')
      await turn
      return reply.request.messages.filter(({ role }) => role === 'user').map(({ content }) => content)
    }
    expect(await askedAgain(3, () => regenerate())).toEqual(['Hello', 'How are you?'])
    expect(await askedAgain(4, () => regenerate({ messageId: 't1:assistant' }))).toEqual(['Hello'])
    expect(await askedAgain(5, () => regenerate('t2:user'))).toEqual(['Hello', 'How are you?'])
    expect(await askedAgain(6, () => regenerate('t1'))).toEqual(['Hello'])
    expect(await askedAgain(7, () => editMessage('t1:user', 'Good day'))).toEqual(['Good day'])
    expect(await askedAgain(8, () => sendMessage({ text: 'Bye', messageId: 't2:user' }))).toEqual(['Hello', 'Bye'])
    // As the handler of a click.
    expect(await askedAgain(9, () => regenerate({ type: 'click' } as never))).toEqual(['Hello', 'Bye'])
    expect(codeOf(() => regenerate('x'))).toBe('turn-unknown')
  })
})
