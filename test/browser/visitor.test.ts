// The tests of pages rely on this: a visitor sees every request to another machine, and a failure says what the page showed.
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { useBrowser } from './visitor.ts'
import { PageDiary } from './what-pages-showed.ts'

const browser = useBrowser()

it.each([
  ['the page', `fetch('http://turnstate.test/from-page')`, 'from-page'],
  ['a worker', `new Worker('worker.js')`, 'from-worker'],
])('a visitor sees what %s asks of another machine', async (_, script, asked) => {
  const server = createServer((request, response) => {
    const isWorker = request.url === '/worker.js'
    response.setHeader('content-type', isWorker ? 'text/javascript' : 'text/html')
    response.end(isWorker ? `fetch('http://turnstate.test/from-worker')` : `<script>${script}</script>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { left } = await browser.visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await expect.poll(() => left.join()).toContain(`http://turnstate.test/${asked}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

it('a failed test reports what its page said and showed, and that it crashed', async () => {
  const { page } = await browser.visit('about:blank')
  const diary = new PageDiary(page)
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-pictures-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const picture = join(folder, 'page')
  await page.setContent('<p>Nothing yet<script>console.warn("no list")</script>')
  await expect.poll(() => diary.told(picture)).toContain('console warning: no list')
  const told = await diary.told(picture)
  expect(told).toMatch(/^about:blank\nIt is visible and draws frames\. It shows:\nNothing yet\nScreenshot: /)
  expect(existsSync(`${picture}.png`)).toBe(true)
  const crashed = page.waitForEvent('crash')
  await page.goto('chrome://crash').catch(() => {})
  await crashed
  expect(await diary.told(picture)).toMatch(/The page does not answer[\s\S]*the page crashed$/)
})
