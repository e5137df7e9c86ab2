// A reply slot can answer nothing, or nonsense, when its reply is cut. The chart leaves it all the same, at once.
import {
  type AnyActorLogic,
  type CallbackActorLogic,
  createActor,
  type EventObject,
  fromPromise,
  fromTransition,
} from 'xstate'
import { describe, expect, it } from 'vitest'
import {
  type ConversationEvent,
  conversationMachine,
  type PartialReply,
  type ReplyCommand,
  type ReplyEmitted,
  type ReplyInput,
  typedCallback,
} from '../../machines/index.ts'
import { stateName } from '../../src/state-name.ts'
import { createWorld, usage } from './world.ts'

const cuts = [
  ['user.stop', { type: 'user.stop' }, 'stopped.saved'],
  ['an interrupting user.send', { type: 'user.send', turnId: 't2', input: 'No', at: 2 }, 'streaming.opening'],
  ['conversation.close', { type: 'conversation.close' }, 'closed'],
] as const satisfies readonly (readonly [string, ConversationEvent, string])[]

const partial: PartialReply = {
  model: 'm1',
  promptHash: 'p',
  content: [{ type: 'text', text: 'par' }],
  usage,
  shown: true,
}

type Slot = CallbackActorLogic<EventObject, ReplyInput, ReplyEmitted>
type Answer = (command: ReplyCommand, sendBack: (event: ConversationEvent) => void) => void

/** A slot that answers like this when its reply is cut. */
const answering = (answer: Answer): AnyActorLogic =>
  typedCallback<ReplyCommand, ReplyInput, ConversationEvent>(({ receive, sendBack }) => {
    receive((command) => answer(command, sendBack))
  })

const slots: Readonly<Record<string, AnyActorLogic>> = {
  'ignores the command': answering(() => {}),
  'sends the event back without an answer': answering(({ by }, sendBack) => sendBack(by)),
  'answers twice': answering(({ by }, sendBack) => {
    sendBack({ ...by, partial })
    sendBack({ ...by, partial })
  }),
  'sends something else': answering((_, sendBack) => sendBack({ type: 'reply.opened' })),
  'is no callback': fromTransition((state: number) => state + 1, 0),
  'never settles': fromPromise(() => new Promise(() => {})),
}

/** The chart with this slot, which has just been asked for a reply. */
function streaming(logic: AnyActorLogic) {
  const errors: unknown[] = []
  const machine = conversationMachine.provide({ actors: { streamReply: logic as Slot } })
  const actor = createActor(machine, { input: { settings: { whenBusy: 'interrupt' } } })
  actor.subscribe({ error: (error) => errors.push(error) })
  actor.start()
  actor.send({ type: 'user.send', turnId: 't1', input: 'Hi', at: 1 })
  return { actor, errors }
}

describe.each(Object.entries(slots))('a slot that %s', (_, logic) => {
  it.each(cuts)('is left at once by %s', (_name, event, state) => {
    const { actor, errors } = streaming(logic)
    actor.send(event)
    const snapshot = actor.getSnapshot()
    expect([stateName(snapshot.value), errors]).toEqual([state, []])
    expect(snapshot.context.view.turns.map(({ id, status }) => [id, status])).toEqual([['t1', 'stopped']])
  })
})

it.each(cuts)('a slot whose actor is done, but reported nothing, is left by %s', async (_, event, state) => {
  const { actor, errors } = streaming(fromPromise(() => Promise.resolve()))
  await Promise.resolve()
  await Promise.resolve()
  expect(stateName(actor.getSnapshot().value)).toBe('streaming.opening')
  actor.send(event)
  expect([stateName(actor.getSnapshot().value), errors]).toEqual([state, []])
})

it.each(cuts)('a slot that throws at the command is left by %s', (_, event) => {
  const { actor, errors } = streaming(
    answering(() => {
      throw new Error('no such command')
    }),
  )
  actor.send(event)
  expect([actor.getSnapshot().context.view.turns.map(({ id }) => id), errors]).toEqual([['t1'], []])
})

it('a slot is given the event that cuts its reply', () => {
  const world = createWorld()
  world.say('hi')
  world.send({ type: 'user.stop', cause: 'aborted' })
  expect(world.replies[0]?.received).toEqual([{ type: 'reply.cut', by: { type: 'user.stop', cause: 'aborted' } }])
})

it('a slot is not asked by a message that interrupts nothing', () => {
  for (const whenBusy of ['reject', 'queue'] as const) {
    const world = createWorld({ input: { settings: { whenBusy } } })
    world.say('hi')
    world.say('and this')
    expect(world.replies[0]?.received).toEqual([])
  }
})
