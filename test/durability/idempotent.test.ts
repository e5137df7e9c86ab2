// A turn whose process is gone while its tools run, and that continues in the next process.
import { expect, it } from 'vitest'
import { memoryStore, openConversation, type Store, tool } from '../../src/index.ts'
import type { StoredFact } from '../../src/journal/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { anything } from '../tools/fixtures.ts'
import { turns } from './faulty-store.ts'
import { begun, calls, next, opened, quiet, watchedTool } from './stage.ts'

const idempotent = ({ definition }: ReturnType<typeof watchedTool>) => tool({ ...definition, idempotent: true })

async function allFacts(store: Store, id: string): Promise<readonly StoredFact[]> {
  const facts: StoredFact[] = []
  for await (const page of store.facts(id)) facts.push(...page)
  return facts
}

const both = [...calls('pay', 'k1'), ...calls('look', 'k2')]

it('of the calls that may have begun, that of an idempotent tool is run again and its result used; of the other the model is told that it may have run', async () => {
  const store = memoryStore()
  const [pay, look] = [watchedTool('pay'), watchedTool('look')]
  const tools = [pay.definition, idempotent(look)]
  const process = async (takeOver: number) => {
    const { source, asked } = createManualSource()
    const given = { source, model: 'm1', maxTokens: 100, id: 'c1', logger: quiet, tools, store }
    return { asked, chat: await openConversation({ ...given, takeOver, onInterrupted: 'resume' }) }
  }
  const first = await process(0)
  const turn = first.chat.sendMessage('pay the bill, and look')
  ;(await first.asked(1)).give(both)
  await Promise.all([pay.running(1), look.running(1)])

  const second = await process((await store.get('c1'))?.writer ?? 0)
  const completed = next(second.chat, 'turn.completed')
  await look.running(2)
  // The first process is still there, and may write nothing.
  look.runs[0]?.end('seen by the first')
  pay.runs[0]?.end('paid')
  expect(await turn).toMatchObject({ status: 'failed', error: { code: 'conversation-lost' } })
  look.runs[1]?.end('seen by the second')
  const reply = await second.asked(1)
  expect(reply.request.messages.at(-1)).toMatchObject({
    role: 'user',
    content: [
      { tool_use_id: 'k1', is_error: true, content: expect.stringMatching(/may have been running.*not run again/s) },
      { tool_use_id: 'k2', content: 'seen by the second' },
    ],
  })
  expect([pay.runs.length, look.runs.map(({ callId }) => callId)]).toEqual([1, ['k2', 'k2']])
  reply.answer('done')
  expect(await completed).toMatchObject({ outcome: { text: 'done' } })
  const starts = (await allFacts(store, 'c1')).flatMap((fact) =>
    fact.type === 'call.started' ? [[fact.callId, fact.again ?? false]] : [],
  )
  expect(starts).toEqual([
    ['k1', false],
    ['k2', false],
    ['k2', true],
  ])
  await second.chat.close()
})

it('a call that is run again runs only once it is stored that it starts again', async () => {
  const look = watchedTool('look')
  const options = { tools: [idempotent(look)], onInterrupted: 'resume' } as const
  const { chat, faulty, asked } = await begun(options)
  chat.sendMessage('look')
  ;(await asked(1)).give(calls('look', 'k1'))
  await look.running(1)
  await faulty.crash()
  let letThrough: (fate: 'stores') => void = () => {}
  faulty.fate = () => new Promise((resolve) => (letThrough = resolve))
  const before = faulty.appends.length
  const after = await opened(faulty, options)
  while (faulty.appends.length === before) await turns(1)
  await turns(5)
  expect([look.runs.length, after.told]).toEqual([1, []])
  faulty.fate = () => 'stores'
  letThrough('stores')
  await look.running(2)
  look.runs[1]?.end('seen')
  ;(await after.asked(1)).answer('done')
  await next(after.chat, 'turn.completed')
})

it('a call of an idempotent tool is not run again where the turn does not continue', async () => {
  const look = watchedTool('look')
  const tools = [idempotent(look)]
  const { chat, faulty, asked } = await begun({ tools })
  chat.sendMessage('look')
  ;(await asked(1)).give(calls('look', 'k1'))
  await look.running(1)
  await faulty.crash()
  const after = await opened(faulty, { tools })
  await next(after.chat, 'turn.failed')
  await turns(5)
  expect([after.chat.error?.code, look.runs.length]).toEqual(['interrupted', 1])
})

it('a call of an idempotent tool is run again while another call of its reply waits for a person', async () => {
  const [look, pay] = [watchedTool('look'), watchedTool('pay', true)]
  const tools = [idempotent(look), pay.definition]
  const { chat, faulty, asked } = await begun({ tools })
  chat.sendMessage('pay the bill, and look')
  const waits = next(chat, 'toolCall.approvalRequested')
  ;(await asked(1)).give(both)
  await Promise.all([waits, look.running(1)])
  await faulty.crash()
  const after = await opened(faulty, { tools })
  await look.running(2)
  look.runs[1]?.end('seen')
  expect(await next(after.chat, 'toolCall.settled')).toMatchObject({ callId: 'k2', status: 'settled' })
  expect(after.chat.pendingCalls.map(({ callId }) => callId)).toEqual(['k1'])
})

it('a call that a person had approved is run again without another question', async () => {
  const pay = watchedTool('pay', true)
  const options = { tools: [idempotent(pay)], onInterrupted: 'resume' } as const
  const { chat, faulty, asked } = await begun(options)
  chat.sendMessage('pay the bill')
  ;(await asked(1)).give(calls('pay', 'k1'))
  await next(chat, 'toolCall.approvalRequested')
  chat.approveTool('k1')
  await pay.running(1)
  await faulty.crash()
  const after = await opened(faulty, options)
  await pay.running(2)
  pay.runs[1]?.end('paid')
  ;(await after.asked(1)).answer('It is paid.')
  await next(after.chat, 'turn.completed')
  expect(after.told).not.toContain('toolCall.approvalRequested')
})

it('a forked conversation with a call that was run again can be read', async () => {
  const look = tool({ name: 'look', input: anything, idempotent: true, run: () => 'seen' })
  const stuck = watchedTool('look')
  const { chat, faulty, asked } = await begun({ tools: [idempotent(stuck)] })
  chat.sendMessage('look')
  ;(await asked(1)).give(calls('look', 'k1'))
  await stuck.running(1)
  await faulty.crash()
  const after = await opened(faulty, { tools: [look], onInterrupted: 'resume' })
  const completed = next(after.chat, 'turn.completed')
  ;(await after.asked(1)).answer('done')
  await completed
  const fork = after.chat.fork(undefined, { id: 'fork' })
  const said = fork.sendMessage('and now?')
  ;(await after.asked(2)).answer('nothing')
  expect(await said).toMatchObject({ status: 'completed' })
  await fork.close()
  const again = await openConversation({
    source: createManualSource().source,
    model: 'm1',
    maxTokens: 9,
    id: 'fork',
    store: faulty.store,
  })
  expect(again.history).toHaveLength(6)
  await again.close()
})
