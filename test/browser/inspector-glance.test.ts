import { readFileSync } from 'node:fs'
import axe from 'axe-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryStore, TurnstateError } from '../../src/index.ts'
import { inspected, names, type SceneName, states } from './inspected.ts'
import { expectNoTrouble, useBrowser, type Visitor } from './visitor.ts'

// Each test has its own: how long others took, and what they left, does not count.
let world: Awaited<ReturnType<typeof inspected>>
beforeEach(async () => {
  world = await inspected()
})
afterEach(() => world.close())
const browser = useBrowser()

const phone = { viewport: { width: 390, height: 844 } }

const visit = (options: Parameters<typeof browser.visit>[1] = {}) =>
  browser.visit(world.inspector.controlUrl ?? '', { reducedMotion: 'reduce', ...options })

const isScene = (name: string): name is SceneName => Object.hasOwn(names, name)

/** Shows a conversation by a click in the list. */
async function choose({ page }: Visitor, scene: SceneName): Promise<void> {
  const pane = page.locator('[data-pane-tab="conversations"]')
  await page.waitForSelector('.chart svg .active')
  if (await pane.isVisible()) await pane.click()
  const entry = page.locator('.conversations button', { hasText: names[scene] }).first()
  if (!(await entry.isVisible())) await page.locator('.conversations summary').click()
  await entry.click()
  await page.waitForSelector(`.chart[data-active="${states[scene]}"] svg .active`)
}

const row = ({ page }: Visitor, name: string) => page.locator(`.why .row-${name}`).innerText()

describe('the answers at a glance', () => {
  it('say where a conversation is, why, what is gone and what is next', async () => {
    const visitor = await visit()
    await choose(visitor, 'refused')
    expect(await row(visitor, 'now')).toMatch(/^Now\s+idle: It is ready for a message\.$/)
    expect(await row(visitor, 'why')).toMatch(
      /^Why\s+reply\.refused in streaming\.receiving, then journal\.saved in reset\.saving because everything is stored/,
    )
    expect(await row(visitor, 'gone')).toMatch(
      /turn 2: it was refused, and is never sent again\.\s+Last refusal: cyber by claude-opus-5-5, resolved by drop-turn/,
    )
    expect(await row(visitor, 'next')).toMatch(/^Next\s+A message begins the next turn\./)
    expect(await row(visitor, 'path')).toMatch(/1 asking\s+2 streaming\s+3 refused\s+4 reset\s+5 idle/)
    await choose(visitor, 'streaming')
    expect(await row(visitor, 'gone')).toMatch(/Nothing\. Every turn is in the context\./)
    expectNoTrouble(visitor)
  })

  it('count down to the next attempt', async () => {
    const visitor = await visit()
    await choose(visitor, 'retrying')
    const said = await row(visitor, 'next')
    expect(said).toMatch(/Waits before attempt 2 for \d+ s more\. The last one failed: overloaded\. .* answered 529/)
    await expect.poll(() => row(visitor, 'next')).not.toBe(said)
  })

  it('name what the store said, and what to do', async () => {
    const visitor = await visit()
    await choose(visitor, 'unsaved')
    expect(await row(visitor, 'next')).toMatch(
      /tries again\. The disk is full\. It failed: journal-write-failed, and said: disk full\.\s+Free some space\. Nothing is lost/,
    )
  })

  it('name the calls that wait for people, with buttons for each', async () => {
    const visitor = await visit()
    await choose(visitor, 'people')
    const calls = visitor.page.locator('.waiting .calls > li')
    expect(await calls.count()).toBe(2)
    expect(await calls.first().innerText()).toMatch(/send_mail asks to be approved, for \d+ s.*anna@example\.org/s)
    expect(await calls.first().locator('button').allInnerTexts()).toEqual(['Approve send_mail', 'Deny send_mail'])
  })

  it('have buttons for a refusal and for a rejection that wait for a decision, which decide it', async () => {
    const visitor = await visit()
    await choose(visitor, 'refusedByHand')
    const buttons = visitor.page.locator('.waiting button')
    expect(await buttons.allInnerTexts()).toEqual([
      'Drop the refused message',
      'Drop it and the turn before it',
      'Drop everything',
    ])
    await choose(visitor, 'rejected')
    expect(await buttons.allInnerTexts()).toEqual([
      'Leave out what may be the cause, and ask again',
      'Drop the rejected message',
      'Drop it and the turn before it',
      'Drop everything',
    ])
    // A conversation of its own, so that the others stay as they are. It is followed, because it is new.
    const own = await world.begin('rejected', { onRejection: 'manual' })
    const asked = await own.ask('Once more')
    asked.reply.throw(new TurnstateError('request-invalid', 'no', { status: 400, quote: 'messages.2: no' }))
    const entry = visitor.page.locator('.conversations button', { hasText: states.rejected })
    await expect.poll(() => entry.count()).toBe(2)
    await entry.first().click()
    await visitor.page.click('.waiting >> text=Drop the rejected message')
    await asked.turn
    await visitor.page.waitForSelector('.chart[data-active="failed.saved"]')
    expect(own.chat.history).toHaveLength(2)
    await own.chat.close()
    expectNoTrouble(visitor)
  })

  it('fit on a phone, with the chart below them, one pane at a time', async () => {
    const visitor = await visit(phone)
    const { page } = visitor
    await choose(visitor, 'refused')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    const seen = await page.evaluate(() => {
      const of = (selector: string) => document.querySelector(selector)?.getBoundingClientRect()
      const svg = document.querySelector('.chart svg')
      const scale = (svg?.getBoundingClientRect().width ?? 0) / Number(svg?.getAttribute('viewBox')?.split(' ')[2])
      const shown = [...document.querySelectorAll('.chart .state .name')]
      return {
        bottom: of('.timeline')?.top ?? 0,
        answers: of('.why')?.bottom ?? Infinity,
        refused: of('.chart [data-state="refused"]')?.bottom ?? Infinity,
        names: shown.length,
        smallest: Math.min(...shown.map((name) => Number(name.getAttribute('font-size')) * scale)),
        right: Math.max(...shown.map((name) => name.getBoundingClientRect().right)),
        steps: document.querySelectorAll('.chart .number-mark').length,
      }
    })
    expect(seen.answers).toBeLessThan(seen.bottom)
    expect(seen.refused).toBeLessThan(seen.bottom)
    expect(seen.smallest).toBeGreaterThanOrEqual(10.99)
    expect(seen.right).toBeLessThanOrEqual(390)
    expect([seen.names, seen.steps]).toEqual([17, 5])
    const parts = ['.why', '.machine', '.panels', '.conversations']
    const visible = async () => {
      const all = await Promise.all(parts.map((part) => page.locator(part).isVisible()))
      return parts.filter((_, index) => all[index])
    }
    expect(await visible()).toEqual(['.why', '.machine'])
    await page.click('[data-pane-tab="details"]')
    expect(await visible()).toEqual(['.panels'])
    await page.click('[data-pane-tab="conversations"]')
    expect(await visible()).toEqual(['.conversations'])
    expectNoTrouble(visitor)
  })
})

describe('the chart', () => {
  it('is drawn if all that it shows arrives before the first frame', async () => {
    const visitor = await visit()
    const { page } = visitor
    await page.addInitScript(() => {
      const nextFrame = window.requestAnimationFrame.bind(window)
      const later = window.setTimeout.bind(window)
      const Socket = window.WebSocket
      const callbacks: FrameRequestCallback[] = []
      // A busy machine: no frame and no timer is in time.
      window.requestAnimationFrame = (callback) => callbacks.push(callback)
      Object.assign(window, { setTimeout: () => 0 })
      const draw = () => {
        Object.assign(window, { requestAnimationFrame: nextFrame, setTimeout: later })
        for (const callback of callbacks) callback(performance.now())
      }
      window.WebSocket = class extends Socket {
        constructor(address: string | URL) {
          super(address)
          this.addEventListener('message', ({ data }) => {
            // After the page itself has received it.
            if (String(data).startsWith('{"type":"log"')) later(draw)
          })
        }
      }
    })
    await page.reload()
    await page.waitForSelector('.chart svg .active')
    expectNoTrouble(visitor)
  })

  it('is there in every frame while conversations are switched, and none of its boxes moves', async () => {
    const visitor = await visit()
    const { page } = visitor
    await choose(visitor, 'refused')
    await page.evaluate(() => {
      const frames: string[] = []
      const look = () => {
        const boxes = [...document.querySelectorAll('.chart svg .state > .box')]
        frames.push(JSON.stringify(boxes.map((box) => box.getBoundingClientRect())))
        requestAnimationFrame(look)
      }
      look()
      Object.assign(window, { frames })
    })
    for (const scene of ['streaming', 'people', 'lost', 'ended', 'rejected', 'refused'] as const)
      await choose(visitor, scene)
    const frames = await page.evaluate(() => (window as unknown as { frames: readonly string[] }).frames)
    expect(frames.length).toBeGreaterThan(6)
    expect(new Set(frames).size).toBe(1)
    expect(JSON.parse(frames[0] ?? '[]')).toHaveLength(17)
    expectNoTrouble(visitor)
  })

  it.each([
    ['the story', '1280 × 800', { width: 1280, height: 800 }, false],
    ['the story', '1440 × 700', { width: 1440, height: 700 }, false],
    ['the whole machine', '1280 × 800', { width: 1280, height: 800 }, true],
    ['the whole machine', '1920 × 1080', { width: 1920, height: 1080 }, true],
  ] as const)(
    'of %s in %s draws the path, and has no text that is small, covers another or leaves its box',
    async (_, __, viewport, isWhole) => {
      const visitor = await visit({ viewport })
      const { page } = visitor
      await choose(visitor, 'refused')
      if (isWhole) {
        await page.click('text=Whole machine')
        await page.waitForSelector('.chart[data-kind="whole"] svg .state')
      }
      const look = () =>
        page.evaluate(() => {
          const svg = document.querySelector('.chart svg')
          const scale = (svg?.getBoundingClientRect().width ?? 0) / Number(svg?.getAttribute('viewBox')?.split(' ')[2])
          const texts = [...document.querySelectorAll('.chart svg text')].map((text) => {
            const { left, right, top, bottom } = text.getBoundingClientRect()
            const { left: from, right: to } = text.parentElement?.querySelector('rect')?.getBoundingClientRect() ?? {
              left: 0,
              right: 0,
            }
            const size = Number(text.getAttribute('font-size')) * scale
            return { said: text.textContent, size, left, right, top, bottom, leaves: left < from - 1 || right > to + 1 }
          })
          const middles = texts.map((text) => ({ ...text, y: (text.top + text.bottom) / 2 }))
          return {
            smallest: Math.min(...texts.map(({ size }) => size)),
            leaving: texts.filter(({ leaves }) => leaves).map(({ said }) => said),
            // Lines of a label stand close to each other: what counts is the height of the letters.
            covering: middles.flatMap((a, index) =>
              middles
                .slice(index + 1)
                .filter((b) => a.left < b.right && b.left < a.right && Math.abs(a.y - b.y) < 9)
                .map((b) => `${a.said} and ${b.said}`),
            ),
            hidden: document.querySelectorAll('.chart .hidden-text').length,
            numbers: [...document.querySelectorAll('.chart .number-mark')]
              .map(({ textContent }) => textContent)
              .toSorted(),
            steps: [...document.querySelectorAll<SVGElement>('.chart .arrow.taken')].map(({ style }) =>
              Number(style.opacity),
            ),
            passed: document.querySelectorAll('.chart .part.passed').length,
          }
        })
      const seen = await look()
      expect(seen).toMatchObject({ leaving: [], covering: [], numbers: ['1', '2', '3', '4', '5'], passed: 6 })
      expect(seen.smallest).toBeGreaterThanOrEqual(10.99)
      expect(seen.steps).toEqual(seen.steps.toSorted((a, b) => a - b))
      expect(new Set(seen.steps).size).toBe(5)
      expect(seen.hidden > 0).toBe(isWhole)
      if (!isWhole) return
      await page.hover('.chart svg')
      await page.mouse.wheel(0, -700)
      await expect.poll(async () => (await look()).hidden).toBe(0)
      expect(await look()).toMatchObject({ leaving: [], covering: [] })
      expectNoTrouble(visitor)
    },
  )
})

describe('the ways through a conversation', () => {
  it('lead from refusal to refusal and back by keys, which a list names, and not while somebody writes', async () => {
    const visitor = await visit()
    const { page } = visitor
    await choose(visitor, 'refused')
    const shows = (state: string) => page.waitForSelector(`.chart[data-active="${state}"]`)
    await page.keyboard.press('p')
    await shows('refused.saving')
    expect(await page.locator('.where').innerText()).toMatch(/turn\.settled refused/)
    await page.keyboard.press('l')
    await shows('idle')
    await page.locator('.timeline input').press('Home')
    await page.keyboard.press('n')
    await shows('refused.saving')
    await page.keyboard.press('l')
    await shows('idle')
    await page.keyboard.press('/')
    await page.keyboard.type('pin')
    expect(await page.locator('.search').inputValue()).toBe('pin')
    await shows('idle')
    await page.locator('.search').fill('')
    await page.click('h1')
    await page.keyboard.press('?')
    await page.waitForSelector('dialog[open]')
    expect(await page.locator('dialog').innerText()).toMatch(/p\s+previous refusal\s+n\s+next refusal/)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('dialog').count()).toBe(0)
    expectNoTrouble(visitor)
  })

  it('search conversations and events, and lead from an event to the conversation as it was then', async () => {
    const visitor = await visit()
    const { page } = visitor
    await choose(visitor, 'refused')
    await page.fill('.search', 'haiku')
    const titles = page.locator('.conversations .title')
    // The conversation that is shown stays in the list.
    await expect.poll(() => titles.allInnerTexts()).toEqual([names.refused, names.lost])
    await page.fill('.search', 'turn.settled refused')
    await page.click('[data-tab="Events"]')
    const rows = page.locator('.rows .row')
    await expect.poll(() => rows.count()).toBe(1)
    await rows.locator('button').click()
    await page.waitForSelector('.chart[data-active="refused.saving"]')
    await page.fill('.search', 'nothing says this')
    await page.waitForSelector('[role=tabpanel] >> text=No record matches')
    expectNoTrouble(visitor)
  })

  it('go on with a conversation that its process closed and opened again, which is listed once', async () => {
    const visitor = await visit()
    const { page } = visitor
    const store = memoryStore()
    const first = await world.open(store, 'rests')
    await first.exchange('Before it rests')
    const titles = page.locator('.conversations .title', { hasText: 'Before it rests' })
    await titles.first().click()
    await page.waitForSelector('.chart[data-active="completed.saved"]')
    await first.chat.close()
    await page.waitForSelector('.chart[data-active="closed"]')
    const again = await world.open(store, 'rests')
    await page.waitForSelector('.chart[data-active="completed.saved"]')
    await again.exchange('And after it')
    await expect.poll(() => page.locator('.turns .turn').count()).toBe(2)
    expect(await titles.filter({ visible: true }).count()).toBe(1)
    // Who wants to see how it was before stays there.
    await page.click('.conversations >> text=1 time before it was opened again')
    await titles.last().click()
    await page.waitForSelector('.chart[data-active="closed"]')
    await again.exchange('And once more')
    await expect.poll(() => page.locator('.conversations').innerText()).toContain('3 turns')
    expect(await page.locator('.chart').getAttribute('data-active')).toBe('closed')
    expectNoTrouble(visitor)
  })

  it('list forks below their origin, and a file that is opened again once', async () => {
    const visitor = await visit()
    const { page } = visitor
    await choose(visitor, 'refused')
    const fork = world.refused.chat.fork()
    const forks = page.getByRole('list', { name: `Forks of ${names.refused}` })
    await expect.poll(() => forks.locator('.title').allInnerTexts()).toEqual([`Fork of ${names.refused}`])
    await fork.close()
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Export')])
    const buffer = readFileSync(await download.path())
    const open = () => page.setInputFiles('input[type=file]', { name: 'twice.jsonl', mimeType: '', buffer })
    const listed = page.locator('.conversations button.file')
    await open()
    await expect.poll(() => listed.count()).toBeGreaterThan(8)
    const count = await listed.count()
    const shown = page.locator('.conversations [aria-current="true"]')
    await expect.poll(() => shown.getAttribute('class')).toBe('file')
    await choose(visitor, 'streaming')
    await open()
    await expect.poll(() => shown.getAttribute('class')).toBe('file')
    expect(await listed.count()).toBe(count)
    expectNoTrouble(visitor)
  })
})

describe('for everybody', () => {
  it.each([
    ['light', { colorScheme: 'light' }, Object.keys(names).filter(isScene)],
    ['dark', { colorScheme: 'dark' }, ['refusedByHand', 'unsaved', 'people']],
    ['high contrast', { colorScheme: 'light', contrast: 'more' }, ['refusedByHand', 'rejected', 'lost']],
  ] as const)('no state has serious problems of accessibility, in %s', async (_, options, scenes) => {
    const visitor = await visit(options)
    await visitor.page.evaluate(axe.source)
    for (const scene of scenes) {
      await choose(visitor, scene)
      const { violations } = await visitor.page.evaluate(() =>
        (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
      )
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.map(({ id, nodes }) => [scene, id, nodes.map(({ html }) => html.slice(0, 120))])).toEqual([])
    }
    expectNoTrouble(visitor)
  })
})
