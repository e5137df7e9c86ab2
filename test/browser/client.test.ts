// The client in a real browser, on a page of another origin than the server's: over a network that comes and goes, and in a worker.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ClientConversation, connectConversation } from '../../src/client/index.ts'
import { serve, type Serving } from '../../src/server/index.ts'
import { staged } from '../server/stage.ts'
import { launchChromium } from './chromium.ts'

declare global {
  interface Window {
    connectConversation: typeof connectConversation
    /** Sends a message from a worker, and gives what it answers. */
    inWorker(message: object): Promise<unknown>
    chat: ClientConversation
    outcomes: string[]
  }
}

const worker = `import { connectConversation } from '/client.js'
onmessage = async ({ data: { url, id, text } }) => {
  const chat = connectConversation({ url, id })
  const { status, text: said } = await chat.sendMessage(text)
  postMessage({ status, said, messages: chat.messages.length })
  await chat.close()
}`

const html = `<!doctype html><script type="module">
import { connectConversation } from '/client.js'
window.inWorker = (message) => new Promise((resolve) => {
  const other = new Worker('/worker.js', { type: 'module' })
  other.onmessage = ({ data }) => resolve(data)
  other.postMessage(message)
})
window.connectConversation = connectConversation
</script>`

describe('the client in Chromium', () => {
  let browser: Browser
  let pages: Server
  let origin = ''
  let page: Page
  let world: ReturnType<typeof staged>
  let serving: Serving

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [new URL('../../src/client/index.ts', import.meta.url).pathname],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
    })
    pages = createServer(({ url }, response) => {
      const isScript = url?.endsWith('.js')
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(url === '/client.js' ? outputFiles[0]?.text : url === '/worker.js' ? worker : html)
    })
    pages.listen(0, '127.0.0.1')
    await once(pages, 'listening')
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
    browser = await launchChromium()
  })

  afterEach(async () => {
    await page.context().close()
    await serving.close()
  })

  afterAll(async () => {
    await browser.close()
    pages.close()
  })

  /** A page with a client of a conversation, and what it does when it is sent a message. */
  async function opened(): Promise<void> {
    world = staged({ allowOrigins: [origin] })
    serving = await serve(world.server, { port: 0 })
    page = await (await browser.newContext()).newPage()
    await page.goto(origin)
    await page.waitForFunction(() => window.connectConversation)
    await page.evaluate(async (url) => {
      window.chat = window.connectConversation({ url, id: 'c1', create: true })
      window.outcomes = []
      await window.chat.connected()
    }, serving.url)
  }

  const send = (text: string) =>
    page.evaluate((words) => {
      void window.chat.sendMessage(words).then(({ status, text: said }) => window.outcomes.push(`${status} ${said}`))
    }, text)

  const shows = (words: string) =>
    page.waitForFunction((said) => JSON.stringify(window.chat.messages).includes(said), words)

  const outcomes = async (count: number) => {
    await page.waitForFunction((wanted) => window.outcomes.length === wanted, count)
    return page.evaluate(() => window.outcomes)
  }

  it('streams a reply of a server of another origin', async () => {
    await opened()
    await send('Hello')
    const reply = await world.asked(1)
    reply.say('Good ')
    await shows('Good ')
    reply.say('day 👋')
    reply.stop('end_turn')
    expect(await outcomes(1)).toEqual(['completed Good day 👋'])
    expect(await page.evaluate(() => [window.chat.status, window.chat.title])).toEqual(['ready', 'Hello'])
  })

  it('sends what was sent offline once the network is back, once, and shows what it missed', async () => {
    await opened()
    await send('Hello')
    const reply = await world.asked(1)
    reply.say('Good ')
    await shows('Good ')
    await page.context().setOffline(true)
    await page.waitForFunction(() => window.chat.connection === 'offline')
    await send('Still there?')
    reply.say('day.')
    reply.stop('end_turn')
    expect(await page.evaluate(() => window.chat.queue.length)).toBe(0)
    await page.context().setOffline(false)
    const next = await world.asked(2)
    next.answer('Of course.')
    expect((await outcomes(2)).toSorted()).toEqual(['completed Good day.', 'completed Of course.'])
    expect(world.replies).toHaveLength(2)
    expect(await page.evaluate(() => window.chat.connection)).toBe('online')
  })

  it('works in a worker, and both show the same', async () => {
    await opened()
    const answer = page.evaluate((url) => window.inWorker({ url, id: 'c1', text: 'From a worker' }), serving.url)
    ;(await world.asked(1)).answer('Good day.')
    expect(await answer).toEqual({ status: 'completed', said: 'Good day.', messages: 2 })
    await shows('Good day.')
  })
})
