/** @jsxImportSource react */
// The page of the tests of the hooks. Bundled with each version of React; the tests call the functions of `window.lab`.
import { lazy, StrictMode, version } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { type ClientConversation, connectConversation } from '../../../src/client/index.ts'
import { open, type OpenOptions } from './conversations.ts'
import { caught, commits, LatePart, Page, type SceneName, scenes, seen } from './scenes.tsx'

/** Conversations of this page, and of a server. */
const opened = new Map<string, ReturnType<typeof open>>()
const connected = new Map<string, ClientConversation>()
const named = (name: string) => {
  const conversation = opened.get(name)
  if (!conversation) throw new Error(`No conversation ${name}`)
  return conversation
}
const replyOf = (name: string) => {
  const reply = named(name).replies.at(-1)
  if (!reply) throw new Error(`${name} was not asked`)
  return reply
}

let root: Root | null = null
let isStrict = false
let showLate: () => void = () => {}

const framed = (scene: SceneName, name: string) => {
  const Scene = scenes[scene]
  const element = <Scene conversation={connected.get(name) ?? named(name).chat} />
  return isStrict ? <StrictMode>{element}</StrictMode> : element
}

const lab = {
  version,
  open(name: string, options?: OpenOptions) {
    opened.set(name, open(options))
  },
  /** The same for a conversation of a server: it is created where there is none with this id. */
  connect(name: string, url: string, id: string) {
    connected.set(name, connectConversation({ url, id, create: true }))
  },
  send: (name: string, text: string) => void connected.get(name)?.sendMessage(text),
  /** Mounts a scene; the same again with another conversation or scene changes it. */
  mount(scene: SceneName, name: string, strict = isStrict) {
    isStrict = strict
    root ??= createRoot(document.body.appendChild(document.createElement('div')))
    root.render(framed(scene, name))
  },
  unmount() {
    root?.unmount()
    root = null
  },
  /** Makes the markup of a server live. Its last part waits for `showLate`. */
  hydrate(name: string, strict: boolean) {
    const Late = lazy(
      () => new Promise<{ default: typeof LatePart }>((resolve) => (showLate = () => resolve({ default: LatePart }))),
    )
    const page = <Page conversation={named(name).chat} Late={Late} />
    const container = document.querySelector('#root')
    if (!container) throw new Error('The page has no root')
    root = hydrateRoot(container, strict ? <StrictMode>{page}</StrictMode> : page, {
      onRecoverableError: (error) => void caught.push(String(error)),
    })
  },
  showLate: () => showLate(),
  async exchange(name: string, text: string, answer: string) {
    const { chat, asked } = named(name)
    const next = asked()
    const turn = chat.sendMessage(text)
    ;(await next).answer(answer)
    await turn
  },
  /** Sends a message, and begins its reply. */
  async begin(name: string, text: string, answer: string) {
    const { chat, asked } = named(name)
    const next = asked()
    chat.sendMessage(text)
    const heard = new Promise<void>((resolve) => {
      const end = chat.on('delta', () => {
        end()
        resolve()
      })
    })
    ;(await next).say(answer)
    await heard
  },
  /** Continues the reply with this many deltas, some milliseconds apart. Resolves with the milliseconds that it took. */
  stream(name: string, deltas: number, every: number) {
    const reply = replyOf(name)
    const started = performance.now()
    return new Promise<number>((resolve) => {
      let sent = 0
      const timer = setInterval(() => {
        reply.push({ type: 'block.delta', index: 0, kind: 'text', text: ' word' })
        if (++sent < deltas) return
        clearInterval(timer)
        resolve(performance.now() - started)
      }, every)
    })
  },
  /** Waits for the request that follows, which a click has caused. */
  async asked(name: string, nth: number) {
    await named(name).asked(nth)
  },
  say: (name: string, text: string) => replyOf(name).say(text),
  answer: (name: string, text: string) => replyOf(name).answer(text),
  end: (name: string) => replyOf(name).stop('end_turn'),
  refuse: (name: string) => replyOf(name).refuse(),
  callTool: (name: string) =>
    replyOf(name).give([
      { type: 'tool_use', id: `k${named(name).replies.length}`, name: 'mail', input: { to: 'Ann' } },
    ]),
  fail: (name: string) => replyOf(name).throw(new Error('lost')),
  /** The last message of the last request. */
  results: (name: string) => JSON.stringify(replyOf(name).request.messages.at(-1)),
  status: (name: string) => named(name).chat.status,
  /** What was counted since the last report. */
  report() {
    const report = {
      commits: Object.fromEntries(commits) as Readonly<Record<string, readonly number[]>>,
      seen: Object.fromEntries([...seen].map(([name, values]) => [name, values.size])),
      lengths: [...(seen.get('lengths') ?? [])],
      caught: [...caught],
      subscribers: Object.fromEntries([...opened].map(([name, { subscribers }]) => [name, { ...subscribers }])),
    }
    commits.clear()
    return report
  },
}

/** The functions that tests call in the page. */
export type Lab = typeof lab

Object.assign(globalThis, { lab })
