// Input of users and apps, with every kind of value that trips code which walks data.
import { expect } from 'vitest'
import { type Conversation, TurnstateError } from '../../src/index.ts'
import { start } from '../conversation/start.ts'
import { nastyValues } from '../nasty.ts'
import { attackSurface } from './attack.ts'

/** The outcome of passing every such value to one method: the codes that were thrown or reported, and no other errors. */
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
  return `${Object.keys(nastyValues).length} values: accepted, or ${list}; the next message is answered`
}

attackSurface('Messages, files and options of the app', [
  {
    attack: 'invalid fields of the request',
    run: () => handedIn((chat, value) => chat.setRequest({ metadata: value })),
  },
  { attack: 'invalid tools', run: () => handedIn((chat, value) => chat.setTools([value])) },
  { attack: 'invalid models', run: () => handedIn((chat, value) => chat.setModel(value)) },
  { attack: 'invalid budgets', run: () => handedIn((chat, value) => chat.setBudget(value)) },
  { attack: 'invalid policies', run: () => handedIn((chat, value) => void chat.resolveRefusal(value)) },
])
