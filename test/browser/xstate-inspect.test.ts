// In Chromium: a page with a conversation, and the real receivers of @xstate/inspect and @statelyai/inspect.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { xstateInspect } from '../../src/inspect/xstate-inspect/index.ts'
import { leaves, worldIn } from '../charts/leaves.ts'
import { launchChromium } from './chromium.ts'
import { bundle, htmlWith, serve } from './xstate-inspect/site.ts'

/** The globals of the pages. */
interface PageWindow {
  readonly chat: {
    readonly model: string
    sendMessage(text: string): unknown
    setModel(model: string): void
    answerTool(callId: string, result: string): void
    close(): Promise<void>
  }
  readonly replies: readonly { give(blocks: readonly object[]): void; answer(text: string): void }[]
  readonly inspection: { disconnect(): void }
  readonly seen: readonly string[]
  control(id: string, event: { readonly type: string }): void
}

const at = (path: string) => new URL(path, import.meta.url)

let browser: Browser
let app: Awaited<ReturnType<typeof serve>>
let elsewhere: Awaited<ReturnType<typeof serve>>
const pages: Page[] = []

beforeAll(async () => {
  const [page, viewer, socket, stately, leavesPage] = await Promise.all(
    [
      './xstate-inspect/page.ts',
      '../xstate-inspect/window-viewer.ts',
      '../xstate-inspect/socket-viewer.ts',
      './xstate-inspect/stately-viewer.ts',
      './xstate-inspect/leaves-page.ts',
    ].map((path) => bundle(at(path))),
  )
  const files = {
    '/': htmlWith('/page.js').replace('</title>', '</title><body>'),
    '/page.js': page?.code ?? '',
    '/viewer': htmlWith('/viewer.js'),
    '/viewer.js': viewer?.code ?? '',
    '/socket': htmlWith('/socket.js'),
    '/socket.js': socket?.code ?? '',
    '/leaves': htmlWith('/leaves.js').replace('</title>', '</title><body>'),
    '/leaves.js': leavesPage?.code ?? '',
    '/stately': htmlWith('/stately.js'),
    '/stately.js': stately?.code ?? '',
  }
  ;[browser, app, elsewhere] = await Promise.all([launchChromium(), serve(files), serve(files)])
})
afterEach(async () => {
  for (const page of pages.splice(0)) await page.close()
})
afterAll(async () => {
  await browser.close()
  await Promise.all([app.stop(), elsewhere.stop()])
})

async function open(address: string): Promise<{ page: Page; errors: readonly string[] }> {
  const page = await browser.newPage()
  pages.push(page)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(address)
  await page.waitForFunction(() => 'chat' in globalThis || 'seen' in globalThis)
  return { page, errors }
}

const frameOf = (page: Page): Frame => {
  const [, frame] = page.frames()
  if (!frame) throw new Error('the page has no frame')
  return frame
}

/** Waits until the viewer has seen a line, and returns all lines. */
async function seen(viewer: Page | Frame, line: string): Promise<readonly string[]> {
  await viewer.waitForFunction((wanted) => (globalThis as unknown as PageWindow).seen?.includes(wanted), line)
  return viewer.evaluate(() => (globalThis as unknown as PageWindow).seen)
}

const ask = (page: Page) =>
  page.evaluate(() => void (globalThis as unknown as PageWindow).chat.sendMessage('secret question'))

/** Answers the n-th request, from 0, once it is made. */
async function reply(page: Page, nth: number, callsTool: boolean): Promise<void> {
  await page.waitForFunction((index) => (globalThis as unknown as PageWindow).replies.length > index, nth)
  await page.evaluate(
    ([index, calls]) => {
      const asked = (globalThis as unknown as PageWindow).replies[index]
      if (calls) asked?.give([{ type: 'tool_use', id: 'k1', name: 'form', input: {} }])
      else asked?.answer('secret answer')
    },
    [nth, callsTool] as const,
  )
}

/** The lines that a viewer gets of a conversation in each leaf except the final ones. */
const live = leaves.filter((leaf) => leaf !== 'closed' && leaf !== 'lost')
const registrations = live.map(
  (leaf) => `service.register conversation ${JSON.stringify(worldIn(leaf).actor.getSnapshot().value)}`,
)

describe('in a frame, the window receiver of @xstate/inspect', () => {
  it('follows a conversation through a tool call to its end', async () => {
    const { page, errors } = await open(`${app.origin}/?viewer=/viewer`)
    const viewer = frameOf(page)
    await seen(viewer, 'service.register conversation "idle"')
    await ask(page)
    await reply(page, 0, true)
    await seen(viewer, 'service.state call0 "awaitingAnswer"')
    await page.evaluate(() => (globalThis as unknown as PageWindow).chat.answerTool('k1', 'secret'))
    await reply(page, 1, false)
    await seen(viewer, 'service.state conversation {"completed":"saved"}')
    await page.evaluate(() => (globalThis as unknown as PageWindow).chat.close())
    const all = await seen(viewer, 'service.stop conversation')
    const got = all.filter((line) => !line.startsWith('service.event'))
    expect(got.filter((line, index) => line !== got[index - 1]).slice(0, 7)).toEqual([
      'service.register conversation "idle"',
      'service.state conversation {"asking":"saving"}',
      'service.state conversation {"streaming":"opening"}',
      'service.state conversation {"streaming":"receiving"}',
      'service.state conversation {"tools":"saving"}',
      'service.register tools "starting"',
      'service.register call0 {"waiting":"forNeeds"}',
    ])
    expect(all).toContain('service.stop call0')
    expect(all).toContain('service.stop tools')
    expect(all.join()).not.toContain('secret')
    expect(errors).toEqual([])
  })

  it('sees every state of the chart', async () => {
    const { page } = await open(`${app.origin}/leaves`)
    expect(await seen(frameOf(page), registrations.at(-1) ?? '')).toEqual(registrations)
  })

  it('controls it only if that is allowed', async () => {
    const { page } = await open(`${app.origin}/?viewer=/viewer&control`)
    const viewer = frameOf(page)
    await seen(viewer, 'service.register conversation "idle"')
    const switchModel = (of: Frame) =>
      of.evaluate(() =>
        (globalThis as unknown as PageWindow).control('conversation', { type: 'model.switch', model: 'm2' } as never),
      )
    await switchModel(viewer)
    await seen(viewer, 'service.event conversation model.switch')
    expect(await page.evaluate(() => (globalThis as unknown as PageWindow).chat.model)).toBe('m2')

    const { page: other } = await open(`${app.origin}/?viewer=/viewer`)
    await seen(frameOf(other), 'service.register conversation "idle"')
    const heard = other.evaluate(
      () => new Promise<void>((resolve) => addEventListener('message', () => resolve(), { once: true })),
    )
    await switchModel(frameOf(other))
    await heard
    await other.evaluate(() => (globalThis as unknown as PageWindow).chat.setModel('m3'))
    const all = await seen(frameOf(other), 'service.event conversation journal.saved')
    expect(all.filter((line) => line.endsWith('model.switch')).length).toBe(1)
    expect(await other.evaluate(() => (globalThis as unknown as PageWindow).chat.model)).toBe('m3')
  })

  it('of another origin sees it if that origin is given', async () => {
    const { page } = await open(`${app.origin}/?viewer=${elsewhere.origin}/viewer&origin=${elsewhere.origin}`)
    await seen(frameOf(page), 'service.register conversation "idle"')
  })

  it('of another origin sees nothing otherwise', async () => {
    const { page, errors } = await open(`${app.origin}/?viewer=${elsewhere.origin}/viewer`)
    const viewer = frameOf(page)
    await viewer.waitForFunction(() => 'seen' in globalThis)
    await ask(page)
    await reply(page, 0, false)
    await page.evaluate(() => (globalThis as unknown as PageWindow).chat.close())
    expect(await viewer.evaluate(() => (globalThis as unknown as PageWindow).seen)).toEqual([])
    expect(errors).toEqual([])
  })

  it('sees the same conversation from the beginning after the frame was reloaded', async () => {
    const { page } = await open(`${app.origin}/?viewer=/viewer`)
    await seen(frameOf(page), 'service.register conversation "idle"')
    await ask(page)
    await seen(frameOf(page), 'service.state conversation {"streaming":"opening"}')
    await frameOf(page).goto(`${app.origin}/viewer`)
    expect((await seen(frameOf(page), 'service.register conversation {"streaming":"opening"}'))[0]).toBe(
      'service.register conversation {"streaming":"opening"}',
    )
  })
})

describe('in a page, the WebSocket receiver of @xstate/inspect', () => {
  it('sees every state of the chart', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    for (const leaf of live) xstateInspect(worldIn(leaf), { server, origins: [app.origin] })
    const { page } = await open(`${app.origin}/socket?server=127.0.0.1:${(server.address() as AddressInfo).port}`)
    expect(await seen(page, registrations.at(-1) ?? '')).toEqual(registrations)
    for (const client of server.clients) client.terminate()
    server.close()
  })

  it('sees and controls a conversation in Node', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const world = worldIn('tools.running.awaitingPeople')
    const { disconnect } = xstateInspect(world, { server, origins: [app.origin], allowControl: true })
    const { page } = await open(`${app.origin}/socket?server=127.0.0.1:${(server.address() as AddressInfo).port}`)
    await seen(page, 'service.register conversation {"tools":{"running":"awaitingPeople"}}')
    await page.evaluate(() => (globalThis as unknown as PageWindow).control('conversation', { type: 'user.stop' }))
    await seen(page, 'service.state conversation {"stopped":"saved"}')
    expect(world.state).toBe('stopped.saved')
    disconnect()
    await seen(page, 'service.stop conversation')
    for (const client of server.clients) client.terminate()
    server.close()
  })
})

describe('in a frame, the receiver of @statelyai/inspect', () => {
  it('follows a conversation', async () => {
    const { page, errors } = await open(`${app.origin}/?viewer=/stately&by=stately`)
    const viewer = frameOf(page)
    await seen(viewer, '@xstate.actor "idle"')
    await ask(page)
    await reply(page, 0, false)
    const all = await seen(viewer, '@xstate.snapshot {"completed":"saved"}')
    expect(all.slice(0, 3)).toEqual(['@xstate.actor "idle"', '@xstate.event user.send', '@xstate.event journal.saved'])
    expect(errors).toEqual([])
  })

  it('of another origin sees nothing if that origin is not given', async () => {
    const { page } = await open(`${app.origin}/?viewer=${elsewhere.origin}/stately&by=stately`)
    const viewer = frameOf(page)
    await viewer.waitForFunction(() => 'seen' in globalThis)
    await page.evaluate(() => (globalThis as unknown as PageWindow).chat.close())
    expect(await viewer.evaluate(() => (globalThis as unknown as PageWindow).seen)).toEqual([])
  })
})

it('the bundle for browsers contains neither Node modules nor @xstate/inspect', async () => {
  const { modules } = await bundle(at('../../src/inspect/xstate-inspect/index.ts'))
  expect(modules.filter((id) => /node:|browser-external|@xstate\/inspect/.test(id))).toEqual([])
  expect(modules.filter((id) => id.includes('/src/')).length).toBeGreaterThan(10)
})
