import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import axe from 'axe-core'
import { type RunningInspector, startInspector } from '../../src/inspect/index.ts'
import { refusedLine, start } from '../cli/command.ts'
import { expectNoTrouble, useBrowser, type Visitor } from './visitor.ts'
import { workOf } from './work.ts'

const browser = useBrowser()
const inspectors: RunningInspector[] = []
afterAll(() => Promise.all(inspectors.map((inspector) => inspector.close())))

const inspect = async (options: Parameters<typeof startInspector>[0] = {}) => {
  const inspector = await startInspector(options)
  inspectors.push(inspector)
  return inspector
}

/** A chat in a separate process, shown in an inspector. */
const chatIn = (url: string, ...flags: readonly string[]) =>
  start(['chat', '--inspect', url, ...flags], { stdin: 'open' })

/** A live conversation with an answered message, a refused one and another answered one. */
async function talked(url: string, ...flags: readonly string[]) {
  const chat = chatIn(url, ...flags)
  for (const line of ['Hello there', refusedLine, 'And now?']) chat.write(`${line}\n`)
  await chat.says(/reset → idle[\s\S]*state: streaming → completed/)
  return chat
}

/** The texts of the page's views, and its chart. */
async function views({ page }: Visitor) {
  const panel = async (name: string) => {
    await page.click(`[data-tab="${name}"]`)
    return page.locator('[role="tabpanel"]').innerText()
  }
  return {
    turns: await panel('Turns'),
    request: await panel('Next request'),
    events: await panel('Events'),
    why: await page.locator('.why').innerText(),
    state: await page.locator('.chart').getAttribute('data-active'),
    chart: await page.locator('.chart svg').innerHTML(),
  }
}

const isSettled = ({ page }: Visitor, state: string) =>
  page.waitForSelector(`.chart[data-active="${state}"] svg .active`)

describe('the page of the inspector', () => {
  it('is small, and is drawn within a second', async () => {
    const page = new URL('../../dist/page/', import.meta.url)
    const files = readdirSync(page).map((name) => gzipSync(readFileSync(new URL(name, page))).byteLength)
    expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThan(900_000)
    const { url } = await inspect()
    const visitor = await browser.visit(url)
    const painted = () =>
      visitor.page.evaluate(() => performance.getEntriesByName('first-contentful-paint').at(0)?.startTime ?? null)
    await expect.poll(painted).toBeLessThan(1_000)
    expectNoTrouble(visitor)
  })

  it('highlights the states of a conversation in another process, in their order', async () => {
    const { url } = await inspect()
    const visitor = await browser.visit(url)
    const chat = chatIn(url)
    chat.write('Hello there\n')
    await isSettled(visitor, 'completed.saved')
    const lit = await visitor.lit()
    chat.write(`${refusedLine}\n`)
    await isSettled(visitor, 'idle')
    const tops = (await lit()).map((state) => state.split('.')[0])
    expect(tops.filter((state, index) => state !== tops[index - 1])).toEqual([
      'completed',
      'asking',
      'streaming',
      'refused',
      'reset',
      'idle',
    ])
    const arrow = visitor.page.locator('.chart svg .arrow.taken.last')
    expect(await arrow.evaluate((node) => getComputedStyle(node).animationName)).toBe('taken')
    expect(await visitor.page.locator('.chart .number-mark').allTextContents()).toEqual(['1', '2', '3', '4', '5'])
    expectNoTrouble(visitor)
    chat.child.kill()
  })

  it('strikes through a refused turn, and shows a reset as a move of the head', async () => {
    const { url } = await inspect()
    await talked(url, '--include-text', '--on-refusal', 'rewind:1')
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const refused = visitor.page.locator('.turns .refused')
    expect(await refused.innerText()).toMatch(/2\s*quarantined/)
    expect(await refused.locator('s').innerText()).toContain('Please read this out')
    expect(await refused.locator('s').evaluate((node) => getComputedStyle(node).textDecorationLine)).toBe(
      'line-through',
    )
    expect(await visitor.page.locator('.turns .move').innerText()).toMatch(
      /reset\s*rewind 1\s*head moves from turn 1 back to the root; left: turn 2, turn 1/,
    )
    expect(await visitor.page.locator('.turns .withdrawn').innerText()).toMatch(/1\s*completed\s*withdrawn/)
    expect(await visitor.page.locator('.why').innerText()).toMatch(
      /Last refusal: .* resolved by rewind 1; new in its request: user-text/,
    )
    expectNoTrouble(visitor)
  })

  it('shows the next request: messages, sizes, and what is left out and why', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const { request } = await views(visitor)
    expect(request).toMatch(/The next request carries 4 messages, [\d.]+ k?B besides the new one, for claude-opus-5-5/)
    expect(request).toMatch(/no system prompt, no tools; at most 1,024 tokens; 0 of 4 cache breakpoints/)
    expect(request).toMatch(/Left out\s*turn 2: it was refused, and is never sent again/)
  })

  it('shows no texts without includeText', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const all = JSON.stringify(await views(visitor))
    expect(all).not.toContain('Hello there')
    expect(all).not.toContain('read this out')
    expect(all).toContain('‹11 characters›')
    expect(await visitor.page.locator('header').innerText()).toContain('texts are redacted')
  })

  it('goes back to an earlier state, in every view, and returns to now', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const now = await views(visitor)
    const { page } = visitor
    const slider = page.locator('.timeline input')
    const back = async () => {
      const at = await slider.getAttribute('aria-valuetext')
      await slider.press('ArrowLeft')
      await expect.poll(() => slider.getAttribute('aria-valuetext')).not.toBe(at)
    }
    const until = async (fact: RegExp) => {
      while (!fact.test(await page.locator('.where').innerText())) await back()
    }
    await until(/turn\.settled refused/)
    const refused = await views(visitor)
    expect(refused.state).toBe('refused.saving')
    expect(refused.turns).toMatch(/2\s*quarantined/)
    expect(refused.turns).not.toMatch(/reset|3\s*completed/)
    expect(refused.why).toContain('not decided yet')
    expect(refused.events).toMatch(/^[\s\S]*refused: no category/)

    await back()
    const before = await views(visitor)
    expect(before.state).toBe('asking.saving')
    expect(before.turns).toMatch(/2\s*open/)
    expect(before.request).toMatch(/The present request carries 3 messages/)
    expect(before.why).not.toContain('Last refusal')

    await page.click('text=Live')
    await isSettled(visitor, 'completed.saved')
    const live = await views(visitor)
    expect({ ...live, chart: '' }).toEqual({ ...now, chart: '' })
    expectNoTrouble(visitor)
  })

  it('exports a file that shows the same page when it is opened in the page or by the command', async () => {
    const { url } = await inspect()
    const chat = await talked(url)
    chat.child.stdin?.end()
    await chat.ended
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'closed')
    const seen = await views(visitor)
    const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.page.click('text=Export')])
    const file = await download.path()
    expect(readFileSync(file, 'utf8')).not.toContain('Hello there')
    const other = await inspect()
    const again = await browser.visit(other.url)
    await again.page.setInputFiles('input[type=file]', {
      name: 'inspection.jsonl',
      mimeType: '',
      buffer: readFileSync(file),
    })
    await isSettled(again, 'closed')
    expect(await views(again)).toEqual(seen)
    expect(await again.page.locator('.conversations').innerText()).toContain('inspection.jsonl')
    const command = start(['inspect', file])
    const [, address = ''] = await command.says(/inspector on (\S+)/)
    const third = await browser.visit(address)
    await isSettled(third, 'closed')
    expect(await views(third)).toEqual(seen)
    for (const each of [visitor, again, third]) expectNoTrouble(each)
  })

  it('shows what is wrong with a file, and keeps working', async () => {
    const { url } = await inspect()
    const visitor = await browser.visit(url)
    const open = (text: string) =>
      visitor.page.setInputFiles('input[type=file]', { name: 'x.jsonl', mimeType: '', buffer: Buffer.from(text) })
    await open('{"a":1}\n')
    await visitor.page.waitForSelector('[role=alert] >> text=inspection-file-invalid')
    await open('{"turnstate":"inspection","v":99}\n')
    await visitor.page.waitForSelector('[role=alert] >> text=inspection-file-version-unsupported')
    await visitor.page.click('text=Dismiss')
    await expect.poll(() => visitor.page.locator('[role=alert]').count()).toBe(0)
  })

  it('shows conversations of several processes, including those that ended', async () => {
    const { url } = await inspect()
    const [first, second] = [await talked(url), chatIn(url)]
    second.write('Hi\n')
    await second.says(/state: streaming → completed/)
    first.child.stdin?.end()
    await first.ended
    const visitor = await browser.visit(url)
    const rows = visitor.page.locator('.conversations button')
    await expect.poll(() => rows.count()).toBe(2)
    await visitor.page.click('text=1 conversation that is over')
    const ended = rows.filter({ hasText: 'ended' })
    expect(await ended.innerText()).toMatch(/^Conversation of \d\d:\d\d, \w{8}…[\s\S]*3 turns · 1 refusal/)
    await ended.click()
    await isSettled(visitor, 'closed')
    expect(await rows.filter({ hasText: 'ended' }).innerText()).toMatch(/turnstate chat \(\d+\) · \d+ in, \d+ out/)
    expect(await visitor.page.locator('.turns').innerText()).toMatch(/2\s*quarantined/)
    second.child.kill('SIGKILL')
    await visitor.page.waitForSelector('.conversations >> text=gone')
    expectNoTrouble(visitor)
  })

  it('names conversations, and follows a new one until one is chosen', async () => {
    const { url } = await inspect({ includeText: true })
    const first = chatIn(url, '--include-text')
    first.write('Alpha question\n')
    await first.says(/state: streaming → completed/)
    const visitor = await browser.visit(url)
    const { page } = visitor
    const shown = () => page.locator('.conversations [aria-current="true"] .title').innerText()
    await expect.poll(shown).toBe('Alpha question')
    const follow = async (words: string) => {
      const chat = chatIn(url, '--include-text')
      chat.write(`${words}\n`)
      await chat.says(/state: streaming → completed/)
      await page.waitForSelector(`.conversations >> text=${words}`)
      return chat
    }
    const second = await follow('Bravo question')
    await expect.poll(shown).toBe('Bravo question')
    // The chart stays while another conversation is opened.
    await page.evaluate(() => {
      const gone: number[] = []
      new MutationObserver(() => {
        if (!document.querySelector('.chart svg .state')) gone.push(1)
      }).observe(document.body, { subtree: true, childList: true })
      Object.assign(window, { gone })
    })
    await page.click('.conversations >> text=Alpha question')
    await expect.poll(shown).toBe('Alpha question')
    const third = await follow('Charlie question')
    expect(await shown()).toBe('Alpha question')
    expect(await page.getByRole('checkbox', { name: /new conversations/ }).isChecked()).toBe(false)
    expect(await page.evaluate(() => (window as unknown as { gone: readonly number[] }).gone)).toEqual([])
    expectNoTrouble(visitor)
    for (const chat of [first, second, third]) chat.child.kill()
  })

  it('has a movable border, which is remembered', async () => {
    const { url } = await inspect()
    const visitor = await browser.visit(url)
    const { page } = visitor
    const width = () => page.locator('aside').evaluate((aside) => aside.getBoundingClientRect().width)
    const before = await width()
    await page.locator('[role=separator]').focus()
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowLeft')
    await expect.poll(width).toBeGreaterThan(before + 100)
    const after = await width()
    await page.reload()
    await expect.poll(width).toBe(after)
    expectNoTrouble(visitor)
  })

  it('offers nothing to send without control', async () => {
    const { url } = await inspect()
    await talked(url, '--allow-control')
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    await visitor.page.click('[data-tab="Send"]')
    expect(await visitor.page.locator('[role="tabpanel"]').innerText()).toContain('This address is read-only')
    expect(await visitor.page.locator('.offers').count()).toBe(0)
  })

  it('has no serious accessibility problems, in light and dark mode', async () => {
    const { url, controlUrl } = await inspect({ allowControl: true })
    await talked(url, '--allow-control')
    const backgrounds: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const visitor = await browser.visit(controlUrl ?? url, { colorScheme })
      await isSettled(visitor, 'completed.saved')
      backgrounds.push(await visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor))
      for (const tab of ['Turns', 'Transitions', 'Next request', 'Events', 'Send']) {
        await visitor.page.click(`[data-tab="${tab}"]`)
        await visitor.page.evaluate(axe.source)
        const { violations } = await visitor.page.evaluate(() =>
          (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
        )
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        expect(serious.map(({ id, nodes }) => [tab, id, nodes.map(({ html }) => html.slice(0, 120))])).toEqual([])
      }
      await visitor.picture(colorScheme)
      expectNoTrouble(visitor)
    }
    expect(new Set(backgrounds).size).toBe(2)
  })

  it('filters the log, and opens a row to show its record', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const { page } = visitor
    await page.click('[data-tab="Events"]')
    const rows = page.locator('.rows .row')
    const all = await rows.count()
    await page.fill('.filter input[type=search]', 'Refused: no')
    await expect.poll(() => rows.count()).toBe(1)
    expect(await rows.innerText()).toMatch(/refused: no category; suspects: user-text/)
    await rows.locator('button').click()
    expect(JSON.parse(await rows.locator('pre').innerText())).toMatchObject({ type: 'refusal', category: null })
    // The conversation is shown as it was then.
    await isSettled(visitor, 'refused.saving')
    await page.click('text=Live')
    await page.getByRole('checkbox', { name: 'refusals' }).uncheck()
    await expect.poll(() => rows.count()).toBe(0)
    await page.fill('.filter input[type=search]', '')
    await expect.poll(() => rows.count()).toBe(all - 1)
    await page.getByRole('checkbox', { name: 'events' }).check()
    await expect.poll(() => rows.count()).toBeGreaterThan(all)
    expectNoTrouble(visitor)
  })

  it('finds refusals: on the slider, by its turn, by its transition, and by a search', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const { page } = visitor
    const isThen = () => isSettled(visitor, 'refused.saving')
    expect(await page.locator('.fact-mark').evaluateAll((marks) => marks.map((mark) => mark.className))).toEqual([
      'fact-mark refusal',
      'fact-mark reset',
    ])
    expect(await page.locator('[aria-label="Next refusal"]').isDisabled()).toBe(true)
    await page.click('[aria-label="Previous refusal"]')
    await isThen()
    await page.click('text=Live')
    await page.click('.turns .refused button')
    await isThen()
    await page.click('text=Live')
    await page.click('[data-tab="Transitions"]')
    const steps = page.locator('.steps li')
    expect((await steps.allInnerTexts()).at(0)).toMatch(/3\s*completed|completed\.saving → completed\.saved/)
    await page.fill('.search', 'refused.saving')
    await expect.poll(() => steps.count()).toBe(2)
    await steps.last().locator('button').click()
    await isThen()
    await page.click('text=Live')
    await page.click('[data-tab="Turns"]')
    await page.fill('.search', 'quarantined')
    await expect.poll(() => page.locator('.turns li').count()).toBe(1)
    expectNoTrouble(visitor)
  })

  it('can be used with a mouse: states unfold, and the chart zooms, pans, fits again and turns dark', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url, { colorScheme: 'light' })
    await isSettled(visitor, 'completed.saved')
    const { page } = visitor
    const box = async () => (await page.locator('.chart svg').getAttribute('viewBox'))?.split(' ').map(Number) ?? []
    const rejected = page.locator('[data-state="rejected"] > .box')
    const spots = () =>
      page
        .locator('.chart svg :is(.box, .arrow, .halo)')
        .evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())).toSorted())
    const [before, corner] = [await spots(), await rejected.boundingBox()]
    // The work of the browser, by its own trace, from the click to the picture: not how long it waited for the processor.
    const busy = await workOf(visitor, () =>
      page.mouse
        .click((corner?.x ?? 0) + 60, (corner?.y ?? 0) + 40)
        .then(() => page.waitForSelector('[data-state="rejected.deciding"]')),
    )
    expect(busy).toBeGreaterThan(0)
    expect(busy).toBeLessThan(100)
    expect(await spots()).toEqual(before)
    const [x = 0, y = 0, width = 0] = await box()
    await page.hover('.chart svg')
    await page.mouse.wheel(0, -300)
    await expect.poll(async () => (await box())[2]).toBeLessThan(width)
    await page.click('.zoom >> text=Fit')
    await expect.poll(box).toEqual(expect.arrayContaining([x, y, width]))
    const { x: left = 0, y: top = 0 } = (await page.locator('.chart svg').boundingBox()) ?? {}
    await page.mouse.move(left + 20, top + 20)
    await page.mouse.down()
    await page.mouse.move(left + 120, top + 60, { steps: 4 })
    await page.mouse.up()
    await expect.poll(async () => (await box())[0]).toBeLessThan(x)
    await page.click('text=Dark')
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
    expectNoTrouble(visitor)
  })

  it('can be used with a keyboard alone', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const { page } = visitor
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the details')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('details')
    const strokes = () =>
      page
        .locator('[data-state="rejected"] > .box')
        .evaluate((box) => [getComputedStyle(box).stroke, getComputedStyle(box).strokeDasharray])
    const unfocused = await strokes()
    const active = await page
      .locator('.chart .state.active > .box')
      .evaluate((box) => [getComputedStyle(box).stroke, getComputedStyle(box).strokeDasharray])
    const isFocused = () =>
      expect
        .poll(() => page.locator('[data-state="rejected"]').evaluate((node) => node === document.activeElement))
        .toBe(true)
    await page.locator('[data-state="rejected"]').focus()
    expect(await strokes()).not.toEqual(unfocused)
    expect(await strokes()).not.toEqual(active)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-state="rejected.deciding"]')
    await isFocused()
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-state="rejected.deciding"]', { state: 'detached' })
    await isFocused()
    const box = () => page.locator('.chart svg').getAttribute('viewBox')
    const whole = await box()
    await page.keyboard.press('+')
    await page.keyboard.press('ArrowRight')
    await expect.poll(box).not.toBe(whole)
    await page.keyboard.press('0')
    await expect.poll(box).toBe(whole)
    await page.locator('[data-tab="Turns"]').focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('[aria-selected="true"]').innerText()).toBe('Transitions')
    expectNoTrouble(visitor)
  })

  it('shows the whole machine in 1280 × 800, with labels of at least 11 pixels', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url)
    await isSettled(visitor, 'completed.saved')
    const seen = await visitor.page.evaluate(() => {
      const svg = document.querySelector('.chart svg')
      const window = svg?.getBoundingClientRect()
      if (!svg || !window) return null
      const scale = window.width / Number(svg.getAttribute('viewBox')?.split(' ')[2])
      const texts = [...svg.querySelectorAll('text')]
      const outside = texts.filter((text) => {
        const { left, top, right, bottom } = text.getBoundingClientRect()
        return left < window.left || top < window.top || right > window.right || bottom > window.bottom
      })
      return {
        smallest: Math.min(...texts.map((text) => Number(text.getAttribute('font-size')) * scale)),
        outside: outside.map(({ textContent }) => textContent),
        states: svg.querySelectorAll('g.state').length,
      }
    })
    expect(seen?.smallest).toBeGreaterThanOrEqual(10.99)
    expect(seen?.outside).toEqual([])
    expect(seen?.states).toBe(17)
  })

  it('works in a small window', async () => {
    const { url } = await inspect()
    await talked(url)
    const visitor = await browser.visit(url, { viewport: { width: 420, height: 720 } })
    await isSettled(visitor, 'completed.saved')
    expect(await visitor.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(420)
    expect(await visitor.page.locator('aside').isVisible()).toBe(false)
    await visitor.page.click('[data-pane-tab="details"]')
    expect(await visitor.page.locator('.machine').isVisible()).toBe(false)
    await visitor.page.click('[data-tab="Events"]')
    await visitor.picture('small')
    expectNoTrouble(visitor)
  })
})
