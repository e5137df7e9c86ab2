import { describe, expect, it, vi } from 'vitest'
import type { MessageRequest, MessageSource } from '../../src/source/message-source.ts'
import { redeemed, RefusedRequests } from '../../src/refusals/refused-requests.ts'
import { TurnstateError } from '../../src/errors.ts'
import { type Answer, over, scripted, started, watchedClock } from '../reply/fixtures.ts'

const request: MessageRequest = {
  model: 'm1',
  maxTokens: 64,
  fields: { system: 'Be brief.' },
  messages: [{ role: 'user', content: 'Hi' }],
  betas: ['fallback-credit-2026-07-01'],
  container: null,
}
const minutes = (count: number) => count * 60_000

function kept() {
  const clock = watchedClock()
  const requests = new RefusedRequests(clock)
  requests.keep('t1', { request, token: 'token' })
  return { clock, requests }
}

describe('a refused request', () => {
  it('is returned for another model, unchanged but for the token', () => {
    const { requests } = kept()
    expect(requests.redeeming('t1', 'm2')).toEqual({ ...request, model: 'm2', creditToken: 'token' })
    expect(request).not.toHaveProperty('creditToken')
  })

  it('is returned as often as it is requested, so that a retry has the credit too', () => {
    const { requests } = kept()
    expect(requests.redeeming('t1', 'm2')).toEqual(requests.redeeming('t1', 'm2'))
  })

  it.each([
    ['the model that refused it', 't1', 'm1'],
    ['another turn', 't2', 'm2'],
    ['a turn that replaces none', undefined, 'm2'],
  ])('is not returned for %s', (_, turnId, model) => {
    expect(kept().requests.redeeming(turnId, model)).toBeNull()
  })

  it('is kept for five minutes on the given clock', () => {
    const { clock, requests } = kept()
    expect(clock.running).toEqual([minutes(5)])
    clock.increment(minutes(5) - 1)
    expect(requests.redeeming('t1', 'm2')).not.toBeNull()
    clock.increment(1)
    expect(requests.redeeming('t1', 'm2')).toBeNull()
    expect(clock.running).toEqual([])
  })

  it('expires independently of other requests', () => {
    const { clock, requests } = kept()
    clock.increment(minutes(3))
    requests.keep('t2', { request, token: 'other' })
    clock.increment(minutes(2))
    expect(requests.redeeming('t1', 'm2')).toBeNull()
    expect(requests.redeeming('t2', 'm2')).toMatchObject({ creditToken: 'other' })
  })

  it('is replaced when it is refused again, and the five minutes start anew', () => {
    const { clock, requests } = kept()
    clock.increment(minutes(3))
    requests.keep('t1', { request, token: 'later' })
    clock.increment(minutes(3))
    expect(requests.redeeming('t1', 'm2')).toMatchObject({ creditToken: 'later' })
    expect(clock.running).toHaveLength(1)
  })

  it('is deleted with its timer when all are cleared', () => {
    const { clock, requests } = kept()
    requests.clear()
    expect(requests.redeeming('t1', 'm2')).toBeNull()
    expect(clock.running).toEqual([])
  })

  it('does not keep the process alive', () => {
    const unref = vi.fn()
    const requests = new RefusedRequests({ setTimeout: () => ({ unref }), clearTimeout: () => {} })
    requests.keep('t1', { request, token: 'token' })
    expect(unref).toHaveBeenCalledOnce()
  })
})

describe('a request with the credit', () => {
  const plain = { ...request, model: 'm2', messages: [] }
  const redeeming = { ...request, model: 'm2', creditToken: 'token' }
  const { signal } = new AbortController()

  async function asked(...answers: readonly Answer[]) {
    const { source, requests } = scripted(...answers)
    const items: unknown[] = []
    let error: unknown
    try {
      for await (const item of redeemed(source, redeeming, () => plain, { signal })) items.push(item)
    } catch (thrown) {
      error = thrown
    }
    return { items, error, requests }
  }

  it('is sent once, unchanged', async () => {
    const { items, requests } = await asked([started(), over])
    expect(requests).toEqual([redeeming])
    expect(items).toEqual([started(), over])
  })

  it('is repeated without the credit when the API rejects it', async () => {
    const { items, error, requests } = await asked(new TurnstateError('request-invalid', 'no', { status: 400 }), [over])
    expect(requests).toEqual([redeeming, plain])
    expect([items, error]).toEqual([[over], undefined])
  })

  it.each([
    ['overload', new TurnstateError('overloaded', 'no', { status: 529 })],
    ['a limit', new TurnstateError('rate-limited', 'no', { status: 429 })],
    ['a lost connection', new TurnstateError('connection-lost', 'no')],
    ['a mistake', new TypeError('no')],
  ])('fails with %s like any other request', async (_, failure) => {
    const { error, requests } = await asked(failure, [over])
    expect(requests).toEqual([redeeming])
    expect(error).toBe(failure)
  })

  it('can be stopped, and so can the repeated one', async () => {
    const signals: AbortSignal[] = []
    const source: MessageSource = async function* ({ creditToken }, options) {
      signals.push(options.signal)
      if (creditToken !== undefined) throw new TurnstateError('request-invalid', 'no', { status: 400 })
      yield over
    }
    for await (const _item of redeemed(source, redeeming, () => plain, { signal }));
    expect(signals).toHaveLength(2)
    expect(signals.every((given) => given === signal)).toBe(true)
  })

  it('fails with the error of the repeated request', async () => {
    const late = new TurnstateError('overloaded', 'no', { status: 529 })
    expect((await asked(new TurnstateError('request-invalid', 'no', { status: 400 }), late)).error).toBe(late)
  })
})
