import { describe, expect, it } from 'vitest'
import { memoryStore, openConversation } from '../../src/index.ts'
import { load } from '../../src/conversation/keeping.ts'
import { numbered } from '../../src/journal/index.ts'
import { observe } from '../../src/observe/observe.ts'
import { quiet } from './stage.ts'

const source = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) })

/** A store with one conversation of so many turns. */
async function storeWith(turns: number) {
  const store = memoryStore()
  const facts = [
    { type: 'conversation.created', v: 3, id: 'c1', model: 'm1', at: 1 } as const,
    ...Array.from({ length: turns }, (_, nth) => `t${nth}`).flatMap((turnId, nth) => [
      {
        type: 'turn.opened',
        turnId,
        parent: null,
        input: `question ${nth}`,
        at: nth,
      } as const,
      { type: 'turn.settled', turnId, status: 'stopped', kept: false } as const,
    ]),
  ]
  const opened = store.openNow('c1')
  opened.append({ appendId: 'a', expected: 0, facts: numbered(facts, 0) })
  opened.release()
  return store
}

const options = { source, model: 'm1', maxTokens: 10, id: 'c1', logger: quiet }

/** Opens the conversation and closes it again, so that it keeps a checkpoint. Returns what it showed. */
async function visited(store: ReturnType<typeof memoryStore>) {
  const chat = await openConversation({ ...options, store })
  const shown = [chat.messages, chat.history, chat.usage, chat.revision, chat.status]
  await chat.close()
  return shown
}

function checkpointIn(store: ReturnType<typeof memoryStore>): number | undefined {
  const opened = store.openNow('c1')
  const revision = opened.checkpoint()?.revision
  opened.release()
  return revision
}

describe('a long conversation', () => {
  it('keeps a checkpoint when it closes, and is the same when it is read from there', async () => {
    const store = await storeWith(300)
    const fromFacts = await visited(store)
    expect(checkpointIn(store)).toBe(601)
    expect(await visited(store)).toEqual(fromFacts)
  })

  it('reads only the facts after the checkpoint', async () => {
    const store = await storeWith(300)
    await visited(store)
    const opened = store.openNow('c1')
    opened.append({
      appendId: 'b',
      expected: 601,
      facts: numbered([{ type: 'model.switched', from: 'm1', to: 'm2', cause: 'user' }], 601),
    })
    const read: number[] = []
    const loaded = await load(
      {
        ...opened,
        revision: 602,
        checkpoint: () => opened.checkpoint(),
        async *facts(from) {
          for await (const page of opened.facts(from)) {
            read.push(...page.map(({ seq }) => seq))
            yield page
          }
        },
      },
      false,
    )
    expect([read, loaded.view.model, loaded.checkpoint]).toEqual([[601], 'm2', 601])
  })

  it('has all of its facts for an inspector that it is opened with, and says so to one that comes later', async () => {
    const store = await storeWith(300)
    await visited(store)
    const records: string[] = []
    const watched = await openConversation({ ...options, store, inspect: ({ type }) => void records.push(type) })
    expect(records.filter((type) => type === 'fact')).toHaveLength(601)
    await watched.close()
    const later = await openConversation({ ...options, store })
    expect(() => observe(later)).toThrow(/Open it with the option "inspect"/)
    await later.close()
  })

  it('is folded from its facts when its checkpoint is of another version', async () => {
    const store = await storeWith(300)
    const fromFacts = await visited(store)
    const opened = store.openNow('c1')
    opened.saveCheckpoint({ revision: 601, version: 0, body: '{}' })
    opened.release()
    expect(await visited(store)).toEqual(fromFacts)
  })
})
