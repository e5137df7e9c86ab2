import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { observe, openConversation, tool, TurnstateError } from '../../../src/index.ts'
import { ConversationLog } from '../../../src/inspect/log/conversation-log.ts'
import { Moments } from '../../../src/inspect/page/moments.ts'
import { waitIn } from '../../../src/inspect/page/waits.ts'
import type { Offer } from '../../../src/inspect/wire/messages.ts'
import { createManualSource } from '../../conversation/manual-source.ts'
import { start, until } from '../../conversation/start.ts'
import { faultyStore } from '../../durability/faulty-store.ts'
import { ofType } from '../fixtures.ts'

/** What the page would tell of an observed conversation. */
function tells(observation: ReturnType<typeof observe>, offers: readonly Offer[] = []) {
  const log = new ConversationLog()
  for (const record of observation.records) log.add(record)
  return { wait: waitIn(log.state, new Moments(log).at(null), offers), state: log.state }
}

const mail = tool({
  name: 'send_mail',
  description: 'Sends a mail.',
  input: z.object({ to: z.string() }),
  needsApproval: true,
  run: () => 'sent',
})

const offer = (command: 'approve' | 'deny', callId: string): Offer => ({
  label: command,
  event: `tool.${command}`,
  command: { command, callId },
})

/** Resolves once an observed conversation has reached a state. */
const reaches = (observation: ReturnType<typeof observe>, state: string) =>
  until(observation, () => tells(observation).state === state)

describe('what a conversation waits for', () => {
  it('is people: their calls with tool, age and what can be sent, in the order of the reply, even if ids are redacted', async () => {
    const { chat, ask } = start({ tools: [mail] })
    const observation = observe(chat)
    const { reply } = await ask('send both')
    const call = (id: string) => ({ type: 'tool_use', id, name: 'send_mail', input: { to: 'a' } })
    reply.give([call('call_a'), call('call_b')])
    await reaches(observation, 'tools.running.awaitingPeople')
    const offers = ['call_a', 'call_b'].flatMap((id) => [offer('approve', id), offer('deny', id)])
    const { wait } = tells(observation, offers)
    expect(wait).toMatchObject({
      kind: 'people',
      calls: [
        { tool: 'send_mail', needs: 'approval', since: 1_000, offers: offers.slice(0, 2) },
        { tool: 'send_mail', needs: 'approval', since: 1_000, offers: offers.slice(2) },
      ],
    })
    // Without control there is nothing to send.
    expect(tells(observation).wait).toMatchObject({ calls: [{ offers: [] }, { offers: [] }] })
  })

  it('is the next attempt: when it begins, and why the last one failed', async () => {
    const { chat, ask } = start()
    const observation = observe(chat)
    const { reply } = await ask('hello')
    reply.throw(new TurnstateError('overloaded', 'busy', { status: 529, retryAfter: 30_000 }))
    await reaches(observation, 'waitingToRetry')
    const { wait } = tells(observation)
    expect(wait).toMatchObject({ kind: 'retry', attempt: 2, failure: { code: 'overloaded', status: 529 } })
    const end = wait?.kind === 'retry' ? (wait.until ?? 0) : 0
    expect(end).toBeGreaterThan(30_000)
    expect(end).toBeLessThanOrEqual(31_000)
    expect(ofType(observation.records, 'waits')).toMatchObject([
      { state: 'waitingToRetry', next: 'after retryBackoff' },
    ])
  })

  it('is told to those who begin to look while it waits', async () => {
    const { chat, ask } = start()
    const observation = observe(chat)
    const { reply } = await ask('hello')
    reply.throw(new TurnstateError('overloaded', 'busy', { retryAfter: 30_000 }))
    await reaches(observation, 'waitingToRetry')
    expect(ofType(observe(chat).records, 'waits')).toHaveLength(1)
  })

  it('is the store: what it said, and when it is tried again', async () => {
    const { store, manual, chat } = await stored()
    const observation = observe(chat)
    const turn = chat.sendMessage('hello')
    const reply = await manual.asked(1)
    store.fate = () => 'fails'
    reply.answer('hi')
    await reaches(observation, 'completed.unsaved')
    const { wait } = tells(observation)
    expect(wait).toMatchObject({
      kind: 'store',
      code: 'journal-write-failed',
      // Known words are told in turnstate's own; what the store said is redacted.
      trouble: { is: 'The disk is full', help: 'Free some space' },
      quote: '‹9 characters›',
      until: expect.any(Number),
    })
    store.fate = () => 'stores'
    await turn
    await chat.close()
  })

  it('is a decision about a refusal, with what can be sent about it', async () => {
    const { chat, ask } = start({ onRefusal: 'manual' })
    const observation = observe(chat)
    const { reply } = await ask('bad')
    reply.refuse('partial')
    await reaches(observation, 'refused.awaitingDecision')
    const resolve: Offer = {
      label: 'clear',
      event: 'refusal.resolve',
      command: { command: 'resolve', policy: 'clear' },
    }
    expect(tells(observation, [resolve, offer('deny', 'x')]).wait).toEqual({
      kind: 'decision',
      about: 'refusal',
      offers: [resolve],
    })
  })

  it('is a decision about a rejection, with what can be sent about it', async () => {
    const { chat, ask } = start({ onRejection: 'manual' })
    const observation = observe(chat)
    const { reply } = await ask('bad')
    reply.throw(new TurnstateError('request-invalid', 'no', { status: 400, quote: 'messages.0: no' }))
    await reaches(observation, 'rejected.awaitingDecision')
    const stop: Offer = {
      label: 'stop',
      event: 'rejection.resolve',
      command: { command: 'resolve-rejection', policy: 'stop' },
    }
    expect(tells(observation, [offer('deny', 'x'), stop]).wait).toEqual({
      kind: 'decision',
      about: 'rejection',
      offers: [stop],
    })
  })

  it('is nothing while it is ready or works', async () => {
    const { chat, ask } = start()
    const observation = observe(chat)
    expect(tells(observation).wait).toBeNull()
    await ask('hello')
    expect(tells(observation)).toMatchObject({ wait: null, state: 'streaming.opening' })
  })
})

async function stored() {
  const store = faultyStore()
  const manual = createManualSource()
  const { source } = manual
  const chat = await openConversation({ id: 'c1', store: store.store, source, model: 'm1', maxTokens: 9, saveRetry: 1 })
  return { store, manual, chat }
}
