import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { weatherTool } from '../integration/weather.ts'
import { endAll, servedByHand, type ServedOptions } from '../server/ai-sdk/served.ts'
import { useBrowser } from './visitor.ts'

const browser = useBrowser()
let program = ''

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('ai-sdk/page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  program = outputFiles[0]?.text ?? ''
})

afterEach(endAll)

const html =
  '<!doctype html><meta charset="utf-8"><title>Chat</title><div id="root"></div><script type="module" src="/page.js"></script>'

/** A server whose replies the test gives by hand, with the page. */
const stage = (options: ServedOptions = {}) =>
  servedByHand({
    ...options,
    more: (app) => {
      app.get('/', (c) => c.html(html))
      app.get('/page.js', (c) => c.body(program, 200, { 'content-type': 'text/javascript' }))
      app.get('/favicon.ico', (c) => c.body(null, 204))
    },
  })

const say = async (page: Page, text: string) => {
  await page.fill('input', text)
  await page.click('text=Send')
}

/** Waits until the messages on the page are these, and the chat is in this state. */
const shows = (page: Page, status: string, ...messages: readonly string[]) =>
  expect
    .poll(
      () =>
        page.evaluate(() => [
          document.querySelector('main')?.dataset['status'],
          ...[...document.querySelectorAll('li')].map((item) =>
            [...item.querySelectorAll('span, em, i')].map((part) => part.firstChild?.textContent ?? '').join(' '),
          ),
        ]),
      { timeout: 10_000 },
    )
    .toEqual([status, ...messages])

const more = (text: string) => ({ type: 'block.delta', index: 0, kind: 'text', text }) as const

describe('useChat in a browser', () => {
  it('sends, streams, is refused in mid-stream, and goes on', async () => {
    const { url, asked, replies } = await stage()
    const { page, complaints } = await browser.visit(url)
    await say(page, 'Hello')
    const first = await asked(1)
    first.say('Hel')
    await shows(page, 'streaming', 'Hello', 'Hel')
    first.push(more('lo.'))
    first.stop('end_turn')
    await shows(page, 'ready', 'Hello', 'Hello.')
    await say(page, 'Bad')
    const second = await asked(2)
    second.say('Secret')
    await shows(page, 'streaming', 'Hello', 'Hello.', 'Bad', 'Secret')
    second.refuseAs('bio')
    await shows(page, 'ready', 'Hello', 'Hello.', 'Bad', 'refused: bio')
    await say(page, 'Good')
    const third = await asked(3)
    third.answer('Fine.')
    await shows(page, 'ready', 'Hello', 'Hello.', 'Bad', 'refused: bio', 'Good', 'Fine.')
    expect(JSON.stringify(replies[2]?.request.messages)).not.toMatch(/Bad|Secret/)
    await page.reload()
    await shows(page, 'ready', 'Hello', 'Hello.', 'Bad', 'refused: bio', 'Good', 'Fine.')
    expect(complaints).toEqual([])
  })

  it('is loaded again in mid-stream, in a second tab too, and both see the end', async () => {
    const { url, asked } = await stage()
    const { page } = await browser.visit(url)
    await say(page, 'Hello')
    const answer = await asked(1)
    answer.say('Hel')
    await shows(page, 'streaming', 'Hello', 'Hel')
    await page.reload()
    await shows(page, 'streaming', 'Hello', 'Hel')
    const other = await browser.visit(url)
    await shows(other.page, 'streaming', 'Hello', 'Hel')
    answer.push(more('lo.'))
    await shows(page, 'streaming', 'Hello', 'Hello.')
    await shows(other.page, 'streaming', 'Hello', 'Hello.')
    answer.stop('end_turn')
    await shows(page, 'ready', 'Hello', 'Hello.')
    await shows(other.page, 'ready', 'Hello', 'Hello.')
  })

  it('resumes after a network failure, and shows nothing twice', async () => {
    const { url, asked, cut } = await stage()
    const { page } = await browser.visit(url)
    await say(page, 'Hello')
    const answer = await asked(1)
    answer.say('Hel')
    await shows(page, 'streaming', 'Hello', 'Hel')
    cut()
    await shows(page, 'error', 'Hello', 'Hel')
    // What a browser says when its window is shown again.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await shows(page, 'streaming', 'Hello', 'Hel')
    answer.push(more('lo.'))
    answer.stop('end_turn')
    await shows(page, 'ready', 'Hello', 'Hello.')
  })

  it('stops, and sends the next message', async () => {
    const { url, asked } = await stage()
    const { page } = await browser.visit(url)
    await say(page, 'Hello')
    const answer = await asked(1)
    answer.say('Hel')
    await shows(page, 'streaming', 'Hello', 'Hel')
    await page.click('text=Stop')
    await shows(page, 'ready', 'Hello', 'Hel')
    expect(answer.signal.aborted).toBe(true)
    await say(page, 'Again')
    const next = await asked(2)
    next.answer('Yes.')
    await shows(page, 'ready', 'Hello', 'Hel', 'Again', 'Yes.')
  })

  it.each([
    ['Approve', 'tool-weather output-available', ['Rome']],
    ['Deny', 'tool-weather output-denied', []],
  ])('asks a person about a tool: %s', async (decision, shown, ran) => {
    const { weather, cities } = weatherTool()
    const { url, asked } = await stage({ conversation: { tools: [{ ...weather, needsApproval: true }] } })
    const { page } = await browser.visit(url)
    await say(page, 'Rome?')
    const call = await asked(1)
    call.give([{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Rome' } }])
    await shows(page, 'ready', 'Rome?', 'tool-weather approval-requested')
    // It still waits after a reload.
    await page.reload()
    await shows(page, 'ready', 'Rome?', 'tool-weather approval-requested')
    await page.click(`text=${decision}`)
    const answer = await asked(2)
    answer.answer('That is it.')
    await shows(page, 'ready', 'Rome?', `${shown} That is it.`)
    expect(cities).toEqual(ran)
    await page.reload()
    await shows(page, 'ready', 'Rome?', `${shown} That is it.`)
  })

  it('regenerates and edits, before and after a reload', async () => {
    const { url, asked } = await stage()
    const { page } = await browser.visit(url)
    const answered = async (nth: number, text: string) => (await asked(nth)).answer(text)
    await say(page, 'One')
    await answered(1, '1')
    await shows(page, 'ready', 'One', '1')
    await say(page, 'Two')
    await answered(2, '2')
    await shows(page, 'ready', 'One', '1', 'Two', '2')
    await page.click('text=Regenerate')
    await answered(3, '2 again')
    await shows(page, 'ready', 'One', '1', 'Two', '2 again')
    await page.reload()
    await shows(page, 'ready', 'One', '1', 'Two', '2 again')
    await page.click('li:nth-child(3) >> text=Edit')
    await say(page, 'Two, better')
    await answered(4, '3')
    await shows(page, 'ready', 'One', '1', 'Two, better', '3')
    await page.click('li:nth-child(1) >> text=Edit')
    await say(page, 'One, better')
    await answered(5, '4')
    await shows(page, 'ready', 'One, better', '4')
    await page.reload()
    await shows(page, 'ready', 'One, better', '4')
  })
})
