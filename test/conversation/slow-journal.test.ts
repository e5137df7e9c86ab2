// A slow journal makes no difference to the facts that a program produces.
import { describe, expect, it } from 'vitest'
import { type JournalCommand, type JournalEvent, type JournalInput, typedCallback } from '../../machines/index.ts'
import { environmentOf } from '../../src/conversation/environment.ts'
import { type Journal, memoryJournal } from '../../src/conversation/memory-journal.ts'
import { Prompt } from '../../src/conversation/prompt.ts'
import { startConversation } from '../../src/conversation/start-conversation.ts'
import type { Conversation } from '../../src/index.ts'
import type { StoredFact } from '../../src/journal/index.ts'
import { createManualSource } from './manual-source.ts'

/** A journal that confirms each append after 5 ms. */
function slowJournal(): Journal {
  const facts: StoredFact[] = []
  return {
    facts,
    actor: typedCallback<JournalCommand, JournalInput, JournalEvent>(({ receive, sendBack }) => {
      receive(({ expected, facts: more }) => {
        setTimeout(() => {
          facts.splice(expected, facts.length, ...more)
          sendBack({ type: 'journal.saved', revision: facts.length })
        }, 5)
      })
      sendBack({ type: 'journal.ready' })
    }),
  }
}

type Program = (chat: Conversation, asked: ReturnType<typeof createManualSource>['asked']) => Promise<unknown>

/** The facts that a program produces. */
async function factsOf(journal: Journal, program: Program) {
  const { source, asked } = createManualSource()
  let ids = 0
  const options = {
    source,
    model: 'm1',
    maxTokens: 100,
    id: 'c1',
    now: () => 1_000,
    generateId: () => `t${++ids}`,
    onRefusal: 'manual' as const,
  }
  const environment = environmentOf(options)
  const chat = startConversation({ ...options, journal, environment, prompt: new Prompt({}) }, [], [])
  await program(chat, asked)
  await chat.close()
  return journal.facts
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

describe('a journal that takes 5 ms', () => {
  it.each(Object.entries(programs))('has the same facts as an immediate one, after %s', async (_, program) => {
    const facts = await factsOf(memoryJournal(), program)
    expect(await factsOf(slowJournal(), program)).toEqual(facts)
  })

  it('preserves the order of messages that wait for it', async () => {
    const facts = await factsOf(slowJournal(), async (chat, asked) => {
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
