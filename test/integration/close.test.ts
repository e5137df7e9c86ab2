import { afterEach, describe, expect, it } from 'vitest'
import { refuse, reply } from '../../src/testing/index.ts'
import { moments } from './moments.ts'
import { conversing, endAll } from './simulated.ts'

afterEach(endAll)

describe('close()', () => {
  it.each(moments)(
    'settles the turn as stopped and closes its connection $name',
    async ({ steps, options, there, shown, open }) => {
      const world = await conversing(steps, options)
      const { chat, create, sim, goesOn } = world
      const reachedIt = there(world)
      const turn = chat.sendMessage('Tell me')
      await reachedIt
      const last = sim.requests.at(-1)
      await chat.close()
      expect(chat.status).toBe('closed')
      expect(await turn).toMatchObject({ status: 'stopped', text: shown ?? '' })
      await last?.closed
      expect(last?.aborted).toBe(open !== 'nothing')
      const { length } = sim.requests
      expect(() => chat.sendMessage('And now?')).toThrow(expect.objectContaining({ code: 'conversation-closed' }))
      expect(() => chat.fork()).not.toThrow()
      // Its history can be continued in another conversation.
      await goesOn(create({ messages: chat.history }))
      expect(sim.requests).toHaveLength(length + 1)
    },
  )

  it('settles queued messages and sends none of them', async () => {
    const { chat, create, sim, goesOn } = await conversing([reply('never', { faults: { stallBeforeHeaders: true } })], {
      whenBusy: 'queue',
    })
    const turns = ['first', 'second'].map((message) => chat.sendMessage(message))
    await sim.waitForRequest(1)
    await chat.close()
    for (const turn of turns) expect((await turn).status).toBe('stopped')
    await goesOn(create())
    expect(sim.requests).toHaveLength(2)
  })

  it('reports a refusal that waits for a person as undecided', async () => {
    const { chat, create, goesOn } = await conversing([refuse()], { onRefusal: 'manual' })
    expect((await chat.sendMessage('a bad thing')).refusal?.policy).toBe('manual')
    await chat.close()
    await goesOn(create({ messages: chat.history }), 'a bad thing')
  })
})
