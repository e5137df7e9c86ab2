// What users and apps hand in, from values of every kind that walks of data fall over.
import { expect } from 'vitest'
import { type Conversation, TurnstateError } from '../../src/index.ts'
import { start } from '../conversation/start.ts'
import { nastyValues } from '../nasty.ts'
import { attackSurface } from './attack.ts'

/** What every such value leads to at one door: the codes that were thrown or told, and nothing else. */
async function handedIn(door: (chat: Conversation, value: never) => unknown): Promise<string> {
  const codes = new Set<string>()
  for (const make of Object.values(nastyValues)) {
    const { chat, exchange } = start()
    try {
      const outcome: unknown = await Promise.race([door(chat, make() as never), Promise.resolve(null)])
      if (typeof outcome === 'object' && outcome !== null && 'error' in outcome && TurnstateError.is(outcome.error))
        codes.add(outcome.error.code)
    } catch (error) {
      if (!TurnstateError.is(error)) throw error
      codes.add(error.code)
    }
    chat.stop()
    chat.setRequest({})
    chat.setTools([])
    expect(['completed', 'stopped']).toContain((await exchange('Are you there?', 'Yes')).status)
    await chat.close()
  }
  const list = [...codes].toSorted().join(', ')
  return `${Object.keys(nastyValues).length} values: taken, or ${list}; the next message is answered`
}

attackSurface('Messages, files and options of the app', [
  {
    attack: 'fields of the request that nobody can send',
    run: () => handedIn((chat, value) => chat.setRequest({ metadata: value })),
  },
  { attack: 'tools that are none', run: () => handedIn((chat, value) => chat.setTools([value])) },
  { attack: 'models that are none', run: () => handedIn((chat, value) => chat.setModel(value)) },
  { attack: 'budgets that are none', run: () => handedIn((chat, value) => chat.setBudget(value)) },
  { attack: 'policies that are none', run: () => handedIn((chat, value) => void chat.resolveRefusal(value)) },
])
