import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Block, type ConversationOptions, tool } from '../../src/index.ts'
import { toBlocks } from '../../src/journal/index.ts'
import { codeOf, collect, start, until } from './start.ts'

const call = (id: string, name = 'look', input: unknown = { at: id }): Block => ({ type: 'tool_use', id, name, input })
const result = (id: string, content: string, isError = false) => ({
  type: 'tool_result',
  tool_use_id: id,
  ...(isError ? { is_error: true } : {}),
  content,
})

/** A conversation with a tool whose runs the test completes by hand. */
function startWithTools(options: Partial<ConversationOptions> = {}) {
  const runs: { at: string; signal: AbortSignal; end: (value: unknown) => void; fail: (error: unknown) => void }[] = []
  const look = tool({
    name: 'look',
    input: z.object({ at: z.string() }),
    run: ({ at }, { signal }) =>
      new Promise((end, fail) => {
        runs.push({ at, signal, end, fail })
      }),
  })
  const remove = tool({
    name: 'remove',
    input: z.object({ at: z.string() }),
    run: ({ at }) => `${at} is gone`,
    needsApproval: true,
  })
  const asked = { name: 'ask', input_schema: { type: 'object' as const } }
  const world = start({ tools: [look, remove, asked], ...options })
  const pending = (count: number) => until(world.chat, () => world.chat.pendingCalls.length === count)
  const running = async (count: number) => {
    while (runs.length < count) await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  return { ...world, runs, pending, running }
}

describe('a turn with tools', () => {
  it('runs its calls concurrently and sends the results first, in the order of the calls', async () => {
    const { chat, ask, asked, runs, running } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([{ type: 'text', text: 'Let me look.' }, call('k1'), call('k2')])
    await running(2)
    expect(chat.status).toBe('streaming')
    runs[1]?.end('second')
    runs[0]?.end({ first: true })
    const next = await asked(2)
    expect(next.request.messages.at(-1)).toEqual({
      role: 'user',
      content: [result('k1', '{"first":true}'), result('k2', 'second')],
    })
    next.answer('Done.')
    expect(await turn).toMatchObject({ status: 'completed', text: 'Done.', finishReason: 'stop' })
    expect((await turn).attempts.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  it('emits an event as each call starts and settles, before the next request', async () => {
    const { ask, asked, runs, running } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([call('k1')])
    await running(1)
    runs[0]?.end('seen')
    ;(await asked(2)).answer('Done.')
    const events = await collect(turn)
    expect(events.map(({ type }) => type)).toEqual([
      'attempt.started',
      'toolCall.started',
      'toolCall.settled',
      'attempt.started',
      'delta',
      'turn.completed',
    ])
    expect(events[2]).toMatchObject({ callId: 'k1', name: 'look', status: 'settled', result: result('k1', 'seen') })
  })

  it.each([
    ['a tool that throws', call('k1'), 'The tool failed: no light'],
    ['an unknown tool', call('k1', 'leap'), 'There is no tool "leap"'],
    ['input that does not match the schema', call('k1', 'look', { at: 1 }), 'at:'],
    ['input that is not JSON', call('k1', 'look', { INVALID_JSON: '{"at' }), 'JSON'],
  ])('continues with an error result after %s', async (_, used, said) => {
    const { ask, asked, runs } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([used])
    const next = asked(2)
    await new Promise<void>((resolve) => void setImmediate(resolve))
    runs[0]?.fail(new Error('no light'))
    const { request } = await next
    const [told] = toBlocks(request.messages.at(-1)?.content ?? [])
    expect(told).toMatchObject({ type: 'tool_result', tool_use_id: 'k1', is_error: true })
    expect(String(told?.['content'])).toContain(said)
    ;(await next).answer('I see.')
    expect((await turn).status).toBe('completed')
  })

  it('fails with a code of its own when the model keeps calling tools', async () => {
    const { chat, ask, asked } = startWithTools({ maxSteps: 2 })
    const { turn, reply } = await ask('Do it.')
    reply.give([call('k1', 'leap')])
    ;(await asked(2)).give([call('k2', 'leap')])
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'max-steps-reached' } })
    // The last calls never ran, yet the history can be sent.
    expect(chat.history.at(-1)).toMatchObject({ role: 'user', content: [{ tool_use_id: 'k2', is_error: true }] })
    const { turn: next, reply: again } = await ask('Go on.')
    again.answer('Yes.')
    expect((await next).status).toBe('completed')
  })

  it('does not run a call of a truncated reply', async () => {
    const { ask, runs, chat } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([call('k1')], 'max_tokens')
    expect(await turn).toMatchObject({ status: 'completed', truncated: true, finishReason: 'length' })
    expect(runs).toEqual([])
    expect(chat.history.at(-1)).toMatchObject({ content: [{ type: 'tool_result', is_error: true }] })
  })
})

describe('a call that needs approval', () => {
  it('waits, in any order and while other calls run, until it is approved or denied', async () => {
    const { chat, ask, asked, pending, running, runs } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([call('k1', 'remove'), call('k2', 'remove'), call('k3')])
    await pending(2)
    await running(1)
    expect(chat.status).toBe('awaiting-approval')
    expect(chat.pendingCalls).toEqual([
      { turnId: 't1', callId: 'k1', name: 'remove', input: { at: 'k1' }, needs: 'approval' },
      { turnId: 't1', callId: 'k2', name: 'remove', input: { at: 'k2' }, needs: 'approval' },
    ])
    chat.denyTool('k2', 'keep that one')
    chat.approveTool('k1')
    runs[0]?.end('seen')
    const next = await asked(2)
    expect(next.request.messages.at(-1)?.content).toEqual([
      result('k1', 'k1 is gone'),
      result('k2', 'The user did not allow this call: keep that one', true),
      result('k3', 'seen'),
    ])
    next.answer('Done.')
    expect((await turn).status).toBe('completed')
  })

  it('can be decided once', async () => {
    const { chat, ask, pending } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([call('k1', 'remove'), call('k2', 'remove')])
    await pending(2)
    chat.approveTool('k1')
    expect(codeOf(() => chat.approveTool('k1'))).toMatch(/approval-decided|call-settled/)
    expect(codeOf(() => chat.denyTool('k1'))).toMatch(/approval-decided|call-settled/)
    expect(codeOf(() => chat.answerTool('k2', 'x'))).toBe('call-unknown')
    chat.stop()
    expect(await turn).toMatchObject({ status: 'stopped' })
    expect(codeOf(() => chat.approveTool('k2'))).toBe('call-settled')
  })

  it('ends with stop(), and the history can be sent', async () => {
    const { chat, ask, pending } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([call('k1', 'remove')])
    await pending(1)
    chat.stop()
    expect(await turn).toMatchObject({ status: 'stopped' })
    expect([chat.status, chat.pendingCalls]).toEqual(['ready', []])
    const { reply: next } = await ask('Never mind.')
    expect(next.request.messages.map(({ role }) => role)).toEqual(['user'])
  })
})

describe('a call that the app answers', () => {
  it('waits for its answer', async () => {
    const { chat, ask, asked, pending } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([call('k1', 'ask', { what: 'name' })])
    await pending(1)
    expect(chat.pendingCalls).toMatchObject([{ callId: 'k1', name: 'ask', input: { what: 'name' }, needs: 'answer' }])
    expect(codeOf(() => chat.approveTool('k1'))).toBe('call-unknown')
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    expect(codeOf(() => chat.answerTool('k1', cycle))).toBe('tool-result-invalid')
    chat.answerTool('k1', { name: 'Ann' })
    expect(codeOf(() => chat.answerTool('k1', 'again'))).toBe('call-settled')
    const next = await asked(2)
    expect(next.request.messages.at(-1)?.content).toEqual([result('k1', '{"name":"Ann"}')])
    next.answer('Hello Ann.')
    expect((await turn).text).toBe('Hello Ann.')
  })
})

describe('stop() while tools run', () => {
  it('aborts them, keeps the results of finished calls, and repeats no call', async () => {
    const { chat, ask, runs, running } = startWithTools()
    const { turn, reply } = await ask('Do it.')
    reply.give([{ type: 'text', text: 'Looking.' }, call('k1'), call('k2')])
    await running(2)
    runs[0]?.end('seen')
    await until(chat, () =>
      chat.messages.some(({ parts }) => parts.some((part) => part.type === 'tool-call' && part.result)),
    )
    chat.stop()
    expect(runs[1]?.signal.aborted).toBe(true)
    expect(await turn).toMatchObject({ status: 'stopped' })
    const { reply: next } = await ask('Shorter, please.')
    const [, , last] = next.request.messages
    expect(last?.content).toEqual([
      result('k1', 'seen'),
      expect.objectContaining({ tool_use_id: 'k2', is_error: true }),
      { type: 'text', text: 'Shorter, please.' },
    ])
    expect(runs).toHaveLength(2)
  })
})

describe('setTools', () => {
  it('changes the tools of the next request, and only between turns', async () => {
    const { chat, ask } = startWithTools()
    const { turn, reply } = await ask('One.')
    expect(codeOf(() => chat.setTools([]))).toBe('conversation-busy')
    reply.answer('Yes.')
    await turn
    const told: unknown[] = []
    chat.on('prompt.changed', ({ what }) => told.push(what))
    chat.setTools([])
    chat.setSystem('Be brief.')
    const { reply: next } = await ask('Two.')
    expect([next.request.fields['tools'], next.request.fields['system']]).toEqual([undefined, 'Be brief.'])
    expect(told).toEqual(['tools', 'system'])
  })

  it('omits thinking that was made under other tools, and reports it', async () => {
    const { chat, ask } = startWithTools()
    const { turn, reply } = await ask('One.')
    reply.give(
      [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'text', text: 'Yes.' },
      ],
      'end_turn',
    )
    await turn
    expect(chat.leftOut).toEqual([])
    chat.setTools([])
    expect(chat.leftOut).toMatchObject([{ turnId: 't1', what: 'thinking' }])
  })
})
