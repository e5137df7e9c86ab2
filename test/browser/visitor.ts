// A visitor of the inspector's page: a real browser, with its errors and requests.
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { launchChromium } from './chromium.ts'
import { PageDiary } from './what-pages-showed.ts'

/** The directory for screenshots of the page, outside the repository. */
const pictures = process.env['TURNSTATE_SCREENSHOTS'] ?? join(tmpdir(), 'turnstate-screenshots')

export interface Visitor {
  readonly page: Page
  /** Errors of the console and of the page. */
  readonly complaints: readonly string[]
  /** Addresses that the page requested, including sockets. */
  readonly asked: readonly string[]
  /** Requests of the browser to other machines, including those of workers, which a page's log lacks. */
  readonly left: readonly string[]
  /** The states that the chart highlights from the call on, in order. */
  lit(): Promise<() => Promise<readonly string[]>>
  picture(name: string): Promise<void>
}

/** One browser for the tests of a file. */
export function useBrowser() {
  let browser: Browser
  /** Those of the present test. Pages that nobody looks at any more would compete with it for the processor. */
  let contexts: BrowserContext[] = []
  /** Of the pages that are open. */
  const diaries = new Set<PageDiary>()
  const left: string[] = []
  const wayOut = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (data) => {
      left.push(data.toString('latin1').split('\r\n')[0] ?? '')
      socket.destroy()
    })
  })
  beforeAll(async () => {
    wayOut.listen(0, '127.0.0.1')
    await once(wayOut, 'listening')
    browser = await launchChromium({ proxy: (wayOut.address() as AddressInfo).port })
  })
  // A page that a `beforeAll` visits stays.
  beforeEach(() => {
    contexts = []
  })
  // Hooks run in the reverse order: what the page shows must not have ended yet, so a server's own hook stands before the browser's.
  afterEach(async ({ task }) => {
    const told: string[] = []
    if (task.result?.state === 'fail')
      for (const diary of diaries) told.push(await diary.told(join(pictures, 'failed', `${task.id}-${told.length}`)))
    await Promise.all(contexts.map((context) => context.close()))
    // A second error of the test, beside the one that it failed with.
    if (told.length > 0) throw new Error(['What its pages showed when it failed:', ...told].join('\n\n'))
  })
  afterAll(async () => {
    await browser.close()
    wayOut.close()
  })

  return {
    async visit(url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      contexts.push(context)
      // As long as a test may take.
      context.setDefaultTimeout(50_000)
      const page = await context.newPage()
      const diary = new PageDiary(page)
      diaries.add(diary)
      context.once('close', () => diaries.delete(diary))
      const complaints: string[] = []
      const asked: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      const network = await context.newCDPSession(page)
      await network.send('Network.enable')
      network.on('Network.requestWillBeSent', ({ request }) => asked.push(request.url))
      network.on('Network.webSocketCreated', ({ url: address }) => asked.push(address))
      await page.goto(url)
      return {
        page,
        complaints,
        asked,
        left,
        async lit() {
          await page.evaluate(() => {
            const seen: string[] = []
            const look = () => {
              const active = [...document.querySelectorAll('.chart svg .state.active')]
              // Active states are nested, so the innermost has the longest name.
              const names = active.map((node) => node.getAttribute('data-state') ?? '')
              const state = names.reduce((longest, name) => (name.length > longest.length ? name : longest), '')
              if (seen.at(-1) !== state) seen.push(state)
            }
            look()
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
            Object.assign(window, { seenStates: seen })
          })
          return () => page.evaluate(() => (window as unknown as { seenStates: readonly string[] }).seenStates)
        },
        async picture(name) {
          mkdirSync(pictures, { recursive: true })
          await page.screenshot({ path: join(pictures, `${name}.png`) })
        },
      }
    },
  }
}

/** Checks that the page had no errors, and that all requests went to this machine. */
export function expectNoTrouble({ complaints, asked, left }: Visitor): void {
  expect(complaints).toEqual([])
  const elsewhere = asked.filter((address) => !/^(?:https?|ws):\/\/127\.0\.0\.1:|^data:|^blob:/.test(address))
  expect(elsewhere).toEqual([])
  expect(left).toEqual([])
  expect(asked.length).toBeGreaterThan(3)
}
