// The transition tables, checked with pure transitions: no actor is started.
import { type EventFromLogic, initialTransition, type SnapshotFrom, transition } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { OpenCall, ToolsInput } from '../../machines/index.ts'
import { errorResult, toolCallMachine, toolCallsMachine } from '../../machines/tool-calls/index.ts'
import { call } from './fixtures.ts'

type CallEvent = EventFromLogic<typeof toolCallMachine>
type CallSnapshot = SnapshotFrom<typeof toolCallMachine>

const result = { type: 'tool_result', tool_use_id: 'a', content: 'x' }
const crash = (id: string) => ({ type: `xstate.error.actor.${id}`, error: new Error('no'), actorId: id })

const started = (state: OpenCall['state'] = 'new', isRepeated = false) =>
  initialTransition(toolCallMachine, { turnId: 't1', index: 0, isRepeated, call: call('a', 'look', { state }) })

const stateOf = ({ value }: CallSnapshot): string =>
  typeof value === 'string' ? value : `waiting.${Object.values(value).join('')}`

/** The events that the actions would send to the parent. */
const reports = (actions: readonly { type: string; params: unknown }[]) =>
  actions.flatMap(({ params }) =>
    typeof params === 'object' && params !== null && 'event' in params && 'to' in params ? [params.event] : [],
  )

/** A call in this state, after these events. */
const reached = (state: string, ...more: readonly { readonly type: string }[]) => {
  let step: readonly [CallSnapshot, readonly { type: string; params: unknown }[]] = started(
    state === 'waiting.forRerun' ? 'interrupted' : 'new',
  )
  for (const event of [...(ways[state] ?? []), ...more]) step = transition(toolCallMachine, step[0], event as CallEvent)
  return step
}

const ways: Readonly<Record<string, readonly { readonly type: string }[]>> = {
  'waiting.forNeeds': [],
  'waiting.forRerun': [],
  'waiting.forPlace': [{ type: 'needs.place' }],
  'waiting.forStart': [{ type: 'needs.place' }, { type: 'place.given' }],
  awaitingApproval: [{ type: 'needs.approval' }],
  awaitingAnswer: [{ type: 'needs.answer' }],
  running: [{ type: 'needs.place' }, { type: 'place.given' }, { type: 'call.start', callId: 'a' } as { type: string }],
}

const events: readonly { readonly type: string }[] = [
  { type: 'needs.place' },
  { type: 'needs.approval' },
  { type: 'needs.answer' },
  { type: 'needs.unmet', result } as { type: string },
  { type: 'needs.rerun' },
  { type: 'needs.nothing' },
  { type: 'place.given' },
  { type: 'place.lost', toolset: 'browser' } as { type: string },
  { type: 'call.start', callId: 'a' } as { type: string },
  { type: 'call.approve', callId: 'a' } as { type: string },
  { type: 'call.deny', callId: 'a', reason: 'no' } as { type: string },
  { type: 'call.answer', callId: 'a', result } as { type: string },
  { type: 'call.interrupt' },
  { type: 'run.settled', result } as { type: string },
  { type: 'run.failed', result } as { type: string },
]

/** The error events of invoked actors, which occur in their state only. */
const eventsIn = (state: string) => [
  ...events,
  ...(state === 'waiting.forNeeds' || state === 'waiting.forRerun' ? [crash('needs')] : []),
  { type: `xstate.after.runTimeout.toolCall.${state}` },
  ...(state === 'running' ? [crash('run')] : []),
]

/** The target and the report of each event in each state; every other event is ignored. */
const table: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>> = {
  'waiting.forNeeds': {
    'needs.place': ['waiting.forPlace', 'place.wanted'],
    'needs.approval': ['awaitingApproval', 'approval.wanted'],
    'needs.answer': ['awaitingAnswer', 'answer.wanted'],
    'needs.unmet': ['failed', 'call.ended failed'],
    'xstate.error.actor.needs': ['failed', 'call.ended failed'],
    'xstate.after.runTimeout.toolCall.waiting.forNeeds': ['timedOut', 'call.ended timedOut'],
  },
  // Whatever does not say that it may run again, ends it.
  'waiting.forRerun': {
    'needs.rerun': ['waiting.forPlace', 'place.wanted'],
    'needs.nothing': ['cancelled', 'call.ended cancelled'],
    'needs.place': ['cancelled', 'call.ended cancelled'],
    'needs.approval': ['cancelled', 'call.ended cancelled'],
    'needs.answer': ['cancelled', 'call.ended cancelled'],
    'needs.unmet': ['cancelled', 'call.ended cancelled'],
    'xstate.error.actor.needs': ['cancelled', 'call.ended cancelled'],
    'xstate.after.runTimeout.toolCall.waiting.forRerun': ['cancelled', 'call.ended cancelled'],
  },
  'waiting.forPlace': { 'place.given': ['waiting.forStart', ''], 'place.lost': ['failed', 'call.ended failed'] },
  'waiting.forStart': {
    'call.start': ['running', ''],
    'call.approve': ['waiting.forStart', 'start.wanted'],
    'call.interrupt': ['cancelled', 'call.ended cancelled'],
  },
  awaitingApproval: {
    'call.approve': ['waiting.forPlace', 'place.wanted'],
    'call.deny': ['denied', 'call.ended denied'],
  },
  awaitingAnswer: { 'call.answer': ['settled', 'call.ended settled'] },
  running: {
    'run.settled': ['settled', 'call.ended settled'],
    'run.failed': ['failed', 'call.ended failed'],
    'call.interrupt': ['cancelled', 'call.ended cancelled'],
    'xstate.after.runTimeout.toolCall.running': ['timedOut', 'call.ended timedOut'],
    'xstate.error.actor.run': ['failed', 'call.ended failed'],
  },
}

const inShort = (report: unknown): string => {
  const { type = '', status = '' } = report as { type?: string; status?: string }
  return `${type} ${status}`.trim()
}

describe.each(Object.keys(table))('a call that is %s', (state) => {
  it('is a state of the chart', () => {
    expect(stateOf(reached(state)[0])).toBe(state)
  })

  it.each(eventsIn(state).map((event) => [event.type, event] as const))(
    'handles %s as the table says',
    (type, event) => {
      const [snapshot, actions] = reached(state, event)
      const [next, report] = table[state]?.[type] ?? [state, '']
      expect([stateOf(snapshot), reports(actions).map(inShort).join()]).toEqual([next, report])
      expect(snapshot.status).toBe(next === state || next.includes('ait') || next === 'running' ? 'active' : 'done')
    },
  )
})

describe('a new call', () => {
  it.each<readonly [OpenCall['state'], boolean, string, readonly string[]]>([
    ['new', false, 'waiting.forNeeds', []],
    ['awaitingApproval', false, 'awaitingApproval', []],
    ['awaitingAnswer', false, 'awaitingAnswer', []],
    ['approved', false, 'waiting.forPlace', ['place.wanted']],
    ['denied', false, 'denied', ['call.ended denied']],
    ['interrupted', false, 'waiting.forRerun', []],
    ['new', true, 'failed', ['call.ended failed']],
    ['interrupted', true, 'failed', ['call.ended failed']],
    ['awaitingApproval', true, 'failed', ['call.ended failed']],
    ['approved', true, 'failed', ['call.ended failed']],
    ['denied', true, 'failed', ['call.ended failed']],
  ])('that was %s, repeated: %s, starts as %s', (given, isRepeated, state, told) => {
    const [snapshot, actions] = started(given, isRepeated)
    expect([stateOf(snapshot), reports(actions).map(inShort)]).toEqual([state, told])
  })
})

describe('the calls of a reply', () => {
  const input: ToolsInput = { turnId: 't1', calls: [call('a'), call('b'), call('a')] }
  type Event = EventFromLogic<typeof toolCallsMachine>
  type Step = readonly [SnapshotFrom<typeof toolCallsMachine>, readonly { type: string; params: unknown }[]]
  const first: Step = initialTransition(toolCallsMachine, input)
  const upon = ([snapshot]: Step, ...next: readonly Event[]): Step => {
    let step: Step = [snapshot, []]
    for (const event of next) step = transition(toolCallsMachine, step[0], event)
    return step
  }
  const ready = upon(first, { type: 'slot.started' }, { type: 'slot.ready' })

  it('have one actor each', () => {
    expect(Object.keys(first[0].children).toSorted()).toEqual(['call0', 'call1', 'call2', 'start'])
    expect(first[0].value).toBe('starting')
    expect(ready[0].value).toBe('working')
  })

  it('are reported and scheduled only after the tick of the start', () => {
    const early = upon(first, { type: 'place.wanted', index: 0 }, { type: 'approval.wanted', index: 1 })
    expect(reports(early[1])).toEqual([])
    const late = upon(early, { type: 'slot.ready' })
    expect(reports(late[1])).toEqual([
      { type: 'tool.approvalNeeded', callId: 'b' },
      { type: 'place.given' },
      { type: 'tool.ready', callId: 'a' },
    ])
    expect(late[0].context).toMatchObject({ running: [0], queue: [], news: [] })
  })

  it('are reported as ended once their actor is done', () => {
    const status = 'settled' as const
    const ending = upon(ready, { type: 'call.ended', index: 1, status, result })
    expect(reports(ending[1])).toEqual([])
    const done = { type: 'xstate.done.actor.call1', actorId: 'call1', output: undefined } as const
    const told = upon(ending, done)
    expect(reports(told[1])).toEqual([{ type: 'tool.settled', callId: 'b', status, result }])
    expect(reports(upon(told, done)[1])).toEqual([])
  })

  it('fail once when their actor throws', () => {
    const event = { type: 'xstate.error.actor.call0', actorId: 'call0', error: new Error('no') } as const
    const [snapshot, actions] = upon(ready, event)
    expect(reports(actions)).toEqual([
      { type: 'tool.settled', callId: 'a', status: 'failed', result: errorResult('a', 'The tool failed: no') },
    ])
    expect(reports(upon([snapshot, []], event)[1])).toEqual([])
    const unknown = { ...event, type: 'xstate.error.actor.call9', actorId: 'call9' } as const
    expect(reports(upon(ready, unknown)[1])).toEqual([])
  })

  it('are interrupted when the slot restarts', () => {
    const working = upon(ready, { type: 'place.wanted', index: 1 })
    const again = upon(working, { type: 'slot.started' })
    expect(again[0].value).toBe('starting')
    expect(reports(again[1])).toEqual([{ type: 'call.interrupt' }])
  })

  it('continue when the start signal fails', () => {
    const broken = { type: 'xstate.error.actor.start', actorId: 'start', error: new Error('no') } as const
    expect(upon(first, broken)[0].value).toBe('working')
  })

  it.each(['call.start', 'call.approve', 'call.deny'] as const)('receive %s by id, the first of each id', (type) => {
    const event = { type, callId: 'a' }
    const [, actions] = upon(ready, event)
    expect(reports(actions)).toEqual([event])
    expect(actions.map(({ params }) => (params as { targetId?: string }).targetId)).toEqual(['call0'])
    expect(upon(ready, { type, callId: 'z' })[1]).toEqual([])
  })
})
