// A slow store makes no difference to the facts that a program produces.
import { describe, expect, it } from 'vitest'
import { type Conversation, openConversation } from '../../src/index.ts'
import { type FaultyStore, faultyStore, turns } from '../durability/faulty-store.ts'
import { createManualSource } from './manual-source.ts'

/** A store that confirms each append after some turns of the event loop. */
const slowStore = () => faultyStore(() => turns(3).then(() => 'stores'))

type Program = (chat: Conversation, asked: ReturnType<typeof createManualSource>['asked']) => Promise<unknown>

/** The facts that a program produces. */
async function factsOf({ store, facts }: FaultyStore, program: Program) {
  const { source, asked } = createManualSource()
  let ids = 0
  const chat = await openConversation({
    source,
    model: 'm1',
    maxTokens: 100,
    id: 'c1',
    now: () => 1_000,
    generateId: () => `t${++ids}`,
    onRefusal: 'manual',
    store,
  })
  await program(chat, asked)
  await chat.close()
  return facts
}

const exchange = async (chat: Conversation, asked: Parameters<Program>[1], nth: number) => {
  const turn = chat.sendMessage(`question ${nth}`)
  ;(await asked(nth)).answer(`answer ${nth}`)
  return turn
}

const programs: Readonly<Record<string, Program>> = {
  'switchTo(), then sendMessage()': async (chat, asked) => {
    const { turnId } = await exchange(chat, asked, 1)
    await exchange(chat, asked, 2)
    chat.switchTo(turnId)
    await exchange(chat, asked, 3)
  },
  'clear(), then sendMessage()': async (chat, asked) => {
    await exchange(chat, asked, 1)
    chat.clear()
    await exchange(chat, asked, 2)
  },
  'stop() in the middle of a reply, then sendMessage()': async (chat, asked) => {
    const turn = chat.sendMessage('question 1')
    const shown = new Promise<void>((resolve) => chat.on('delta', () => resolve()))
    ;(await asked(1)).say('half an')
    await shown
    chat.stop()
    await exchange(chat, asked, 2)
    await turn
  },
  'resolveRefusal(), then sendMessage()': async (chat, asked) => {
    const turn = chat.sendMessage('question 1')
    ;(await asked(1)).refuse()
    await turn
    chat.resolveRefusal('drop-turn')
    await exchange(chat, asked, 2)
  },
  'stop(), then retry()': async (chat, asked) => {
    const turn = chat.sendMessage('question 1')
    await asked(1)
    chat.stop()
    const again = chat.retry()
    ;(await asked(2)).answer('answer')
    expect(await turn).toMatchObject({ status: 'stopped' })
    expect(await again).toMatchObject({ status: 'completed' })
  },
  'stop(), then clear(), switchTo() and setSystem()': async (chat, asked) => {
    const { turnId } = await exchange(chat, asked, 1)
    const turn = chat.sendMessage('question 2')
    await asked(2)
    chat.stop()
    chat.clear()
    chat.switchTo(turnId, { force: true })
    chat.setSystem('Be brief.')
    chat.switchTo(null)
    await exchange(chat, asked, 3)
    await turn
  },
  'each of them awaited': async (chat, asked) => {
    const { turnId } = await exchange(chat, asked, 1)
    await exchange(chat, asked, 2)
    await chat.switchTo(turnId)
    const turn = chat.sendMessage('question 3')
    await asked(3)
    await chat.stop()
    await turn
    await chat.clear()
    expect(chat.canSend).toBe(true)
    await exchange(chat, asked, 4)
  },
}

describe('a slow store', () => {
  it.each(Object.entries(programs))('has the same facts as an immediate one, after %s', async (_, program) => {
    const facts = await factsOf(faultyStore(), program)
    expect(await factsOf(slowStore(), program)).toEqual(facts)
  })

  it('preserves the order of messages that wait for it', async () => {
    const facts = await factsOf(slowStore(), async (chat, asked) => {
      await exchange(chat, asked, 1)
      chat.clear()
      const [second, third] = [chat.sendMessage('question 2'), chat.sendMessage('question 3')]
      ;(await asked(2)).answer('answer 2')
      expect(await second).toMatchObject({ status: 'completed' })
      expect(await third).toMatchObject({ status: 'failed', error: { code: 'conversation-busy' } })
    })
    const inputs = facts.flatMap((fact) => (fact.type === 'turn.opened' ? [fact.input] : []))
    expect(inputs).toEqual(['question 1', 'question 2'])
  })
})
