import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { getStateNodes } from 'xstate/graph'
import { describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../machines/index.ts'
import { guardSentences } from '../../machines/conversation/guard-sentences.ts'
import { toolGuardSentences } from '../../machines/tool-calls/guard-sentences.ts'
import { setupWithActions } from '../../machines/conversation/conversation.actions.ts'

const machine = conversationMachine as AnyStateMachine
const nodes: readonly AnyStateNode[] = [machine.root, ...getStateNodes(machine)]
const { implementations } = conversationMachine

const transitionsOf = (node: AnyStateNode) => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
  ...node.after,
]

/** What a config says at each place, with the path that leads there. */
function* walk(value: unknown, path: readonly string[] = []): Generator<{ path: readonly string[]; value: unknown }> {
  yield { path, value }
  if (typeof value === 'object' && value !== null)
    for (const [key, child] of Object.entries(value)) yield* walk(child, [...path, key])
}

const nameOf = (word: unknown): string =>
  typeof word === 'string' ? word : typeof word === 'object' && word !== null && 'type' in word ? String(word.type) : ''

const list = (value: unknown): readonly unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/** Names used in the config under one of these keys. */
const namesUnder = (...keys: readonly string[]): ReadonlySet<string> =>
  new Set(
    [...walk(machine.config)]
      .filter(({ path }) => keys.includes(path.at(-1) ?? ''))
      .flatMap(({ value }) => list(value).map(nameOf)),
  )

describe('the sentences of guards', () => {
  it.each([
    ['conversation', Object.keys(implementations.guards), guardSentences],
    [
      'tools',
      [toolCallMachine, toolCallsMachine].flatMap((each) => Object.keys(each.implementations.guards)),
      toolGuardSentences,
    ],
  ] as const)('are there for every guard of the %s, and for no other', (_, guards, sentences) => {
    expect(Object.keys(sentences).toSorted()).toEqual([...guards].toSorted())
  })

  it('are the end of a sentence: with a small letter, without a full stop, and never the name of the guard', () => {
    for (const [guard, sentence] of Object.entries({ ...guardSentences, ...toolGuardSentences })) {
      expect([guard, sentence.split(' ').length >= 3]).toEqual([guard, true])
      expect([guard, /[.A-Z]$|is[A-Z]|has[A-Z]/.test(sentence)]).toEqual([guard, false])
    }
  })
})

describe('the conversation chart as data', () => {
  it('contains no functions except those that bind data', () => {
    const functions = [...walk(machine.config)].filter(({ value }) => typeof value === 'function')
    const places = functions.map(({ path }) => path.at(-1))
    expect([...new Set(places)].filter((place) => !['context', 'input', 'params'].includes(place ?? ''))).toEqual([])
  })

  it.each([
    ['action', namesUnder('actions', 'entry', 'exit'), Object.keys(implementations.actions)],
    ['guard', namesUnder('guard'), Object.keys(implementations.guards)],
    ['actor', namesUnder('src'), Object.keys(implementations.actors)],
    [
      'delay',
      new Set(
        [...walk(machine.config)].filter(({ path }) => path.at(-2) === 'after').map(({ path }) => path.at(-1) ?? ''),
      ),
      Object.keys(implementations.delays),
    ],
  ] as const)('uses every %s that it has, and has every one that it uses', (_, used, known) => {
    expect([...used].toSorted()).toEqual([...known].toSorted())
  })

  it('has a state for every target', () => {
    const targets = nodes.flatMap((node) => transitionsOf(node).flatMap(({ target }) => target ?? []))
    expect(targets.every((target) => nodes.includes(target))).toBe(true)
    expect(targets.length).toBeGreaterThan(40)
  })

  it('has no unreachable state', () => {
    const reached = new Set<AnyStateNode>([machine.root])
    const visit = (node: AnyStateNode) => {
      if (reached.has(node)) return
      reached.add(node)
      if (node.parent) visit(node.parent)
      for (const child of node.initial?.target ?? []) visit(child)
      for (const { target } of transitionsOf(node)) target?.forEach(visit)
    }
    machine.root.initial.target.forEach(visit)
    for (const { target } of transitionsOf(machine.root)) target?.forEach(visit)
    expect(nodes.filter((node) => !reached.has(node)).map(({ id }) => id)).toEqual([])
  })

  it('has no state that is only passed through', () => {
    const leaves = nodes.filter(({ type }) => type === 'atomic')
    expect(leaves.filter((node) => (node.always ?? []).some(({ guard }) => !guard)).map(({ id }) => id)).toEqual([])
  })

  it('has an onError for everything it invokes', () => {
    const invoked = nodes.flatMap((node) => node.invoke.map(({ id }) => ({ node, id })))
    expect(invoked.map(({ id }) => id).toSorted()).toEqual([
      'decision',
      'journal',
      'overflow',
      'rejection',
      'reply',
      'start',
      'tools',
    ])
    for (const { node, id } of invoked) expect(node.transitions.has(`xstate.error.actor.${id}`)).toBe(true)
  })

  it('can leave every busy leaf without help from actors: by a stop or by closing, and by a timeout', () => {
    const ancestors = (node: AnyStateNode): readonly AnyStateNode[] =>
      node.parent ? [node, ...ancestors(node.parent)] : [node]
    const busy = nodes.filter(
      (node) => node.type === 'atomic' && ancestors(node).some(({ tags }) => tags.includes('busy')),
    )
    expect(busy.length).toBeGreaterThan(15)
    for (const node of busy) {
      const around = ancestors(node)
      const events = around.flatMap((ancestor) => [...ancestor.transitions.keys()])
      expect(events.includes('user.stop') || events.includes('conversation.close'), node.id).toBe(true)
      // A person may take any time.
      const awaitsPeople = node.tags.some((tag) => tag.startsWith('awaiting'))
      expect(
        around.some(({ after }) => after.length > 0),
        `${node.id}, a timeout`,
      ).toBe(!awaitsPeople)
    }
  })

  it('can be restored into every leaf: none has only a timer as its exit', () => {
    const leaves = nodes.filter(({ type }) => type === 'atomic')
    for (const node of leaves.filter(({ after }) => after.length > 0)) {
      const others = [...node.transitions.keys(), ...(node.parent?.transitions.keys() ?? [])].filter(
        (event) => !event.startsWith('xstate.after'),
      )
      expect([node.id, others.length > 0 || (node.always?.length ?? 0) > 0]).toEqual([node.id, true])
    }
  })

  it('marks as ready exactly the leaves in which a message opens a turn', () => {
    const ready = nodes.filter(({ tags }) => tags.includes('ready')).map(({ path }) => path.join('.'))
    expect(ready.toSorted()).toEqual(['completed.saved', 'failed.saved', 'idle', 'stopped.saved'])
  })

  it('limits its microsteps, so that a loop of `always` fails instead of hanging', () => {
    expect(machine.config.options?.maxIterations).toBe(1_000)
  })

  it('is made from a setup that can be extended', () => {
    expect(Object.keys(setupWithActions)).toContain('extend')
  })
})
