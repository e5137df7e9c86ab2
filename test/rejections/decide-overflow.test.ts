import { createActor, setup } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { OverflowEvent, OverflowInput } from '../../machines/index.ts'
import type { OverflowPolicy } from '../../src/journal/index.ts'
import { decideOverflow, type OnOverflow } from '../../src/rejections/decide-overflow.ts'
import { turn } from '../reply/fixtures.ts'

const overflow: OverflowInput = {
  turnId: 't1',
  model: 'm1',
  failure: { code: 'prompt-too-long', message: 'too long' },
}

/** A parent that does nothing but ask the slot, and keep what it is told. */
function asked(onOverflow: OnOverflow) {
  const told: OverflowEvent[] = []
  const errors: unknown[] = []
  const logic = decideOverflow(() => ({ onOverflow, onError: (error) => void errors.push(error) }))
  const parent = setup({ types: { events: {} as OverflowEvent | { type: 'leave' } }, actors: { logic } })
  const machine = parent.createMachine({
    initial: 'deciding',
    on: { 'overflow.resolve': { actions: ({ event }) => void told.push(event) } },
    states: { deciding: { invoke: { src: 'logic', input: overflow }, on: { leave: 'left' } }, left: {} },
  })
  const actor = createActor(machine).start()
  return { told, errors, leave: () => actor.send({ type: 'leave' }) }
}

async function decided(onOverflow: OnOverflow) {
  const { told, errors } = asked(onOverflow)
  expect(told).toEqual([])
  await turn()
  return { how: told.map(({ how }) => how), errors }
}

describe('the decideOverflow slot', () => {
  it.each<OverflowPolicy>(['fail', 'compact'])('answers with the policy, after the tick: %s', async (policy) => {
    expect(await decided(policy)).toEqual({ how: [policy], errors: [] })
  })

  it.each<OverflowPolicy>(['fail', 'compact'])('calls the function, which may be async: %s', async (policy) => {
    expect(await decided(() => policy)).toEqual({ how: [policy], errors: [] })
    expect(await decided(async () => policy)).toEqual({ how: [policy], errors: [] })
  })

  it('passes the turn, the model and the failure to the function', async () => {
    const told: OverflowInput[] = []
    await decided((given) => {
      told.push(given)
      return 'fail'
    })
    expect(told).toEqual([overflow])
  })

  it('fails the turn when the function throws or rejects, and reports it', async () => {
    const error = new Error('no')
    const throws = () => {
      throw error
    }
    expect(await decided(throws)).toEqual({ how: ['fail'], errors: [error] })
    expect(await decided(() => Promise.reject(error))).toEqual({ how: ['fail'], errors: [error] })
  })

  it.each([undefined, null, 'retry', 7])(
    'fails the turn and reports it when the function returns %j',
    async (given) => {
      const { how, errors } = await decided(() => given as OverflowPolicy)
      expect(how).toEqual(['fail'])
      expect(errors).toHaveLength(1)
      expect(String(errors[0])).toContain(String(given))
      expect(String(errors[0])).toContain('"compact"')
    },
  )

  it('does not call the function when it is stopped in the tick in which it starts', async () => {
    let calls = 0
    const { told, leave } = asked(() => {
      calls++
      return 'compact'
    })
    leave()
    await turn()
    expect([calls, told]).toEqual([0, []])
  })

  it('sends nothing after it was stopped', async () => {
    const answers: ((policy: OverflowPolicy) => void)[] = []
    const { told, errors, leave } = asked(() => new Promise((resolve) => void answers.push(resolve)))
    await turn()
    leave()
    answers[0]?.('compact')
    await turn()
    expect([told, errors]).toEqual([[], []])
  })
})
