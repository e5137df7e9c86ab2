// Another process takes the conversation over while this one is at work.
import { describe, expect, it } from 'vitest'
import { turns } from './faulty-store.ts'
import { begun, calls, next, typesOf, watchedTool } from './stage.ts'

describe('a conversation that another process has taken over', () => {
  it('runs no more tools, asks nothing, and tells only that it is lost', async () => {
    const look = watchedTool('look')
    const { chat, faulty, asked, replies, told } = await begun({ tools: [look.definition], toolLimit: 1 })
    const turn = chat.sendMessage('hi')
    ;(await asked(1)).give(calls('look', 'k1', 'k2', 'k3'))
    await look.running(1)
    const other = await faulty.takeOver()
    const before = told.length
    look.runs[0]?.end('seen')
    const outcome = await turn
    await turns(10)
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'conversation-lost' } })
    expect([look.runs.length, replies.length]).toEqual([1, 1])
    expect(told.slice(before)).toEqual(['conversation.lost', 'turn.failed'])
    expect([chat.status, chat.error?.code]).toEqual(['closed', 'conversation-lost'])
    await other.release()
  })

  it('asks the model nothing for a message that is sent afterwards', async () => {
    const { chat, faulty, asked, replies } = await begun()
    const first = chat.sendMessage('one')
    ;(await asked(1)).answer('first')
    await first
    await faulty.takeOver()
    expect(await chat.sendMessage('two')).toMatchObject({ status: 'failed', error: { code: 'conversation-lost' } })
    expect(replies).toHaveLength(1)
  })

  it('stops the reply that is under way as soon as it learns of it', async () => {
    const { chat, faulty, asked } = await begun({ whenBusy: 'queue' })
    const turn = chat.sendMessage('one')
    const reply = await asked(1)
    await faulty.takeOver()
    chat.sendMessage('two')
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'conversation-lost' } })
    expect(reply.signal.aborted).toBe(true)
  })

  it('writes nothing into the journal of the other one', async () => {
    const { chat, faulty } = await begun()
    await turns(3)
    const other = await faulty.takeOver()
    const stored = [...faulty.facts]
    chat.setModel('m2')
    await next(chat, 'conversation.lost')
    await chat.close()
    expect(faulty.facts).toEqual(stored)
    const facts: unknown[] = []
    for await (const page of other.facts()) facts.push(...page)
    expect(facts).toEqual(stored)
  })
})

describe('a store', () => {
  it.each(['fails', 'throws', 'rejects', 'stores silently'] as const)(
    'that %s once delays a message, and loses nothing',
    async (fate) => {
      const { chat, faulty, asked } = await begun({ saveRetry: 1, saveTimeout: 5 })
      await turns(2)
      let left = 1
      faulty.fate = () => (left-- > 0 ? fate : 'stores')
      const turn = chat.sendMessage('hi')
      ;(await asked(1)).answer('hello')
      expect(await turn).toMatchObject({ status: 'completed' })
      expect(typesOf(faulty.facts)).toEqual(['conversation.created', 'turn.opened', 'reply.recorded', 'turn.settled'])
      expect(chat.error).toBeNull()
      await chat.close()
    },
  )

  it('is sent each fact once, while it is slow and tools are busy', async () => {
    const look = watchedTool('look')
    const { chat, faulty, asked } = await begun({ tools: [look.definition] })
    faulty.fate = () => turns(4).then(() => 'stores')
    const ids = Array.from({ length: 20 }, (_, nth) => `k${nth}`)
    const turn = chat.sendMessage('hi')
    ;(await asked(1)).give(calls('look', ...ids))
    for (const nth of ids.keys()) {
      await look.running(nth + 1)
      look.runs[nth]?.end('seen')
    }
    ;(await asked(2)).answer('done')
    await turn
    const sent = faulty.appends.flatMap(({ facts }) => facts.map(({ seq }) => seq))
    expect(sent).toEqual([...faulty.facts.keys()])
  })

  it('that has stored a request for approval has it told at once, whatever else is to be stored', async () => {
    const [look, pay] = [watchedTool('look'), watchedTool('pay', true)]
    const { chat, faulty, asked } = await begun({ tools: [look.definition, pay.definition] })
    chat.sendMessage('hi')
    const asking = next(chat, 'toolCall.approvalRequested')
    let isBehind = false
    faulty.fate = ({ facts }) => {
      if (isBehind) return 'hangs'
      isBehind = typesOf(facts).includes('approval.requested')
      return 'stores'
    }
    ;(await asked(1)).give([...calls('look', 'k1', 'k2'), ...calls('pay', 'k3')])
    await asking
    expect(chat.pendingCalls.map(({ callId }) => callId)).toEqual(['k3'])
  })

  it('that is down at the end makes close() say that it is not known what is stored', async () => {
    const { chat, faulty, asked } = await begun()
    const turn = chat.sendMessage('hi')
    await asked(1)
    faulty.fate = () => 'hangs'
    await chat.close({ timeout: 20 })
    const { status, error } = await turn
    expect([status, error?.code]).toEqual(['failed', 'journal-write-failed'])
    expect(error?.message).toContain('may be stored or not')
  })

  it('that is slow at the end makes close() wait, and what is told is what is stored', async () => {
    const { chat, faulty, asked } = await begun()
    const turn = chat.sendMessage('hi')
    await asked(1)
    faulty.fate = () => turns(50).then(() => 'stores')
    await chat.close()
    expect((await turn).status).toBe('stopped')
    expect(faulty.facts.findLast(({ type }) => type === 'turn.settled')).toMatchObject({ status: 'stopped' })
  })

  it('gets the lease back when the conversation closes, so that it can be opened again at once', async () => {
    const { chat, faulty } = await begun()
    await expect(faulty.store.open('c1')).rejects.toMatchObject({ code: 'conversation-busy' })
    await chat.close()
    await (await faulty.store.open('c1')).release()
  })
})
