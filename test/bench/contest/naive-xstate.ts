// The chart that one draws first: each delta is an event, and the text is in the context.
import { assign, createActor, fromCallback, setup } from 'xstate'
import { paramsOf, type RequestParams } from '../requests.ts'
import type { Contestant, History } from './contestants.ts'
import { floor } from './floor.ts'

type ReplyEvent =
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: unknown }

const machineOf = (url: string, params: RequestParams, isCall: boolean) =>
  setup({
    types: {
      context: {} as { messages: History; text: string; input: unknown; error: unknown },
      events: {} as ReplyEvent | { readonly type: 'send'; readonly prompt: string },
    },
    actors: {
      reply: fromCallback<ReplyEvent, History>(({ input, sendBack }) => {
        floor(url, { ...params, messages: input }, (event) => {
          if (event.type !== 'content_block_delta') return
          if (event.delta.type === 'text_delta') sendBack({ type: 'delta', text: event.delta.text })
          else if (event.delta.type === 'input_json_delta') sendBack({ type: 'delta', text: event.delta.partial_json })
        }).then(
          () => sendBack({ type: 'done' }),
          (error: unknown) => sendBack({ type: 'failed', error }),
        )
      }),
    },
  }).createMachine({
    context: { messages: [], text: '', input: undefined, error: undefined },
    initial: 'idle',
    states: {
      idle: {
        on: {
          send: {
            target: 'replying',
            actions: assign(({ context, event }) => ({
              messages: [...context.messages, { role: 'user' as const, content: event.prompt }],
              text: '',
            })),
          },
        },
      },
      replying: {
        invoke: { src: 'reply', input: ({ context }) => context.messages },
        on: {
          delta: { actions: assign({ text: ({ context, event }) => context.text + event.text }) },
          done: {
            target: 'idle',
            actions: assign(({ context }) => ({
              messages: [...context.messages, { role: 'assistant' as const, content: context.text }],
              input: isCall ? (JSON.parse(context.text) as unknown) : undefined,
            })),
          },
          failed: { target: 'idle', actions: assign({ error: ({ event }) => event.error }) },
        },
      },
    },
  })

export const naiveXState: Contestant = (setting) => {
  const machine = machineOf(setting.url, paramsOf(setting), setting.kind === 'tool-call')
  return (hearing) => {
    const actor = createActor(machine)
    let settle: (() => void) | null = null
    actor.subscribe((snapshot) => {
      hearing.snapshot(snapshot.context.text)
      if (snapshot.value === 'idle') settle?.()
    })
    actor.start()
    return async (prompt) => {
      await new Promise<void>((resolve) => {
        actor.send({ type: 'send', prompt })
        settle = resolve
      })
      const { error, input } = actor.getSnapshot().context
      if (error !== undefined) throw error
      return input
    }
  }
}
