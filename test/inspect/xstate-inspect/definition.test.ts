import { type AnyStateMachine, and, createMachine, not, setup } from 'xstate'
import { describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../../machines/index.ts'
import { v4Definition } from '../../../src/inspect/xstate-inspect/definition.ts'
import { nameInV4 } from '../../../src/inspect/xstate-inspect/names.ts'
import { leaves, worldIn } from '../../charts/leaves.ts'
import { xstate4 } from '../../xstate-inspect/real.ts'
import { listsOf, noConfig, nodesOf, placeOf, placesIn, toV4 } from './v4.ts'

const machines = [
  ['conversation', conversationMachine as AnyStateMachine],
  ['toolCalls', toolCallsMachine as AnyStateMachine],
  ['toolCall', toolCallMachine as AnyStateMachine],
] as const

const nameOf = (word: unknown): string =>
  typeof word === 'object' && word !== null && 'type' in word ? String(word.type) : String(word)

describe.each(machines)('the definition of %s for XState 4', (id, machine) => {
  const v4 = toV4(machine)
  const nodes = nodesOf(machine)
  const transitions = new Map(placesIn(v4))

  it('is a valid machine with the same id and version', () => {
    expect([v4.id, v4.version]).toEqual([id, machine.version])
  })

  it('has every state with the same type, initial state and tags', () => {
    expect(v4.stateIds.toSorted()).toEqual(nodes.map((node) => node.id).toSorted())
    for (const node of nodes) {
      const there = v4.getStateNodeById(node.id)
      expect([there.type, there.key, there.initial, there.tags]).toEqual([
        node.type,
        node.key,
        node.type === 'compound' ? node.initial.target[0]?.key : undefined,
        node.tags,
      ])
    }
  })

  it('has every transition in order, with its targets, guard and actions', () => {
    const all = nodes.flatMap((node) => listsOf(node).flatMap(([, list]) => list))
    expect([...transitions.keys()].toSorted()).toEqual(all.map(placeOf).toSorted())
    for (const one of all) {
      const there = transitions.get(placeOf(one))
      expect(there?.target?.map((node: { id: string }) => node.id)).toEqual(one.target?.map((node) => node.id))
      expect(there?.cond && 'name' in there.cond ? there.cond.name : undefined).toBe(one.guard && nameOf(one.guard))
      expect(there?.actions.map((action: { type: string }) => action.type)).toEqual(one.actions.map(nameOf))
      expect(there?.internal).toBe(!one.reenter)
    }
  })

  it('has every actor and every delay, by name', () => {
    for (const node of nodes) {
      const there = v4.getStateNodeById(node.id)
      expect(there.invoke.map(({ id: invokeId, src }) => [invokeId, nameOf(src)])).toEqual(
        node.invoke.map((invoke) => [invoke.id, invoke.src]),
      )
      expect(there.after.map(({ delay }) => delay)).toEqual(node.after.map(({ delay }) => delay))
    }
  })

  it('has the entry and exit actions, and the timers of delays in the form of v4', () => {
    for (const node of nodes) {
      const there = v4.getStateNodeById(node.id)
      const listed = (value: unknown): readonly unknown[] =>
        value === undefined ? [] : Array.isArray(value) ? value : [value]
      const own = there.onEntry.map(({ type }) => type).filter((type) => type !== 'xstate.send')
      expect(own).toEqual(listed(node.config.entry).map(nameOf))
      expect(there.onExit.map(({ type }) => type).filter((type) => type !== 'xstate.cancel')).toEqual(
        listed(node.config.exit).map(nameOf),
      )
    }
  })

  it('is JSON without functions and texts', () => {
    const definition = v4Definition(machine)
    // A function would escape the first check, but not the second.
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition)
    expect(JSON.stringify(definition)).not.toMatch(/params|message|The /)
  })

  it('is created once', () => {
    expect(v4Definition(machine)).toBe(v4Definition(machine))
  })
})

describe('a state of the conversation', () => {
  const v4 = toV4(conversationMachine as AnyStateMachine)

  it.each(leaves)('%s is valid in XState 4, with the same tags and final flag', (leaf) => {
    const { actor } = worldIn(leaf)
    const snapshot = actor.getSnapshot()
    const state = v4.resolveState(
      xstate4.State.create(JSON.parse(JSON.stringify({ value: snapshot.value, context: {}, _event: { data: {} } }))),
    )
    expect(state.value).toEqual(snapshot.value)
    expect([...state.tags].toSorted()).toEqual([...snapshot.tags].toSorted())
    expect(state.done).toBe(snapshot.status === 'done')
  })

  it.each(leaves.filter((leaf) => leaf !== 'closed'))('%s accepts the same events in XState 4', (leaf) => {
    const { actor } = worldIn(leaf)
    const snapshot = actor.getSnapshot()
    const types = new Set(snapshot._nodes.flatMap((node) => node.ownEvents))
    const { nextEvents } = v4.resolveState(xstate4.State.from(snapshot.value as never, {}))
    const taken: readonly string[] = nextEvents
    expect(taken.filter((event) => event !== '').toSorted()).toEqual([...types].map(nameInV4).toSorted())
  })
})

describe('other machines', () => {
  const machine = setup({
    guards: { isOpen: () => true },
    actions: { note: () => {} },
  }).createMachine({
    id: 'other',
    initial: 'a',
    states: {
      a: {
        entry: ['note', ({ context }) => void context],
        on: { GO: [{ guard: and(['isOpen', not('isOpen')]), target: 'b' }, { target: 'p' }] },
        after: { 50: 'b' },
      },
      b: { type: 'history', history: 'deep', target: 'a' },
      p: {
        type: 'parallel',
        onDone: 'end',
        states: {
          x: { initial: 'one', states: { one: { on: { X: 'two' } }, two: { type: 'final' } } },
          y: { initial: 'one', states: { one: { on: { Y: 'two' } }, two: { type: 'final' } } },
        },
      },
      end: { type: 'final' },
    },
  }) as AnyStateMachine

  it('have history states, regions and final states that XState 4 runs', () => {
    const v4 = toV4(machine).withConfig({ ...noConfig, guards: { and: () => false } })
    const steps = ['GO', 'X', 'Y'].reduce((state, type) => v4.transition(state, { type }), v4.initialState)
    expect(steps.value).toBe('end')
    expect(v4.getStateNodeById('other.b').history).toBe('deep')
    expect(v4.getStateNodeById('other.a').after.map(({ delay }) => delay)).toEqual([50])
  })

  it('have the names of their implementations escaped, so that v4 does not resolve them as its own', () => {
    const inline = createMachine({ id: 'inline', entry: [setup({}).raise({ type: 'x' }), function shout() {}] })
    expect(v4Definition(inline).entry).toEqual([{ type: 'raise' }, { type: 'shout' }])
    expect(() => toV4(inline).initialState).not.toThrow()
  })
})

it.each([
  ['user.send', 'user.send'],
  ['xstate.init', 'xstate.init'],
  ['xstate.done.actor.reply', 'done.invoke.reply'],
  ['xstate.error.actor.0.chat', 'error.platform.0.chat'],
  ['xstate.done.state.chat.turn', 'done.state.chat.turn'],
  ['xstate.after.retryBackoff.chat.waiting', 'xstate.after(retryBackoff)#chat.waiting'],
  ['xstate.after.500.chat', 'xstate.after(500)#chat'],
])('the event %s is %s in XState 4', (here, there) => {
  expect(nameInV4(here)).toBe(there)
})
