// What is on the wire itself, and what survives the process.
import { HttpAgent } from '@ag-ui/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type ConversationOptions, memoryStore, tool } from '../../../src/index.ts'
import { conversationServer } from '../../../src/server/index.ts'
import { refuse, reply, text, thinking, toolUse } from '../../../src/testing/index.ts'
import { endAll, simulatedClaude } from '../small-rooms.ts'
import { aguiServer, run, say, screen } from './client.ts'

afterEach(async () => {
  await endAll()
  vi.restoreAllMocks()
})

/** The events of a run, as their text. */
async function bytesOf(url: string, body: object): Promise<readonly string[]> {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ threadId: 'c1', runId: crypto.randomUUID(), tools: [], context: [], ...body }),
    headers: { 'content-type': 'application/json' },
  })
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  return (await answer.text()).split('\n\n').filter((event) => event.startsWith('data: '))
}

describe('refused words', () => {
  const words = /plum|quince/
  const steps = () => [
    refuse({ at: { afterDeltas: 4 } }, [thinking('plum ', 'plum '), text('quince ', 'quince ', 'quince')]),
    reply([text('Fine')]),
  ]
  const hello = { messages: [{ id: 'u1', role: 'user', content: 'Hello' }] }

  const followedBy: readonly (readonly [string, Partial<ConversationOptions>])[] = [
    ['a reset', {}],
    ['another model', { onRefusal: { fallback: ['claude-sonnet-5'] } }],
    ['a person', { onRefusal: 'manual' }],
  ]

  it.each(followedBy)('are in no event after the retraction, where %s follows', async (_, options) => {
    const { url } = await aguiServer(steps(), options)
    const events = await bytesOf(url, hello)
    const retracted = events.findLastIndex((event) => words.test(event))
    expect(retracted).toBeGreaterThan(0)
    expect(events.slice(retracted + 1).some((event) => event.includes('MESSAGES_SNAPSHOT'))).toBe(true)
    expect(events.slice(retracted).filter((event) => event.includes('_CONTENT') && words.test(event))).toHaveLength(1)
    const later = await bytesOf(url, { messages: [] })
    expect(later.join('')).not.toMatch(words)
  })
})

describe('an interrupt', () => {
  it('waits on when the process ends, and is answered in another one', async () => {
    const sent: string[] = []
    const mail = tool({
      name: 'mail',
      description: 'Sends a mail.',
      input: z.object({ to: z.string() }),
      needsApproval: true,
      run: ({ to }) => {
        sent.push(to)
        return 'Sent'
      },
    })
    const { conversation } = await simulatedClaude([
      reply([toolUse('mail', { to: 'bo' }, 'toolu_1')]),
      reply([text('Done.')]),
    ])
    const store = memoryStore()
    const server = () => conversationServer({ ...conversation, store, tools: [mail] })
    const agentOf = ({ fetch: send }: ReturnType<typeof server>) =>
      new HttpAgent({
        url: 'http://localhost/agui',
        threadId: 'c1',
        fetch: (url, init) => send(new Request(url, init)),
      })
    const first = server()
    expect(await say(agentOf(first), 'Write to Bo')).toMatchObject({ outcome: 'interrupt' })
    await first.close()
    const second = server()
    const ada = agentOf(second)
    expect(await run(ada)).toMatchObject({ outcome: 'interrupt', interrupts: [{ id: 'toolu_1' }] })
    const resume = [{ interruptId: 'toolu_1', status: 'resolved' as const, payload: { approved: true } }]
    expect(await run(ada, { resume })).toMatchObject({ outcome: 'success' })
    expect(sent).toEqual(['bo'])
    expect(screen(ada)).toEqual(['user: Write to Bo', 'assistant: [mail]', 'tool: Sent', 'assistant: Done.'])
    await second.close()
  })
})
