// Clients that join at any moment of a message end with the same message as one that saw all of it.
import { afterEach, describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../../src/index.ts'
import { shownParts } from '../../../src/server/ai-sdk/index.ts'
import { weatherTool } from '../../integration/weather.ts'
import { endAll, type Message, servedByHand, until } from './served.ts'

afterEach(endAll)

const started = (index: number, block: { readonly type: string; readonly [field: string]: unknown }) =>
  ({ type: 'block.started', index, block }) as const
const delta = (index: number, kind: 'text' | 'thinking' | 'toolInput', text: string) =>
  ({ type: 'block.delta', index, kind, text }) as const
const stopped = (index: number) => ({ type: 'block.stopped', index }) as const

const begun: SourceEvent = {
  type: 'message.started',
  model: 'claude-opus-5-5',
  usage: { inputTokens: 3, outputTokens: 1 },
}
const ended = (stopReason: string): readonly SourceEvent[] => [
  { type: 'message.delta', stopReason, usage: { outputTokens: 5 } },
  { type: 'message.stopped' },
]

/** A reply with thinking, text, a search of the API, and a call; then the answer. */
const replies: readonly (readonly SourceEvent[])[] = [
  [
    begun,
    started(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, 'thinking', 'Hm'),
    delta(0, 'thinking', '…'),
    stopped(0),
    started(1, { type: 'text', text: '' }),
    delta(1, 'text', 'Let me '),
    delta(1, 'text', 'look.'),
    stopped(1),
    started(2, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
    delta(2, 'toolInput', '{"query":'),
    delta(2, 'toolInput', '"Rome"}'),
    stopped(2),
    started(3, {
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: [{ type: 'web_search_result', url: 'https://example.org/', title: 'Rome', encrypted_content: 'x' }],
    }),
    stopped(3),
    started(4, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
    delta(4, 'toolInput', '{"city"'),
    delta(4, 'toolInput', ':"Rome"}'),
    stopped(4),
    ...ended('tool_use'),
  ],
  [
    begun,
    started(0, { type: 'text', text: '' }),
    delta(0, 'text', 'Sunny'),
    stopped(0),
    started(1, { type: 'text', text: '' }),
    delta(1, 'text', ', as '),
    delta(1, 'text', 'ever.'),
    stopped(1),
    ...ended('end_turn'),
  ],
]

const json = (message: Message | undefined): unknown =>
  message && JSON.parse(JSON.stringify({ ...message, parts: shownParts(message) }))

/** Ends a delta that a client can see. */
const moments = replies.flatMap((events, reply) =>
  events.flatMap((event, at) =>
    event.type === 'block.delta' && event.kind !== 'toolInput' ? [[reply, at] as const] : [],
  ),
)

describe('a client that joins', () => {
  it.each(moments)('in reply %i, after event %i, sees what the first one sees', async (reply, at) => {
    const { weather } = weatherTool()
    const { client, asked, messages } = await servedByHand({ conversation: { tools: [weather] } })
    const first = client()
    const sent = first.sendMessage({ text: 'Rome?' })
    let joined: Promise<Message | undefined> | null = null
    for (const [nth, events] of replies.entries()) {
      const answer = await asked(nth + 1)
      for (const [index, event] of events.entries()) {
        answer.push(event)
        if (nth !== reply || index !== at || event.type !== 'block.delta') continue
        const isSeen = (text: string) =>
          first.lastMessage?.parts.some((part) => 'text' in part && part.text.endsWith(text)) ?? false
        await until(first, () => isSeen(event.text))
        const other = client({ messages: await messages() })
        joined = other.resumeStream().then(() => other.lastMessage)
        await until(other, () => other.status === 'streaming')
      }
      answer.end()
    }
    await sent
    expect(first.error).toBeUndefined()
    expect(first.lastMessage?.parts).toHaveLength(9)
    expect(json(await joined!)).toEqual(json(first.lastMessage))
    const stored = (await messages())[1]
    expect(json(stored)).toMatchObject({ id: first.lastMessage?.id, metadata: first.lastMessage?.metadata })
    expect(stored?.parts.map(({ type }) => type)).toEqual(first.lastMessage?.parts.map(({ type }) => type))
  })
})
