import { describe, expect, it } from 'vitest'
import { linkedKey, momentOf, readLinkedMoment } from '../../../src/inspect/page/linked-moment.ts'
import type { Summary } from '../../../src/inspect/wire/messages.ts'
import type { FactRecord } from '../../../src/observe/records.ts'

const summary = (key: string, id: string, changedAt: number) => ({ key, id, changedAt }) as unknown as Summary
const facts = Array.from({ length: 4 }, (_, index) => ({ index }) as unknown as FactRecord)
const linked = (hash: string) => readLinkedMoment(hash) ?? { conversation: '', revision: null, state: null }

describe('a moment that an address names', () => {
  it('is a conversation, the number of facts that it had, and a state', () => {
    expect(readLinkedMoment('#conversation=a+b%26c&revision=3&state=refused')).toEqual({
      conversation: 'a b&c',
      revision: 3,
      state: 'refused',
    })
    expect(readLinkedMoment('#conversation=c1')).toEqual({ conversation: 'c1', revision: null, state: null })
  })

  it.each(['', '#', '#details', '#revision=3', '#conversation='])('is none in %j', (hash) => {
    expect(readLinkedMoment(hash)).toBe(null)
  })

  it('is now, where the number says nothing', () => {
    for (const revision of ['-1', '1.5', 'x', '9'.repeat(20)])
      expect(momentOf(linked(`#conversation=c1&revision=${revision}`), facts, 'idle')).toBe(null)
  })

  it('is of the conversation with this id that changed last', () => {
    const list = [summary('k1', 'c1', 5), summary('k2', 'c1', 9), summary('k3', 'c2', 20)]
    expect(linkedKey(linked('#conversation=c1'), list)).toBe('k2')
    expect(linkedKey(linked('#conversation=c9'), list)).toBe(null)
  })

  it('is the fact that led to it, and now for the state that is still that of the conversation', () => {
    const at = (hash: string, present = 'idle') => momentOf(linked(`#conversation=c1&${hash}`), facts, present)
    expect(at('revision=3&state=refused')).toBe(2)
    expect(at('revision=4&state=reset')).toBe(3)
    expect(at('revision=4&state=idle')).toBe(null)
    expect(at('revision=4&state=refused', 'refused.deciding')).toBe(null)
    expect(at('revision=4')).toBe(null)
    // The inspector may not have all facts of a conversation that was stored.
    expect(at('revision=9&state=refused')).toBe(3)
  })
})
