// Who is measured. Each is loaded only where it competes: nobody pays for what another brings along.
import type { MessageParam } from '@anthropic-ai/sdk/resources/messages'
import type { ReplyKind } from '../replies.ts'
import type { Hearing } from './hearing.ts'

/** What turnstate brings to the contest: the compiled package, or its sources where it is not measured. */
type Turnstate = Pick<typeof import('../../../src/index.ts'), 'claude' | 'createConversation' | 'tool'> &
  Pick<typeof import('../../../src/node/index.ts'), 'leanFetch'>

/** What is asked, and how the reply is read. */
export interface Setting {
  readonly url: string
  readonly kind: ReplyKind
  /** The request has three tools, which are not called. */
  readonly withTools: boolean
  /** Whoever has states to notify of is asked for these, not for the deltas. */
  readonly reader: 'deltas' | 'page'
  readonly turnstate: Turnstate
}

/** One turn of a conversation: resolves once the reply is whole, with the input of its call if there is one. */
export type Talk = (prompt: string) => Promise<unknown>

/** Makes its client once, and then conversations. */
export type Contestant = (setting: Setting) => (hearing: Hearing) => Talk

export type History = MessageParam[]

interface Entry {
  /** As the table has it. */
  readonly title: string
  /** Takes so long that it competes in fewer rounds. */
  readonly isSlow?: true
  /** It shows the input of a call as parsed so far, not as the text that comes. */
  readonly hidesFragments?: true
  readonly load: () => Promise<Contestant>
}

const contestants = {
  floor: { title: 'floor', load: async () => (await import('./by-hand.ts')).byFetch },
  http: { title: 'floor over `node:http`', load: async () => (await import('./by-hand.ts')).byHttp },
  create: { title: 'SDK `create({ stream: true })`', load: async () => (await import('./sdk.ts')).sdkCreate },
  stream: { title: 'SDK `messages.stream()`', load: async () => (await import('./sdk.ts')).sdkStream },
  streamText: {
    title: 'AI SDK `streamText`',
    isSlow: true,
    load: async () => (await import('./ai-sdk.ts')).textStreamed,
  },
  chat: {
    title: 'AI SDK `Chat`',
    isSlow: true,
    hidesFragments: true,
    load: async () => (await import('./ai-sdk.ts')).chat,
  },
  langChain: {
    title: 'LangChain `ChatAnthropic.stream`',
    isSlow: true,
    load: async () => (await import('./langchain.ts')).langChain,
  },
  tanStack: {
    title: 'TanStack AI `chat`',
    isSlow: true,
    load: async () => (await import('./tanstack.ts')).tanStack,
  },
  xstate: {
    title: 'naive XState: each delta an event, `assign`ed',
    isSlow: true,
    load: async () => (await import('./naive-xstate.ts')).naiveXState,
  },
  turnstate: { title: '**turnstate**', load: async () => (await import('./turnstate.ts')).overFetch },
  lean: { title: '**turnstate** with `leanFetch()`', load: async () => (await import('./turnstate.ts')).overLeanFetch },
} as const satisfies Record<string, Entry>

export type Name = keyof typeof contestants

export const names = Object.keys(contestants) as readonly Name[]

/** The entry of a contestant, with what not all of them have. */
export const entryOf = (name: Name): Entry => contestants[name]
