import { describe, expect, it } from 'vitest'
import { RefusedRequests } from '../../src/refusals/refused-requests.ts'
import { TurnstateError } from '../../src/errors.ts'
import type { OnRefusal } from '../../src/refusals/policy.ts'
import {
  type Answer,
  block,
  ends,
  over,
  scripted,
  started,
  stopped,
  talk,
  type TalkOptions,
  textBlock,
  toolBlock,
  turn,
  watchedClock,
  wholeReply,
} from '../reply/fixtures.ts'

const refusesWith = (creditToken: string, more: object = {}) => [
  started(),
  ends('refusal', { category: 'cyber', creditToken, ...more }),
]
const toM2: OnRefusal = { fallback: [{ model: 'm2' }, { model: 'm3' }] }
const credit = 'fallback-credit-2026-07-01'

/** A conversation that keeps refused requests; `ask` plays one turn, and what follows from it. */
function talking(answers: readonly Answer[], { stream, ...options }: TalkOptions = {}) {
  const { source, requests } = scripted(...answers)
  const clock = watchedClock()
  const refusedRequests = new RefusedRequests(clock)
  const conversation = talk(source, { onRefusal: toM2, stream: { refusedRequests, ...stream }, ...options })
  const ask = async (text?: string, turnId?: string) => {
    conversation.ask(text, turnId)
    await turn()
    await turn()
  }
  return { conversation, requests, clock, refusedRequests, ask }
}

describe('a refusal with a credit token', () => {
  it('sends the same request with the token to the fallback, with only the model changed', async () => {
    const { requests, conversation, ask } = talking([refusesWith('token'), wholeReply()])
    await ask()
    const [refused, redeeming] = requests
    expect(redeeming).toEqual({ ...refused, model: 'm2', creditToken: 'token' })
    expect(refused).not.toHaveProperty('creditToken')
    expect(conversation.view.turns.map(({ status }) => status)).toEqual(['refused', 'completed'])
  })

  it('needs the beta header in the first request', async () => {
    const { requests, ask } = talking([wholeReply()])
    await ask()
    expect(requests[0]?.betas).toEqual([credit])
  })

  it('is not requested without a fallback, or when the app switches it off', async () => {
    for (const stream of [{ refusedRequests: undefined }, { betas: { fallbackCredit: false } }] as const) {
      const { requests, ask } = talking([wholeReply()], { stream })
      await ask()
      expect(requests[0]?.betas).toEqual([])
    }
  })

  it('uses the beta name that the app gives', async () => {
    const { requests, ask } = talking([wholeReply()], { stream: { betas: { fallbackCredit: 'credit-of-tomorrow' } } })
    await ask()
    expect(requests[0]?.betas).toEqual(['credit-of-tomorrow'])
  })

  it('stores no token in the journal, the context or a snapshot', async () => {
    const { conversation, ask } = talking([refusesWith('a-secret-token'), wholeReply()])
    await ask()
    expect(JSON.stringify(conversation.persist())).not.toContain('a-secret-token')
  })

  it('is sent without the token after five minutes', async () => {
    const { requests, conversation, clock, ask } = talking([refusesWith('token'), wholeReply()], {
      onRefusal: 'manual',
    })
    await ask()
    clock.increment(300_000)
    conversation.actor.send({ type: 'refusal.resolve', policy: { fallback: 'm2', from: 'this-turn' } })
    await turn()
    expect(requests).toHaveLength(2)
    expect(requests[1]).not.toHaveProperty('creditToken')
    expect(requests[1]).toMatchObject({ model: 'm2' })
  })

  it('is sent without the token once everything was cleared', async () => {
    const { requests, conversation, refusedRequests, ask } = talking([refusesWith('token'), wholeReply()], {
      onRefusal: 'manual',
    })
    await ask()
    refusedRequests.clear()
    conversation.actor.send({ type: 'refusal.resolve', policy: { fallback: 'm2', from: 'this-turn' } })
    await turn()
    expect(requests[1]).not.toHaveProperty('creditToken')
  })

  it('applies to that turn only: the next one has no token', async () => {
    const { requests, ask } = talking([refusesWith('token'), wholeReply()])
    await ask()
    await ask('And then?', 't2')
    expect(requests.map(({ model, creditToken }) => [model, creditToken])).toEqual([
      ['m1', undefined],
      ['m2', 'token'],
      ['m2', undefined],
    ])
  })

  it('is not used if no other model is asked', async () => {
    const { requests, ask } = talking([refusesWith('token'), wholeReply()], {
      onRefusal: { fallback: [{ model: 'm2' }], from: 'next-turn' },
    })
    await ask()
    expect(requests).toHaveLength(1)
    await ask('And then?', 't2')
    expect(requests[1]).toMatchObject({ model: 'm2' })
    expect(requests[1]).not.toHaveProperty('creditToken')
  })

  it('is not kept for a turn that ran tools', async () => {
    const called = [started(), toolBlock(), stopped(), ends('tool_use'), over]
    const { requests, conversation, ask } = talking([called, refusesWith('token'), wholeReply()])
    await ask()
    conversation.actor.send({
      type: 'tool.settled',
      callId: 'call1',
      status: 'settled',
      result: { type: 'tool_result', tool_use_id: 'call1', content: 'seen' },
    })
    await turn()
    expect(requests.map(({ model, creditToken }) => [model, creditToken])).toEqual([
      ['m1', undefined],
      ['m1', undefined],
      ['m2', undefined],
    ])
  })

  it.each([
    ['not kept for a claim where tools of the API ran', true, true, undefined],
    ['kept for a claim without such tools', true, false, 'token'],
    ['kept without a claim', false, true, 'token'],
  ])('is %s', async (_, hasPrefillClaim, ranTools, creditToken) => {
    const search = { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }
    const begun = ranTools ? [block(search), stopped()] : [textBlock(), stopped()]
    const refusal = [started(), ...begun, ends('refusal', { creditToken: 'token', hasPrefillClaim })]
    const { requests, ask } = talking([refusal, wholeReply()])
    await ask()
    expect(requests[1]?.creditToken).toBe(creditToken)
  })

  it('is sent again at once without the token when the API rejects it', async () => {
    const { requests, conversation, ask } = talking([
      refusesWith('token'),
      new TurnstateError('request-invalid', 'no', { status: 400 }),
      wholeReply(),
    ])
    await ask()
    expect(requests.map(({ model, creditToken }) => [model, creditToken])).toEqual([
      ['m1', undefined],
      ['m2', 'token'],
      ['m2', undefined],
    ])
    expect(conversation.view.turns.at(-1)).toMatchObject({ status: 'completed', attempts: [{ attempt: 1 }] })
  })

  it('fails like any other request, and redeems the token with the next attempt', async () => {
    const { requests, conversation, ask } = talking(
      [refusesWith('token'), new TurnstateError('overloaded', 'no', { status: 529 }), wholeReply()],
      { input: { settings: { maxAttempts: 2 } } },
    )
    await ask()
    expect(conversation.state).toBe('waitingToRetry')
    conversation.chartClock.increment(500)
    await turn()
    expect(requests.map(({ creditToken }) => creditToken)).toEqual([undefined, 'token', 'token'])
  })

  it('uses the token of the second model for the third', async () => {
    const { requests, ask } = talking([refusesWith('one'), refusesWith('two'), wholeReply()])
    await ask()
    expect(requests.map(({ model, creditToken }) => [model, creditToken])).toEqual([
      ['m1', undefined],
      ['m2', 'one'],
      ['m3', 'two'],
    ])
  })
})

describe('a refusal without a token', () => {
  it('sends a plain request to the fallback', async () => {
    const { requests, ask } = talking([[started(), ends('refusal')], wholeReply()])
    await ask()
    expect(requests).toHaveLength(2)
    expect(requests[1]).not.toHaveProperty('creditToken')
  })
})

const thoughtful = [
  started(),
  block({ type: 'thinking', thinking: 'Hm', signature: 'sig' }),
  stopped(),
  textBlock(1),
  { type: 'block.delta', index: 1, kind: 'text', text: 'So' } as const,
  stopped(1),
  ends('end_turn'),
  over,
]

describe('the body that a token is bound to', () => {
  it('keeps the thinking of the model that refused, which a plain request to another model leaves out', async () => {
    const { requests, ask } = talking([thoughtful, refusesWith('one'), wholeReply()])
    await ask()
    await ask('And then?', 't2')
    const [, refused, redeeming] = requests
    expect(JSON.stringify(refused?.messages)).toContain('"Hm"')
    expect(redeeming).toEqual({ ...refused, model: 'm2', creditToken: 'one' })
  })

  it('stays the body of the first token for the second and third model', async () => {
    const { requests, ask } = talking([thoughtful, refusesWith('one'), refusesWith('two'), wholeReply()])
    await ask()
    await ask('And then?', 't2')
    const [, , second, third] = requests
    expect(third).toEqual({ ...second, model: 'm3', creditToken: 'two' })
  })

  it('is not sent for other words after a change of the model', async () => {
    const { requests, conversation, ask } = talking([refusesWith('token'), wholeReply()], { onRefusal: 'manual' })
    await ask('Refused words')
    conversation.actor.send({ type: 'model.switch', model: 'm2' })
    conversation.actor.send({ type: 'refusal.resolve', policy: { rephrase: 'Other words' } })
    await turn()
    expect(requests[1]).toMatchObject({ model: 'm2', messages: [{ role: 'user', content: 'Other words' }] })
  })

  it('is not sent for other words when their model cannot be reached', async () => {
    const { requests, conversation, ask } = talking(
      [refusesWith('token'), new TurnstateError('overloaded', 'no', { status: 529 }), wholeReply()],
      { onRefusal: { rephrase: () => 'Other words' }, input: { settings: { outageModels: ['m1', 'm2'] } } },
    )
    await ask('Refused words')
    expect(conversation.view.turns.at(-1)).toMatchObject({ input: 'Other words', status: 'completed' })
    expect(requests[2]).toMatchObject({ model: 'm2', messages: [{ role: 'user', content: 'Other words' }] })
  })

  it('is not sent after a change of the system prompt or the tools', async () => {
    const target = { promptHash: 'prompt', cacheBreakpoints: 0, structured: false }
    const { requests, conversation, ask } = talking([refusesWith('token'), wholeReply()], {
      onRefusal: 'manual',
      stream: { target },
    })
    await ask()
    target.promptHash = 'changed'
    conversation.actor.send({ type: 'refusal.resolve', policy: { fallback: 'm2', from: 'this-turn' } })
    await turn()
    expect(requests[1]).toMatchObject({ model: 'm2' })
    expect(requests[1]).not.toHaveProperty('creditToken')
  })

  it('is the plain body after the API rejected the one with the token', async () => {
    const rejected = new TurnstateError('request-invalid', 'no', { status: 400 })
    const { requests, ask } = talking([refusesWith('one'), rejected, refusesWith('two'), wholeReply()])
    await ask()
    const [, , plain, third] = requests
    expect(third).toEqual({ ...plain, model: 'm3', creditToken: 'two' })
  })

  it('is not kept for a request with server-side fallbacks, which exclude a token', async () => {
    const stream = { fallbacks: [{ model: 'm9' }] }
    const { requests, ask } = talking([refusesWith('token'), wholeReply()], { stream })
    await ask()
    expect(requests[1]).toMatchObject({ model: 'm2', fallbacks: [{ model: 'm9' }] })
    expect(requests[1]).not.toHaveProperty('creditToken')
  })
})
