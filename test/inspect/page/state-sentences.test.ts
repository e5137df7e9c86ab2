import type { AnyStateMachine } from 'xstate'
import { describe, expect, it } from 'vitest'
import { conversationMachine } from '../../../machines/index.ts'
import { chartOf } from '../../../src/inspect/chart/definition.ts'
import { isComposite } from '../../../src/inspect/chart/graph.ts'
import { sentenceOf, stateSentences } from '../../../src/inspect/page/state-sentences.ts'
import { stateOf } from '../../../src/journal/index.ts'

const { states } = chartOf(conversationMachine as AnyStateMachine)
const leaves = states.filter((state) => !isComposite(state)).map(({ id }) => id)

describe('the sentences of states', () => {
  it('tell of every state in which a conversation can be, and of no other', () => {
    expect(Object.keys(stateSentences).toSorted()).toEqual(leaves.toSorted())
  })

  it('tell of the states around them too, which is all that a journal knows', () => {
    const around = states.filter((state) => isComposite(state) && state.parent === '').map(({ id }) => id)
    const known: readonly (ReturnType<typeof stateOf> | 'streaming')[] = [
      'idle',
      'streaming',
      'tools',
      'completed',
      'stopped',
      'failed',
      'refused',
      'rejected',
    ]
    for (const state of known) {
      expect([...around, 'idle']).toContain(state)
      expect(sentenceOf(state)?.is, state).toMatch(/^[A-Z]/)
    }
    expect(sentenceOf('another.machine')).toBeNull()
  })

  it('begin with a capital letter and have no full stop, which the page adds', () => {
    for (const [state, { is, next }] of Object.entries(stateSentences))
      for (const sentence of [is, next]) expect(sentence, state).toMatch(/^[A-Z].*[^.]$/)
  })
})
