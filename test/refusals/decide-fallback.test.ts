import { createActor, setup } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { DecideEvent, DecideInput } from '../../machines/index.ts'
import { decide } from '../../src/refusals/decide-refusal.ts'
import type { OnRefusal } from '../../src/refusals/policy.ts'
import { ends, played, scripted, started, turn, wholeReply } from '../reply/fixtures.ts'

const first: DecideInput = {
  turnId: 't1',
  input: 'Hi',
  kind: 'user',
  refusal: { category: 'cyber', explanation: null, textShown: false },
  refusalsInARow: 1,
  wordings: 1,
  refusedBy: ['m1'],
}

async function policyFor(onRefusal: OnRefusal, input: Partial<DecideInput> = {}) {
  const decisions: DecideEvent[] = []
  const actors = { decide: decide({ onRefusal, onError: () => {} }) }
  const machine = setup({ types: { events: {} as DecideEvent }, actors }).createMachine({
    invoke: { src: 'decide', input: { ...first, ...input } },
    on: { 'refusal.*': { actions: ({ event }) => void decisions.push(event) } },
  })
  createActor(machine).start()
  await turn()
  expect(decisions).toHaveLength(1)
  return decisions.map((event) => (event.type === 'refusal.resolve' ? event.policy : event.type))[0]
}

const to = (model: string, from = 'this-turn') => ({ fallback: model, from })
const chain = { fallback: [{ model: 'm2' }, { model: 'm3' }] } as const

describe('a fallback rung', () => {
  it('asks its models in order, one for each refusal in a row', async () => {
    expect(await policyFor(chain)).toEqual(to('m2'))
    expect(await policyFor(chain, { refusalsInARow: 2, refusedBy: ['m2', 'm1'] })).toEqual(to('m3'))
  })

  it('applies from this turn by default, or from the next one', async () => {
    expect(await policyFor({ ...chain, from: 'this-turn' })).toEqual(to('m2'))
    expect(await policyFor({ ...chain, from: 'next-turn' })).toEqual(to('m2', 'next-turn'))
  })

  it('drops the turn when every model has refused it', async () => {
    expect(await policyFor(chain, { refusalsInARow: 3, refusedBy: ['m1', 'm2', 'm3'] })).toBe('drop-turn')
    expect(await policyFor(chain, { refusalsInARow: 9, refusedBy: ['m1', 'm2', 'm3'] })).toBe('drop-turn')
  })

  it('is not skipped because a model refused another input before', async () => {
    expect(await policyFor(chain, { refusalsInARow: 1, refusedBy: ['m1'] })).toEqual(to('m2'))
  })

  it('skips the model that the conversation is using', async () => {
    expect(await policyFor(chain, { refusedBy: ['m2'] })).toEqual(to('m3'))
  })

  it('gives each of its models a rung of a ladder', async () => {
    const ladder: OnRefusal = ['drop-turn', chain, 'clear']
    const climbed = []
    for (const refusalsInARow of [1, 2, 3, 4, 5]) climbed.push(await policyFor(ladder, { refusalsInARow }))
    expect(climbed).toEqual(['drop-turn', to('m2'), to('m3'), 'clear', 'clear'])
  })

  it('moves on to the next rung when all its models have refused', async () => {
    const ladder: OnRefusal = [chain, 'manual']
    expect(await policyFor(ladder, { refusedBy: ['m1', 'm2', 'm3'] })).toBe('refusal.ask')
    expect(await policyFor([chain, { rewind: 1 }], { refusedBy: ['m1', 'm2', 'm3'] })).toEqual({ rewind: 1 })
  })

  it('works as an entry of a map', async () => {
    const map: OnRefusal = { default: 'drop-turn', cyber: chain }
    expect(await policyFor(map)).toEqual(to('m2'))
    expect(await policyFor(map, { refusal: { ...first.refusal, category: 'bio' } })).toBe('drop-turn')
  })
})

describe('in the conversation', () => {
  const refusal = [started(), ends('refusal')]

  it('asks each model once for one input, then drops the turn', async () => {
    const { source, requests } = scripted(refusal)
    const conversation = await played(source, { onRefusal: chain })
    await turn()
    await turn()
    expect(requests.map(({ model }) => model)).toEqual(['m1', 'm2', 'm3'])
    expect(conversation.state).toBe('idle')
    expect(conversation.view.turns.map(({ id, input, status }) => [id, input, status])).toEqual([
      ['t1', 'Hi', 'refused'],
      ['t1~1', 'Hi', 'refused'],
      ['t1~2', 'Hi', 'refused'],
    ])
  })

  it('stays with the model that answered', async () => {
    const { source, requests } = scripted(refusal, wholeReply())
    const conversation = await played(source, { onRefusal: chain })
    await turn()
    conversation.ask('And then?', 't2')
    await turn()
    expect(requests.map(({ model }) => model)).toEqual(['m1', 'm2', 'm2'])
    expect(conversation.view.away).toEqual({ from: 'm1', turns: 2 })
  })

  it('asks the other model only from the next turn on with from: next-turn', async () => {
    const { source, requests } = scripted(refusal, wholeReply())
    const conversation = await played(source, { onRefusal: { ...chain, from: 'next-turn' } })
    await turn()
    expect(requests).toHaveLength(1)
    expect(conversation.view).toMatchObject({ model: 'm2', head: null, open: null })
  })

  it('asks a model that refused again for the next input', async () => {
    const { source, requests } = scripted(refusal, wholeReply(), refusal, wholeReply())
    const conversation = await played(source, { onRefusal: chain })
    await turn()
    conversation.ask('And then?', 't2')
    await turn()
    await turn()
    expect(requests.map(({ model }) => model)).toEqual(['m1', 'm2', 'm2', 'm3'])
  })
})
