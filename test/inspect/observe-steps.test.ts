// The guards and the ids of transitions are read from `_transitions` of XState's microsteps, which is not a public field.
import { describe, expect, it } from 'vitest'
import { observe, type ToolInput, TurnstateError } from '../../src/index.ts'
import { observeInternals } from '../../src/observe/observe.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { leaves, worldIn } from '../charts/leaves.ts'
import type { World } from '../charts/world.ts'
import { start, until } from '../conversation/start.ts'
import { drivenTools, turn } from '../tools/fixtures.ts'
import { chart, factsIn, internalsOfWorld, ofType, statesIn } from './fixtures.ts'

const ids = new Set(chart.transitions.map(({ id }) => id))

function expectKnown(records: readonly InspectionRecord[]) {
  const own = ofType(records, 'transition').filter(({ actor }) => actor === 'conversation')
  for (const { transitions, guard, from, event } of own) {
    expect(transitions, `${from} by ${event}`).not.toEqual([])
    for (const id of transitions) expect(ids).toContain(id)
    const guards = transitions.flatMap((id) => chart.transitions.find((one) => one.id === id)?.guard ?? [])
    expect(guard).toBe(guards.length > 0 ? guards.join(', ') : null)
  }
  return own
}

const driven = () => {
  const { tools, ...rest } = drivenTools()
  return { tools: tools as readonly ToolInput[], ...rest }
}

const callOf = (id: string, name: string) => ({ type: 'tool_use', id, name, input: { path: 'zulu' } })

/** An observed conversation with a running tool, and a function that ends its turn. */
async function calling() {
  const { tools, of } = driven()
  const { chat, ask, asked } = start({ tools })
  const observation = observe(chat)
  const { turn: answered, reply } = await ask('look it up')
  reply.give([callOf('k1', 'look')])
  await turn()
  const finish = async () => {
    of('k1').resolve('done')
    const next = await asked(2)
    next.answer('so it is')
    await answered
  }
  return { observation, finish }
}

describe('in every leaf of the chart', () => {
  it.each(leaves)('%s is recorded, and so is the step out of it', (leaf) => {
    const world = worldIn(leaf)
    const { records } = observeAndClose(world)
    expect(records[0]).toMatchObject({ type: 'observed', state: leaf })
    const own = expectKnown(records)
    if (leaf === 'closed' || leaf === 'lost')
      return expect(records.at(-1)).toMatchObject({ type: 'ended', status: 'done' })
    const left = own.find(({ from, to }) => from !== to)
    if (leaf === 'closing') expect(left).toMatchObject({ from: 'closing', to: 'closed' })
    else expect(left).toMatchObject({ from: leaf, to: 'closing', event: 'conversation.close' })
  })

  it.each(leaves)('%s: the recorded facts are the journal', (leaf) => {
    const world = worldIn(leaf)
    const { records, facts } = observeAndClose(world)
    expect(ofType(records, 'fact').map(({ index }) => index)).toEqual(facts.map((_, index) => index))
    expect(factsIn(records)).toEqual(facts)
    expect(facts).toHaveLength(world.view.revision)
  })
})

function observeAndClose(world: World) {
  const records: InspectionRecord[] = []
  const internals = internalsOfWorld(world)
  observeInternals(internals, { includeText: true }, (record) => void records.push(record))
  world.setJournal('stores')
  for (const type of ['conversation.close', 'journal.retry'] as const)
    if (world.actor.getSnapshot().status === 'active') world.send({ type })
  return { records, facts: internals.facts() }
}

describe('real conversations', () => {
  it('have records whose guards and transitions exist in the chart', async () => {
    const { chat, exchange, ask } = start()
    const observation = observe(chat)
    await exchange('alpha', 'one')
    const { turn: refused, reply } = await ask('bravo')
    reply.refuse()
    await refused
    const own = expectKnown(observation.records)
    expect(own.find(({ to }) => to === 'asking.saving')).toMatchObject({
      event: 'user.send',
      guard: 'isNewId',
      transitions: ['idle|user.send|0'],
    })
    expect(own.find(({ to }) => to === 'streaming.opening')).toMatchObject({
      event: 'journal.saved',
      guard: 'isSaved',
      transitions: ['asking.saving|always|1'],
    })
    expect(own.some(({ event, guard }) => event === 'journal.saved' && guard === 'isSaved')).toBe(true)
  })

  it('record the actors of tool calls with their parent, their start and their stop', async () => {
    const { observation, finish } = await calling()
    expect(statesIn(observation.records).slice(-2)).toEqual(['tools.saving', 'tools.running.working'])
    expect(
      ofType(observation.records, 'actor.started').map(({ actor, parent, src }) => [actor, parent, src]),
    ).toContainEqual(['tools', 'conversation', 'runTools'])
    expect(ofType(observation.records, 'actor.started').map(({ actor, parent }) => `${actor} of ${parent}`)).toEqual(
      expect.arrayContaining(['tools/call0 of tools', 'tools/call0/run of tools/call0']),
    )
    await finish()
    const stopped = ofType(observation.records, 'actor.stopped').map(({ actor }) => actor)
    expect(stopped).toContain('tools/call0')
    expect(stopped).toContain('tools')
    // Each started actor has stopped, except those that live as long as the conversation.
    const left = ofType(observation.records, 'actor.started').map(({ actor }) => actor)
    for (const actor of stopped) left.splice(left.indexOf(actor), 1)
    expect(left).toEqual(['conversation', 'start', 'journal'])
    expectKnown(observation.records)
    expect(JSON.stringify(observation.records)).not.toContain('zulu')
  })

  it('record the steps of tool call machines under their own names', async () => {
    const { observation, finish } = await calling()
    await finish()
    const calls = ofType(observation.records, 'transition').filter(({ actor }) => actor === 'tools/call0')
    expect(calls.length).toBeGreaterThan(0)
    for (const { transitions } of calls) expect(transitions).not.toEqual([])
    expect(ofType(observation.records, 'event').some(({ source }) => source === 'tools/call0')).toBe(true)
  })

  it('record the request and decision of an approval with the call, without texts of the app', async () => {
    const { tools, of } = driven()
    const { chat, ask, asked } = start({ tools })
    const observation = observe(chat)
    const { turn: answered, reply } = await ask('ask first')
    reply.give([callOf('k1', 'ask'), callOf('k2', 'ask')])
    await until(chat, () => chat.pendingCalls.length === 2)
    expect(statesIn(observation.records).at(-1)).toBe('tools.running.awaitingPeople')
    chat.denyTool('k2', 'quebec reason')
    chat.approveTool('k1')
    await turn()
    of('k1').resolve('done')
    const next = await asked(2)
    next.answer('so it is')
    await answered
    expect(factsIn(observation.records).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['approval.requested', 'approval.decided', 'toolResults.recorded']),
    )
    const events = ofType(observation.records, 'event').filter(({ actor }) => actor === 'conversation')
    expect(events.find(({ event }) => event === 'tool.approve')).toMatchObject({ callId: 'k1', source: null })
    expect(events.find(({ event }) => event === 'tool.deny')).toMatchObject({ callId: 'k2' })
    expect(JSON.stringify(observation.records)).not.toContain('quebec')
    expectKnown(observation.records)
  })

  it('record a retry: the failed attempt, the backoff and its end, and a second request', async () => {
    const { chat, ask, asked, clock } = start()
    const observation = observe(chat)
    const { turn: answered, reply } = await ask('alpha')
    reply.throw(new TurnstateError('overloaded', 'too much'))
    await until(chat, () => chat.actor.getSnapshot().matches('waitingToRetry'))
    clock.increment(10_000)
    const again = await asked(2)
    again.answer('one')
    await answered
    expect(statesIn(observation.records)).toEqual(
      expect.arrayContaining(['waitingToRetry', 'streaming.opening', 'completed.saved']),
    )
    expect(ofType(observation.records, 'request').map(({ attempt, turnId }) => [turnId, attempt])).toEqual([
      ['t1', 1],
      ['t1', 2],
    ])
    const own = expectKnown(observation.records)
    expect(own.filter(({ from }) => from === 'waitingToRetry').map(({ to, transitions }) => [to, transitions])).toEqual(
      [
        // It is stored that the attempt failed.
        ['waitingToRetry', ['|journal.saved|1']],
        ['asking.saving', ['waitingToRetry|after retryBackoff|0']],
      ],
    )
    expect(ofType(observation.records, 'event').find(({ event }) => event === 'reply.failed')).toMatchObject({
      code: 'overloaded',
    })
  })

  it('record a refusal that waits for the app, and its decision', async () => {
    const { chat, ask } = start({ onRefusal: 'manual' })
    const observation = observe(chat)
    const { turn: refused, reply } = await ask('bravo')
    reply.refuse()
    await until(chat, () => chat.actor.getSnapshot().matches({ refused: 'awaitingDecision' }))
    expect(statesIn(observation.records).at(-1)).toBe('refused.awaitingDecision')
    chat.resolveRefusal({ rewind: 1 })
    await refused
    expect(ofType(observation.records, 'event').find(({ event }) => event === 'refusal.resolve')).toMatchObject({
      policy: 'rewind',
      source: null,
    })
    expectKnown(observation.records)
  })

  it('record stopped and failed turns, and a switch to another branch', async () => {
    const { chat, exchange, ask } = start()
    const observation = observe(chat)
    await exchange('alpha', 'one')
    await exchange('bravo', 'two')
    const { turn: stopped, reply } = await ask('gamma')
    reply.say('par')
    chat.stop()
    await stopped
    const { turn: failed, reply: second } = await ask('delta')
    second.throw(new TurnstateError('stream-malformed', 'no'))
    await failed
    chat.switchTo('t1')
    await turn()
    expect(statesIn(observation.records)).toEqual(
      expect.arrayContaining(['stopped.saving', 'stopped.saved', 'failed.saving', 'failed.saved', 'switching.saving']),
    )
    expect(factsIn(observation.records).at(-1)).toMatchObject({ type: 'head.moved', to: 't1', cause: 'switch' })
    expectKnown(observation.records)
  })
})
