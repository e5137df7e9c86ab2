import { describe, expect, it } from 'vitest'
import type { Conversation, TranscriptItem, TranscriptPart } from '../../src/index.ts'
import { keepingItems } from '../../src/same-data.ts'
import { start, until } from './start.ts'

const tool = { name: 'ask', input_schema: { type: 'object' as const } }

/** Every item that a conversation has shown, by its id, while it does something. */
function shownOf(chat: Conversation) {
  const shown = new Map<string, Set<TranscriptItem>>()
  const look = () => {
    for (const item of chat.messages) shown.set(item.id, (shown.get(item.id) ?? new Set()).add(item))
  }
  chat.subscribe(look)
  chat.on('*', look)
  return { look, count: (id: string) => shown.get(id)?.size }
}

describe('an item of chat.messages', () => {
  it('is one object from the sending of its message on, while tools run, at the end, and in later turns', async () => {
    const { chat, exchange, ask, asked } = start({ tools: [tool] })
    const { look, count } = shownOf(chat)
    await exchange('Hello', 'Hi')
    const { turn, reply } = await ask('Ask me')
    reply.give([{ type: 'tool_use', id: 'k1', name: 'ask', input: {} }])
    await until(chat, () => chat.pendingCalls.length > 0)
    chat.answerTool('k1', 'yes')
    const last = await asked(3)
    last.say('So', ' it', ' is')
    look()
    last.stop('end_turn')
    await turn
    await exchange('Bye', 'Bye')
    look()
    expect(['t1:user', 't2:user', 't3:user'].map(count)).toEqual([1, 1, 1])
    const settled = chat.messages
    const next = await ask('a bad thing')
    next.reply.refuse('I')
    await next.turn
    expect(chat.messages.slice(0, settled.length).every((item, index) => item === settled[index])).toBe(true)
  })

  it('keeps the parts of a reply in progress that no longer grow', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.push(
      { type: 'message.started', model: 'm1', usage: { inputTokens: 3, outputTokens: 1 } },
      { type: 'block.started', index: 0, block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'block.delta', index: 0, kind: 'thinking', text: 'Well, well.' },
      { type: 'block.stopped', index: 0 },
      { type: 'block.started', index: 1, block: { type: 'text', text: '' } },
    )
    const parts: TranscriptPart[] = []
    const heard = new Promise<void>((resolve) => {
      chat.on('delta', ({ text }) => {
        const first = chat.messages[1]?.parts[0]
        if (first && text !== 'Well, well.') parts.push(first)
        if (text === 'c') resolve()
      })
    })
    for (const text of ['a', 'b', 'c']) reply.push({ type: 'block.delta', index: 1, kind: 'text', text })
    await heard
    expect(new Set(parts).size).toBe(1)
    expect(parts).toHaveLength(3)
    chat.stop()
    await turn
  })
})

describe('keepingItems', () => {
  const item = (id: string, ...parts: readonly unknown[]) => ({ id, parts })

  it('returns the list from before when every item says the same', () => {
    const before = [item('a', { text: 'x' }), item('b')]
    expect(keepingItems(before, structuredClone(before))).toBe(before)
  })

  it('keeps what has not changed, and changes nothing that it was given', () => {
    const before = [item('a', { text: 'x' }), item('b', { text: 'y' }, { text: 'z' })]
    const now = Object.freeze([
      item('a', { text: 'x' }),
      Object.freeze(item('b', { text: 'y' }, { text: 'zz' })),
      item('c'),
    ])
    const kept = keepingItems(before, now)
    expect(kept).toEqual(now)
    expect(kept[0]).toBe(before[0])
    expect(kept[1]?.parts[0]).toBe(before[1]?.parts[0])
    expect(kept[1]?.parts[1]).toBe(now[1]?.parts[1])
  })

  it('takes no item for another one: a shorter list, other ids, other places', () => {
    const before = [item('a', 1), item('b', 2)]
    const now = [item('b', 2), item('c', 1)]
    expect(keepingItems(before, now)).toBe(now)
    expect(keepingItems(before, [item('a', 1)])).toEqual([before[0]])
    expect(keepingItems(before, [])).toEqual([])
  })
})
