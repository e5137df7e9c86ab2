// What the next process finds, after the last one died at a bad moment.
import { describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/index.ts'
import { turns } from './faulty-store.ts'
import { begun, calls, next, opened, typesOf, watchedTool } from './stage.ts'

describe('a tool', () => {
  it('runs only once it is stored that it may have run', async () => {
    const pay = watchedTool('pay')
    const { chat, faulty, asked, told } = await begun({ tools: [pay.definition] })
    let letThrough: (fate: 'stores') => void = () => {}
    faulty.fate = ({ facts }) =>
      typesOf(facts).includes('call.started') ? new Promise((resolve) => (letThrough = resolve)) : 'stores'
    chat.sendMessage('pay the bill')
    ;(await asked(1)).give(calls('pay', 'k1'))
    while (!faulty.appends.some(({ facts }) => typesOf(facts).includes('call.started'))) await turns(1)
    await turns(5)
    expect([pay.runs.length, told.includes('toolCall.started')]).toEqual([0, false])
    const started = next(chat, 'toolCall.started')
    letThrough('stores')
    await started
    await pay.running(1)
    expect(typesOf(faulty.facts)).toContain('call.started')
  })

  it('that may have run when the process died is not run again, and its turn stays in the history', async () => {
    const pay = watchedTool('pay')
    const { chat, faulty, asked } = await begun({ tools: [pay.definition] })
    chat.sendMessage('pay the bill')
    ;(await asked(1)).give(calls('pay', 'k1'))
    await pay.running(1)
    await faulty.crash()
    const after = await opened(faulty, { tools: [pay.definition] })
    await next(after.chat, 'turn.failed')
    expect([after.chat.status, after.chat.error?.code]).toEqual(['error', 'interrupted'])
    expect(JSON.stringify(after.chat.history)).toContain('"tool_use_id":"k1","is_error":true')
    await turns(5)
    expect(pay.runs).toHaveLength(1)
  })

  it('that waits for a person when the conversation closes still waits when it is opened again', async () => {
    const pay = watchedTool('pay', true)
    const { chat, faulty, asked } = await begun({ tools: [pay.definition] })
    const turn = chat.sendMessage('pay the bill')
    ;(await asked(1)).give(calls('pay', 'k1'))
    await next(chat, 'toolCall.approvalRequested')
    await chat.close()
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'conversation-closed' } })
    const after = await opened(faulty, { tools: [pay.definition] })
    const completed = next(after.chat, 'turn.completed')
    expect([after.chat.status, after.chat.pendingCalls]).toMatchObject(['awaiting-approval', [{ callId: 'k1' }]])
    after.chat.approveTool('k1')
    await pay.running(1)
    pay.runs[0]?.end('paid')
    ;(await after.asked(1)).answer('It is paid.')
    expect(await completed).toMatchObject({ outcome: { text: 'It is paid.' } })
  })

  it('that a person had approved runs after the crash, if it had not begun', async () => {
    const pay = watchedTool('pay', true)
    const { chat, faulty, asked } = await begun({ tools: [pay.definition] })
    chat.sendMessage('pay the bill')
    ;(await asked(1)).give(calls('pay', 'k1'))
    await next(chat, 'toolCall.approvalRequested')
    faulty.fate = ({ facts }) => (typesOf(facts).includes('call.started') ? 'hangs' : 'stores')
    chat.approveTool('k1')
    while (!typesOf(faulty.facts).includes('approval.decided')) await turns(1)
    await faulty.crash()
    faulty.fate = () => 'stores'
    const after = await opened(faulty, { tools: [pay.definition] })
    await pay.running(1)
    pay.runs[0]?.end('paid')
    ;(await after.asked(1)).answer('It is paid.')
    await next(after.chat, 'turn.completed')
    expect(pay.runs.map(({ callId }) => callId)).toEqual(['k1'])
  })

  it('that a person had denied gets its result after the crash, and is not run', async () => {
    const pay = watchedTool('pay', true)
    const { chat, faulty, asked } = await begun({ tools: [pay.definition] })
    chat.sendMessage('pay both bills')
    ;(await asked(1)).give(calls('pay', 'k1', 'k2'))
    await next(chat, 'toolCall.approvalRequested')
    await next(chat, 'toolCall.approvalRequested')
    faulty.fate = ({ facts }) => (typesOf(facts).includes('toolResults.recorded') ? 'hangs' : 'stores')
    chat.denyTool('k1', 'not today')
    while (!typesOf(faulty.facts).includes('approval.decided')) await turns(1)
    await faulty.crash()
    faulty.fate = () => 'stores'
    const after = await opened(faulty, { tools: [pay.definition] })
    expect(await next(after.chat, 'toolCall.settled')).toMatchObject({ callId: 'k1', status: 'denied' })
    expect(after.chat.pendingCalls.map(({ callId }) => callId)).toEqual(['k2'])
    expect(pay.runs).toEqual([])
  })
})

describe('attempts', () => {
  it('go on counting in the next process', async () => {
    const [look, pay] = [watchedTool('look'), watchedTool('pay', true)]
    const tools = [look.definition, pay.definition]
    const { chat, faulty, asked } = await begun({ tools })
    chat.sendMessage('hi')
    ;(await asked(1)).give(calls('look', 'k1'))
    await look.running(1)
    look.runs[0]?.end('seen')
    ;(await asked(2)).give(calls('pay', 'k2'))
    await next(chat, 'toolCall.approvalRequested')
    await faulty.crash()
    const after = await opened(faulty, { tools })
    after.chat.approveTool('k2')
    await pay.running(1)
    const started = next(after.chat, 'attempt.started')
    pay.runs[0]?.end('paid')
    expect(await started).toMatchObject({ attempt: 3 })
  })
})

describe('a message', () => {
  it('that the context was compacted for can be retried, and follows the summary', async () => {
    const { chat, faulty, asked } = await begun({ onOverflow: 'compact', compaction: { by: 'summary' } })
    const first = chat.sendMessage('first')
    ;(await asked(1)).answer('fine')
    await first
    chat.sendMessage('the important question')
    const tooLong = new TurnstateError('prompt-too-long', 'prompt is too long', { status: 400 })
    ;(await asked(2)).throw(tooLong)
    const isResumption = () => faulty.facts.filter(({ type }) => type === 'turn.settled').length === 3
    faulty.fate = () => (isResumption() ? 'hangs' : 'stores')
    ;(await asked(3)).answer('a summary')
    while (!isResumption()) await turns(1)
    await faulty.crash()
    faulty.fate = () => 'stores'
    const after = await opened(faulty)
    expect([after.chat.status, after.replies.length]).toEqual(['ready', 0])
    const again = after.chat.retry()
    const reply = await after.asked(1)
    expect(JSON.stringify(reply.request.messages)).toMatch(/a summary.*the important question/)
    reply.answer('the answer')
    expect(await again).toMatchObject({ status: 'completed', text: 'the answer' })
  })

  it('that waited in the queue waits for a word in the next process', async () => {
    const { chat, faulty, asked } = await begun({ whenBusy: 'queue' })
    chat.sendMessage('one')
    chat.sendMessage('two')
    const reply = await asked(1)
    faulty.fate = ({ facts }) => (facts.some(({ type }) => type === 'turn.opened') ? 'hangs' : 'stores')
    reply.answer('first')
    while (!typesOf(faulty.facts).includes('turn.settled')) await turns(1)
    await faulty.crash()
    faulty.fate = () => 'stores'
    const after = await opened(faulty, { whenBusy: 'queue' })
    // What the load itself records is stored by then.
    await after.chat.stop()
    expect([after.chat.held, after.chat.queue.map(({ input }) => input), after.replies.length]).toEqual([
      true,
      ['two'],
      0,
    ])
    after.chat.releaseQueue()
    ;(await after.asked(1)).answer('second')
    await next(after.chat, 'turn.completed')
    expect(after.chat.history.map(({ content }) => JSON.stringify(content)).join()).toMatch(/one.*first.*two.*second/)
  })

  it('whose request has not gone out because its turn was not stored was never sent', async () => {
    const { chat, faulty, replies, told } = await begun()
    await turns(2)
    faulty.fate = () => 'hangs'
    chat.sendMessage('hi')
    await turns(5)
    expect([replies.length, told, chat.status, chat.messages]).toEqual([0, [], 'submitted', []])
    await faulty.crash()
    faulty.fate = () => 'stores'
    expect((await opened(faulty)).chat.messages).toEqual([])
  })
})

describe('a refusal', () => {
  it('is told once, whatever is decided about it after a crash', async () => {
    let words = 0
    const onRefusal = { rephrase: () => (words++ === 0 ? 'other words' : null) }
    const { chat, faulty, asked, told } = await begun({ onRefusal })
    faulty.fate = ({ facts }) => (typesOf(facts).includes('head.moved') ? 'hangs' : 'stores')
    chat.sendMessage('bad')
    ;(await asked(1)).refuse()
    while (!faulty.appends.some(({ facts }) => typesOf(facts).includes('head.moved'))) await turns(1)
    await turns(3)
    await faulty.crash()
    faulty.fate = () => 'stores'
    const after = await opened(faulty, { onRefusal })
    await next(after.chat, 'context.reset')
    expect([...told, ...after.told].filter((type) => type === 'turn.refused')).toHaveLength(1)
  })

  it('that waits for a person still waits, and is not told again', async () => {
    const { chat, faulty, asked } = await begun({ onRefusal: 'manual' })
    const turn = chat.sendMessage('bad')
    ;(await asked(1)).refuse()
    expect(await turn).toMatchObject({ status: 'refused', refusal: { policy: 'manual' } })
    await faulty.crash()
    const after = await opened(faulty, { onRefusal: 'manual' })
    await turns(3)
    expect([after.chat.status, after.told]).toEqual(['refused', []])
    await after.chat.resolveRefusal('drop-turn')
    expect([after.chat.status, after.told]).toEqual(['ready', ['context.reset']])
  })
})

describe('a rejection', () => {
  it('that was not decided is decided, and the message is asked again without what is to blame', async () => {
    const { chat, faulty, asked } = await begun({ request: { metadata: { user_id: 'u' } } })
    const rejected = new TurnstateError('request-invalid', 'metadata: no', { status: 400, pointer: 'metadata' })
    const isDecided = (types: readonly string[]) => types.includes('context.setAside')
    faulty.fate = ({ facts }) => (isDecided(typesOf(facts)) ? 'hangs' : 'stores')
    chat.sendMessage('hi')
    ;(await asked(1)).throw(rejected)
    while (!faulty.appends.some(({ facts }) => isDecided(typesOf(facts)))) await turns(1)
    await faulty.crash()
    faulty.fate = () => 'stores'
    const after = await opened(faulty, { request: { metadata: { user_id: 'u' } } })
    ;(await after.asked(1)).answer('hello')
    await next(after.chat, 'turn.completed')
    expect(after.chat.history).toHaveLength(2)
  })
})

describe('an interrupted turn', () => {
  it('continues with another attempt where the host asks for it', async () => {
    const { chat, faulty, asked } = await begun()
    chat.sendMessage('hi')
    const shown = next(chat, 'delta')
    ;(await asked(1)).say('half an')
    await shown
    await faulty.crash()
    const after = await opened(faulty, { onInterrupted: 'resume' })
    ;(await after.asked(1)).answer('whole')
    await next(after.chat, 'turn.completed')
    expect(after.told).toEqual(['retracted', 'attempt.started', 'delta', 'turn.completed'])
    expect(faulty.facts.flatMap((fact) => ('attempt' in fact ? [fact.attempt] : []))).toEqual([1, 2])
  })

  it('settles as interrupted, and nothing is asked again by itself', async () => {
    const { chat, faulty, asked } = await begun()
    chat.sendMessage('hi')
    await asked(1)
    await faulty.crash()
    const after = await opened(faulty)
    await turns(5)
    expect([after.chat.status, after.chat.error?.code, after.replies]).toEqual(['error', 'interrupted', []])
  })
})

it('the budget and the model are what they were', async () => {
  const { chat, faulty, asked } = await begun()
  const turn = chat.sendMessage('hi')
  ;(await asked(1)).answer('hello')
  await turn
  chat.setModel('m2')
  chat.setBudget({ tokens: 1 })
  await chat.stop()
  await faulty.crash()
  const after = await opened(faulty, { model: 'm1', budget: { tokens: 1_000 } })
  expect(after.chat.model).toBe('m2')
  expect(await after.chat.sendMessage('hi')).toMatchObject({ error: { code: 'budget-exceeded' } })
})

it.each(['stopped', 'error', 'ready'])('a conversation that was %s comes up as it was', async (status) => {
  const { chat, faulty, asked } = await begun()
  const turn = chat.sendMessage('hi')
  const reply = await asked(1)
  if (status === 'stopped') chat.stop()
  else if (status === 'error') reply.throw(new TurnstateError('authentication-failed', 'no', { status: 401 }))
  else reply.answer('hello')
  await turn
  const before = [chat.status, chat.error?.code, chat.messages, chat.history]
  await chat.close()
  const { chat: after } = await opened(faulty)
  expect([after.status, after.error?.code, after.messages, after.history]).toEqual(before)
})
