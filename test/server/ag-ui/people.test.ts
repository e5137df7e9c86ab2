import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { tool } from '../../../src/index.ts'
import { refuse, reply, text, toolUse } from '../../../src/testing/index.ts'
import { endAll } from '../small-rooms.ts'
import { aguiServer, run, say, screen, type SeenRun, typesOf } from './client.ts'

afterEach(async () => {
  await endAll()
  vi.restoreAllMocks()
})

const sent: unknown[] = []

const mail = tool({
  name: 'mail',
  description: 'Sends a mail.',
  input: z.object({ to: z.string() }),
  needsApproval: true,
  run: ({ to }) => {
    sent.push(to)
    return `Sent to ${to}`
  },
})

const look = tool({ name: 'look', description: 'Looks.', input: z.object({}), run: () => 'Sunny' })

/** A tool that the app runs. */
const place = {
  name: 'place',
  description: 'Where the user is.',
  input_schema: { type: 'object', properties: {} },
} as const

const decide = ({ interrupts }: SeenRun, payload: unknown) => ({
  resume: interrupts.map(({ id }) => ({ interruptId: id, status: 'resolved' as const, payload })),
})

describe('a tool call', () => {
  it('is shown with its arguments and its result', async () => {
    const { agent } = await aguiServer(
      [reply([text('Looking'), toolUse('look', {}, 'toolu_1')]), reply([text('Sunny.')])],
      {
        tools: [look],
      },
    )
    const ada = agent()
    const seen = await say(ada, 'How is it?')
    expect(typesOf(seen).filter((type) => type.startsWith('TOOL'))).toEqual([
      'TOOL_CALL_START',
      'TOOL_CALL_ARGS',
      'TOOL_CALL_END',
      'TOOL_CALL_RESULT',
    ])
    expect(seen).toMatchObject({ outcome: 'success', pendingToolCallIds: [] })
    expect(screen(ada)).toEqual(['user: How is it?', 'assistant: Looking[look]', 'tool: Sunny', 'assistant: Sunny.'])
    const ben = agent()
    await run(ben)
    expect(ben.messages).toEqual(ada.messages)
  })

  it('that needs approval is an interrupt; approved it runs, in the run that resumes', async () => {
    sent.length = 0
    const { agent } = await aguiServer(
      [reply([toolUse('look', {}, 'toolu_0'), toolUse('mail', { to: 'bo' }, 'toolu_1')]), reply([text('Done.')])],
      { tools: [look, mail] },
    )
    const ada = agent()
    const asked = await say(ada, 'Write to Bo')
    expect(asked).toMatchObject({
      outcome: 'interrupt',
      interrupts: [
        { id: 'toolu_1', reason: 'tool_call', toolCallId: 'toolu_1', message: expect.stringContaining('mail') },
      ],
    })
    expect(screen(ada)).toEqual(['user: Write to Bo', 'assistant: [look][mail]', 'tool: Sunny'])
    expect(sent).toEqual([])
    const resume = decide(asked, { approved: true })
    expect(await run(ada, resume)).toMatchObject({ outcome: 'success' })
    expect(sent).toEqual(['bo'])
    const done = ['user: Write to Bo', 'assistant: [look][mail]', 'tool: Sunny', 'tool: Sent to bo', 'assistant: Done.']
    expect(screen(ada)).toEqual(done)
    expect(ada.pendingInterrupts).toEqual([])
    expect(await run(ada, resume)).toMatchObject({ outcome: 'success' })
    expect(sent).toEqual(['bo'])
    expect(screen(ada)).toEqual(done)
  })

  it('that is denied does not run; the model is given the reason', async () => {
    sent.length = 0
    const { agent, sim } = await aguiServer([reply([toolUse('mail', { to: 'bo' })]), reply([text('Fine.')])], {
      tools: [mail],
    })
    const ada = agent()
    const asked = await say(ada, 'Write to Bo')
    expect(await run(ada, decide(asked, { approved: false, reason: 'Not today' }))).toMatchObject({
      outcome: 'success',
    })
    expect(sent).toEqual([])
    expect(sim.requests.at(-1)?.text).toContain('Not today')
  })

  it('waits on while the answer is no decision', async () => {
    const { agent } = await aguiServer([reply([toolUse('mail', { to: 'bo' })]), reply([text('Done.')])], {
      tools: [mail],
    })
    const ada = agent()
    const asked = await say(ada, 'Write to Bo')
    expect(await run(ada, decide(asked, 'yes'))).toMatchObject({ outcome: 'invalid-option' })
    expect(await run(ada, decide(asked, { approved: true, editedArgs: { to: 'eve' } }))).toMatchObject({
      outcome: 'not-available',
    })
    expect(ada.pendingInterrupts).toHaveLength(1)
    const ben = agent()
    expect(await run(ben)).toMatchObject({ outcome: 'interrupt', interrupts: [{ id: asked.interrupts[0]?.id }] })
    expect(await run(ben, decide(asked, { approved: true }))).toMatchObject({ outcome: 'success' })
  })

  it('is decided together with the others of its reply', async () => {
    const calls = [toolUse('mail', { to: 'bo' }, 'toolu_1'), toolUse('mail', { to: 'al' }, 'toolu_2')]
    const { agent, rooms } = await aguiServer([reply(calls), reply([text('Done.')])], { tools: [mail] })
    const ada = agent()
    const asked = await say(ada, 'Write to both')
    expect(asked.interrupts).toHaveLength(2)
    ada.pendingInterrupts = []
    const half = { resume: decide(asked, { approved: true }).resume.slice(0, 1) }
    expect(await run(ada, half)).toMatchObject({ outcome: 'conversation-busy' })
    expect((await rooms.chat('c1')).pendingCalls).toHaveLength(2)
    expect(await run(ada, decide(asked, { approved: true }))).toMatchObject({ outcome: 'success' })
  })

  it('is given up when the user writes something else', async () => {
    sent.length = 0
    const { agent } = await aguiServer([reply([toolUse('mail', { to: 'bo' })]), reply([text('Hello!')])], {
      tools: [mail],
    })
    const ada = agent()
    const asked = await say(ada, 'Write to Bo')
    const resume = asked.interrupts.map(({ id }) => ({ interruptId: id, status: 'cancelled' as const }))
    expect(await say(ada, 'Never mind. Hello', { resume })).toMatchObject({ outcome: 'success' })
    expect(sent).toEqual([])
    expect(screen(ada).at(-1)).toBe('assistant: Hello!')
    expect(ada.pendingInterrupts).toEqual([])
  })

  it('that was approved in a turn that is refused leaves no interrupt behind', async () => {
    const { agent } = await aguiServer(
      [
        reply([toolUse('mail', { to: 'bo' })]),
        refuse({ at: { afterDeltas: 1 } }, [text('bad ', 'words')]),
        reply([text('Hi')]),
      ],
      { tools: [mail] },
    )
    const ada = agent()
    const asked = await say(ada, 'Write to Bo')
    expect(await run(ada, decide(asked, { approved: true }))).toMatchObject({ outcome: 'refused' })
    expect(screen(ada)).toEqual(['user: Write to Bo'])
    expect(await say(ada, 'Hello')).toMatchObject({ outcome: 'success' })
  })

  it('that the app runs is left to it, and its result continues the turn', async () => {
    const { agent, sim } = await aguiServer([reply([toolUse('place', {}, 'toolu_1')]), reply([text('In Rome.')])], {
      tools: [place],
    })
    const ada = agent()
    expect(await say(ada, 'Where am I?')).toMatchObject({ outcome: 'success', pendingToolCallIds: ['toolu_1'] })
    ada.addMessage({ id: 't1', role: 'tool', toolCallId: 'toolu_1', content: 'Rome' })
    expect(await run(ada)).toMatchObject({ outcome: 'success', pendingToolCallIds: [] })
    expect(screen(ada)).toEqual(['user: Where am I?', 'assistant: [place]', 'tool: Rome', 'assistant: In Rome.'])
    expect(sim.requests.at(-1)?.text).toContain('Rome')
  })
})

describe('a second client', () => {
  it('that comes in the middle of a reply sees all of it, once', async () => {
    const { agent, rooms } = await aguiServer([
      reply([text('one ', 'two ', 'three ', 'four')], { faults: { delay: 20 } }),
    ])
    const ada = agent()
    const first = say(ada, 'Count')
    await vi.waitFor(async () => expect((await rooms.chat('c1')).status).toBe('streaming'))
    const ben = agent()
    expect(await run(ben)).toMatchObject({ outcome: 'success' })
    await first
    expect(ben.messages).toEqual(ada.messages)
    expect(screen(ben)).toEqual(['user: Count', 'assistant: one two three four'])
  })

  it('that writes while a reply is under way is told so, or waits for its turn', async () => {
    const steps = () => [reply([text('one ', 'two')], { faults: { delay: 50 } }), reply([text('three')])]
    for (const whenBusy of ['reject', 'queue'] as const) {
      const { agent, rooms } = await aguiServer(steps(), { whenBusy })
      const ada = agent()
      const first = say(ada, 'Count')
      await vi.waitFor(async () => expect((await rooms.chat('c1')).status).toBe('streaming'))
      const ben = agent()
      expect((await say(ben, 'On')).outcome).toBe(whenBusy === 'queue' ? 'success' : 'conversation-busy')
      expect((await first).outcome).toBe('success')
      if (whenBusy === 'queue')
        expect(screen(ben)).toEqual(['user: Count', 'assistant: one two', 'user: On', 'assistant: three'])
      await endAll()
    }
  })
})

describe('a client that goes away', () => {
  const slow = () => [
    reply([text('one ', 'two ', 'three')], { faults: { stallAfterDeltas: 2 } }),
    reply([text('Hello')]),
  ]

  it('stops nothing', async () => {
    const { agent, rooms } = await aguiServer(slow(), { whenBusy: 'interrupt' })
    const ada = agent()
    const seen = say(ada, 'Count')
    await vi.waitFor(async () =>
      expect((await rooms.chat('c1')).messages.at(-1)?.parts).toMatchObject([{ text: 'one two ' }]),
    )
    ada.abortRun()
    expect((await seen).outcome).toBe('abort')
    await vi.waitFor(() => expect(rooms.guests).toBe(0))
    expect((await rooms.chat('c1')).status).toBe('streaming')
    expect(await say(ada, 'Hello')).toMatchObject({ outcome: 'success' })
  })

  it('stops the turn that it has asked for, where the server says so', async () => {
    const { agent, rooms } = await aguiServer(slow(), {}, {}, { frame: 0, onDisconnect: 'stop' })
    const ada = agent()
    const seen = say(ada, 'Count')
    await vi.waitFor(async () =>
      expect((await rooms.chat('c1')).messages.at(-1)?.parts).toMatchObject([{ text: 'one two ' }]),
    )
    ada.abortRun()
    await seen
    await vi.waitFor(async () => expect((await rooms.chat('c1')).status).toBe('ready'))
    expect(await say(ada, 'Hello')).toMatchObject({ outcome: 'success' })
    expect(screen(ada)).toEqual(['user: Count', 'assistant: one two ', 'user: Hello', 'assistant: Hello'])
  })

  it('sees a turn that somebody stops as cancelled', async () => {
    const { agent, rooms } = await aguiServer(slow())
    const ada = agent()
    const seen = say(ada, 'Count')
    await vi.waitFor(async () =>
      expect((await rooms.chat('c1')).messages.at(-1)?.parts).toMatchObject([{ text: 'one two ' }]),
    )
    await (await rooms.chat('c1')).stop()
    expect((await seen).outcome).toBe('cancelled')
    expect(screen(ada)).toEqual(['user: Count', 'assistant: one two '])
  })
})
