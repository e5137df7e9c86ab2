// Every situation of a turn crossed with everything that a stream can do: in CI for each kind of content,
// otherwise for one of them by turns.
import { describe, expect, it } from 'vitest'
import type { NoticeType } from '../../src/index.ts'
import { someOf } from '../runs.ts'
import { type Behaviour, type Piece, plainly } from './behaviours.ts'
import type { Step } from './operations.ts'
import type { GivenOptions } from './options.ts'
import { checkWorld } from './invariants.ts'
import { perform } from './perform.ts'
import { playProgram } from './play.ts'
import { begin, createScriptedWorld } from './scripted-api.ts'

const send = { do: 'send', message: { shape: 'text' } } as const satisfies Step
const reply = (how: Behaviour = plainly): Step => ({ do: 'reply', how })
const refuse = reply({ says: ['text'], ends: { refuse: 'after' } })

interface Situation {
  readonly options?: GivenOptions
  /** The steps to the request that the script is for. */
  readonly steps: readonly Step[]
}

const situations: Readonly<Record<string, Situation>> = {
  'the first turn': { steps: [send] },
  'a turn with a history': { steps: [send, reply({ says: ['thinking', 'text'] }), send] },
  'a turn whose tools have run': { steps: [send, reply({ says: ['thinking', { call: 'look' }] })] },
  'a turn that the API paused': { steps: [send, reply({ says: ['text'], ends: { stop: 'pause_turn' } })] },
  'an attempt that is made again': {
    steps: [send, reply({ says: [], ends: { http: 'overloaded' } }), { do: 'wait', ms: 10_000 }],
  },
  'an attempt on another model, after an outage': {
    options: { maxAttempts: 1, outageModels: ['claude-opus-5'] },
    steps: [send, reply({ says: ['text'], ends: { break: 'lost', after: 4 } })],
  },
  'the fallback of a refusal': { options: { onRefusal: 'fallback' }, steps: [send, reply(), send, refuse] },
  'other words after a refusal': {
    options: { onRefusal: 'rephrase, then fallback, then clear' },
    steps: [send, reply(), send, refuse],
  },
  'a turn after a reset': { options: { onRefusal: 'rewind 2' }, steps: [send, reply(), send, refuse, send] },
  'the rest of a cut reply': {
    options: { onTruncated: 'continue' },
    steps: [send, reply({ says: ['text'], ends: { stop: 'max_tokens' } })],
  },
  'a summary that was asked for': { steps: [send, reply(), { do: 'compact' }] },
  'a summary that makes room': {
    options: { onOverflow: 'compact' },
    steps: [send, reply(), send, reply({ says: [], ends: { http: 'too long' } })],
  },
  'a summary in words': { options: { compactBy: 'summary' }, steps: [send, reply(), { do: 'compact' }] },
  'a turn that is asked again beside itself': { steps: [send, reply(), { do: 'regenerate' }] },
  'an edited turn': { steps: [send, reply(), { do: 'edit', turn: 0, message: { shape: 'blocks' } }] },
  'a turn that is tried again after a stop': {
    steps: [send, { do: 'begin', how: plainly, events: 5 }, { do: 'stop' }, { do: 'retry' }],
  },
  'a turn in a fork': { steps: [send, reply(), { do: 'fork' }, send] },
  'a turn that waited in the queue': { options: { whenBusy: 'queue' }, steps: [send, send, reply()] },
  'a turn that interrupted another': {
    options: { whenBusy: 'interrupt' },
    steps: [send, { do: 'begin', how: plainly, events: 5 }, send],
  },
  'a turn under another model and other tools': {
    steps: [
      send,
      reply({ says: ['thinking', 'text'] }),
      { do: 'model', model: 'claude-opus-5' },
      { do: 'tools', tools: 'few' },
      send,
    ],
  },
}

const contents: Readonly<Record<string, readonly Piece[]>> = {
  text: ['text', 'text'],
  thinking: ['thinking', 'text'],
  'a tool call': ['text', { call: 'look' }],
  'a server tool': ['text', 'search', 'text'],
}

interface Script {
  readonly steps: (says: readonly Piece[]) => readonly Step[]
  /** What it is told by; one of these. */
  readonly tells: readonly NoticeType[]
}

const ending = (ends: Behaviour['ends'], ...tells: readonly NoticeType[]): Script => ({
  steps: (says) => [reply({ says, ...(ends ? { ends } : {}) })],
  tells,
})
/** The beginning of a reply, and what happens then. */
const cut = (events: number, then: readonly Step[], ...tells: readonly NoticeType[]): Script => ({
  steps: (says) => [{ do: 'begin', how: { says }, events }, ...then],
  tells,
})
/** An attempt that is made again, or whose turn fails where there is none left. */
const again: readonly NoticeType[] = ['retry.scheduled', 'turn.failed']
const stalled: readonly Step[] = [{ do: 'wait', ms: 61_000 }]

const scripts: Readonly<Record<string, Script>> = {
  'that is answered': ending(undefined, 'turn.completed'),
  'that is refused before any output': ending({ refuse: 'before' }, 'turn.refused'),
  'that is refused after one delta': ending({ refuse: 1 }, 'turn.refused'),
  'that is refused in the middle, with its block open': ending({ refuse: 2, openBlock: true }, 'turn.refused'),
  // The text has three deltas; a call begins with an empty one.
  'that is refused in its second block': ending({ refuse: 5, category: 'cyber' }, 'turn.refused'),
  'that is refused in its second block, left open': ending({ refuse: 5, openBlock: true }, 'turn.refused'),
  'that is refused after all of it': ending({ refuse: 'after', credit: true }, 'turn.refused'),
  'that is cut before its first block': ending({ break: 'drop', after: 1 }, ...again),
  'that is cut in a block': ending({ break: 'drop', after: 4 }, ...again),
  'that is cut between blocks': ending({ break: 'drop', after: 6 }, ...again),
  'that ends without a stop reason': ending({ break: 'no stop reason', after: 0 }, ...again),
  'that loses its connection': ending({ break: 'lost', after: 4 }, ...again),
  'that the API breaks off, overloaded': ending({ break: 'overloaded', after: 4 }, ...again),
  'that is malformed': ending({ break: 'malformed', after: 4 }, 'turn.failed'),
  'with events that nobody knows': ending({ break: 'odd events', after: 4 }, ...again),
  'that is overloaded': ending({ http: 'overloaded' }, ...again),
  'that stalls in the middle': cut(5, stalled, ...again),
  'that is not begun': { steps: () => [{ do: 'wait', ms: 130_000 }], tells: again },
  'that is stopped before it begins': { steps: () => [{ do: 'stop' }], tells: ['turn.stopped'] },
  'that is stopped in a block': cut(4, [{ do: 'stop' }], 'turn.stopped'),
  'that is stopped in its second block, twice': cut(8, [{ do: 'stop', hurried: true }, { do: 'stop' }], 'turn.stopped'),
  'that is stopped in a listener, event by event': {
    steps: (says) => [{ do: 'stop at a delta' }, reply({ says })],
    // The deltas of a summary are not delivered.
    tells: ['turn.stopped', 'turn.completed'],
  },
  'that is stopped in a listener, all in one chunk': {
    steps: (says) => [{ do: 'stop at a delta' }, { do: 'reply', how: { says }, together: true }],
    tells: ['turn.stopped', 'turn.completed'],
  },
  'that is closed in the middle': cut(5, [{ do: 'close' }], 'turn.stopped'),
  'that is cut at max_tokens': ending({ stop: 'max_tokens' }, 'turn.completed', 'turn.failed'),
  'that fills the window': ending({ stop: 'model_context_window_exceeded' }, 'turn.completed', 'turn.failed'),
  'with a stop reason of tomorrow': ending({ stop: 'of_tomorrow' }, 'turn.completed', 'turn.failed'),
}

const names = Object.keys({ ...situations, ...scripts })

describe.each(Object.entries(situations))('%s', (situation, { options = {}, steps }) => {
  it.each(Object.entries(scripts))('%s keeps every invariant', async (script, { steps: scripted, tells }) => {
    const turn = names.indexOf(situation) + names.indexOf(script)
    for (const [content, says] of someOf(Object.entries(contents), { oneOf: 4, offset: turn })) {
      let earlier: readonly unknown[] = []
      const world = await playProgram({ options, steps: [...steps, ...scripted(says)] }, ({ talks }, index) => {
        if (index === steps.length) earlier = talks.flatMap(({ notices }) => notices)
      })
      // If another turn continues it, an event says so.
      const telling: readonly NoticeType[] = [...tells, 'turn.continued']
      const told = world.talks.flatMap(({ notices }) => notices).filter((notice) => !earlier.includes(notice))
      expect([content, told.some(({ type }) => telling.includes(type))]).toEqual([content, true])
    }
  })
})

it('an endless reply fails, and what was shown of it is kept', async () => {
  const world = createScriptedWorld({})
  perform(world, send)
  await world.settle()
  const [exchange] = world.exchanges
  if (exchange) begin(world, exchange, { says: ['text', 'text'] }, 8)
  for (let minutes = 0; minutes < 61; minutes++) {
    await world.settle()
    exchange?.reply.push({ type: 'ping' })
    await world.settle()
    world.clock.increment(59_000)
  }
  world.clock.increment(61_000)
  await world.settle()
  expect(world.talk.chat.error?.code).toBe('stream-stalled')
  checkWorld(world)
})
