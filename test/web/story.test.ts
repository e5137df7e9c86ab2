import { describe, expect, it } from 'vitest'
import type { ConversationNotice } from '../../src/index.ts'
import { inspectorAt } from '../../src/web/story/inspector-address.ts'
import { Story } from '../../src/web/story/story.ts'

/** A story of a conversation that the test plays. */
function told() {
  const heard: ((notice: ConversationNotice) => unknown)[] = []
  const subscribers: (() => unknown)[] = []
  const chat = { status: 'ready' as string, revision: 1, messages: [] as object[] }
  const given = {
    ...chat,
    on: (_: string, listener: (notice: ConversationNotice) => unknown) => heard.push(listener),
    subscribe: (listener: () => unknown) => subscribers.push(listener),
  }
  const story = new Story(given as unknown as ConstructorParameters<typeof Story>[0])
  return {
    story,
    is: (status: string, revision: number) => {
      Object.assign(given, { status, revision })
      for (const listener of subscribers) listener()
    },
    hears: (notice: object) => {
      for (const listener of heard) listener(notice as ConversationNotice)
    },
    path: () => story.told.path.map(({ state, revision }) => `${state} ${revision}`),
  }
}

describe('the path of states that the page draws', () => {
  it('has the number of facts at which each state was entered', () => {
    const { is, hears, path } = told()
    is('submitted', 2)
    hears({ type: 'attempt.started', turnId: 't1', attempt: 1 })
    hears({ type: 'delta', turnId: 't1', kind: 'text' })
    is('refused', 3)
    hears({ type: 'retracted', turnId: 't1', cause: 'refusal', revision: 3 })
    hears({ type: 'context.reset', cause: 'refusal', left: [], revision: 4 })
    is('ready', 4)
    expect(path()).toEqual(['streaming 2', 'refused 3', 'reset 4', 'idle 4'])
    is('submitted', 5)
    hears({ type: 'attempt.started', turnId: 't2', attempt: 1 })
    expect(path()).toEqual(['asking 5'])
  })

  it('puts a refusal that is told together with its reset one fact before it', () => {
    const { is, hears, path } = told()
    is('submitted', 2)
    hears({ type: 'attempt.started', turnId: 't1', attempt: 1 })
    hears({ type: 'context.reset', cause: 'refusal', left: [], revision: 4 })
    is('ready', 4)
    expect(path()).toEqual(['asking 2', 'refused 3', 'reset 4', 'idle 4'])
  })

  it('says which attempt comes next, and until when it waits', () => {
    const { story, hears } = told()
    const failure = { code: 'overloaded', message: 'Busy.' }
    hears({ type: 'retry.scheduled', turnId: 't1', attempt: 2, failure, retryAfter: 5_000 })
    expect(story.told.waiting?.attempt).toBe(2)
    expect(story.told.said).toBe('The service is busy. It is tried again.')
    expect((story.told.waiting?.until ?? 0) - Date.now()).toBeGreaterThan(3_000)
    hears({ type: 'retry.scheduled', turnId: 't1', attempt: 3, failure, retryAfter: null })
    expect(story.told.waiting?.until).toBe(null)
    hears({ type: 'attempt.started', turnId: 't1', attempt: 3 })
    expect(story.told.waiting).toBe(null)
    hears({ type: 'turn.failed', turnId: 't1', outcome: { error: failure } })
    expect(story.told.said).toBe('The service is busy.')
  })
})

describe('the way to the inspector', () => {
  it('names the conversation, and the moment and its state', () => {
    const address = 'http://127.0.0.1:4989/token/'
    expect(inspectorAt(address, 'a b&c', { state: 'refused', revision: 3 })).toBe(
      `${address}#conversation=a+b%26c&revision=3&state=refused`,
    )
    expect(inspectorAt(address, 'c1')).toBe(`${address}#conversation=c1`)
  })
})
