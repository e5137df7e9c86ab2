// npm run bench:page [-- --write]: what the chat page costs in a real Chromium, by its own tracing, as Markdown; `--write` puts it into
// docs/performance.md. Shown, never asserted.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { launchChromium, unpackChromium } from '../browser/chromium.ts'
import { seededStore } from '../browser/web/seeded-store.ts'
import { webStage } from '../browser/web/stage.ts'
import { withParts } from '../scripts/parts.ts'

const rounds = 5

/** An event of the browser's trace. Times are in microseconds. */
interface Traced {
  readonly name: string
  readonly ts: number
  readonly dur?: number
  readonly args?: { readonly data?: Readonly<Record<string, unknown>> }
}

/** What the browser did while something happened. */
async function traced(browser: Browser, page: Page, happens: () => Promise<void>): Promise<readonly Traced[]> {
  const categories = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel', 'loading', 'benchmark']
  await browser.startTracing(page, { categories })
  await happens()
  const { traceEvents }: { traceEvents: readonly Traced[] } = JSON.parse((await browser.stopTracing()).toString())
  return traceEvents
}

const numberIn = ({ args }: Traced, name: string): number => Number(args?.data?.[name] ?? 0)

/** Milliseconds of each task of the page's main thread. */
const tasks = (events: readonly Traced[]): readonly number[] =>
  events.filter(({ name }) => name === 'RunTask').map(({ dur = 0 }) => dur / 1_000)

/** Milliseconds beyond 50 of each task. */
const blocking = (events: readonly Traced[]): number =>
  tasks(events).reduce((sum, task) => sum + Math.max(0, task - 50), 0)

/** How much what was there has moved. */
const shifts = (events: readonly Traced[]): number =>
  events.filter(({ name }) => name === 'LayoutShift').reduce((sum, event) => sum + numberIn(event, 'score'), 0)

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

const range = (values: readonly number[], digits = 0): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  return context.newPage()
}

/** The page is loaded by somebody who was never there. */
async function loading(browser: Browser) {
  const world = await webStage()
  const page = await newPage(browser)
  let largest = 0
  let first = 0
  const events = await traced(browser, page, async () => {
    await page.goto(world.url)
    await page.locator('.composer').waitFor()
    const paints = () =>
      page.evaluate(
        () =>
          new Promise<{ first: number; largest: number }>((resolve) => {
            new PerformanceObserver((list) => {
              const firstPaint = performance.getEntriesByName('first-contentful-paint')[0]
              const last = list.getEntries().at(-1)
              if (firstPaint && last) resolve({ first: firstPaint.startTime, largest: last.startTime })
            }).observe({ type: 'largest-contentful-paint', buffered: true })
          }),
      )
    ;({ first, largest } = await paints())
  })
  await page.context().close()
  await world.close()
  return { first, largest, blocking: blocking(events) }
}

const delta = (text: string) => ({ type: 'block.delta', index: 0, kind: 'text', text }) as const

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.keyboard.press('Enter')
}

/** A reply of 500 deltas: text, a list, a table and code. */
async function streaming(browser: Browser) {
  const world = await webStage()
  const page = await newPage(browser)
  await page.goto(world.url)
  await say(page, 'Bees?')
  const reply = await world.asked(1)
  reply.say('A beginning.\n\n')
  await page.locator('.words').first().waitFor()
  const part =
    '\n\n## A part\n\nWords with **weight** and `code`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst x = 1\n```\n'
  const deltas =
    part
      .repeat(30)
      .match(/[\s\S]{1,8}/g)
      ?.slice(0, 499) ?? []
  const events = await traced(browser, page, async () => {
    for (const [index, text] of deltas.entries()) {
      reply.push(delta(text))
      // Each group in a frame of its own, as a network would have it.
      if (index % 10 === 9) await page.evaluate(() => new Promise((resolve) => void requestAnimationFrame(resolve)))
    }
    reply.push(delta('\n\nThe end.'))
    reply.stop('end_turn')
    await page.getByText('The end.').waitFor()
    await page.getByRole('button', { name: 'Answer again' }).waitFor()
  })
  await page.context().close()
  await world.close()
  return { shift: shifts(events), blocking: blocking(events), longest: Math.max(...tasks(events)) }
}

/** Keys are pressed while a reply comes, in a conversation of ten thousand messages. */
async function typing(browser: Browser) {
  const world = await webStage({ limits: { shutdown: 1 } }, await seededStore(10_000))
  const page = await newPage(browser)
  await page.goto(`${world.url}#c=c1`)
  await page.getByText('9999 word').first().waitFor()
  await say(page, 'More?')
  const reply = await world.asked(1)
  reply.say('It comes. ')
  await page.getByText('It comes.').waitFor()
  const events = await traced(browser, page, async () => {
    for (let index = 0; index < 60; index++) {
      reply.push(delta(`word${index} `))
      await page.keyboard.press(index % 6 === 5 ? 'Space' : 'a')
    }
    await page.getByText('word59').waitFor()
  })
  await page.context().close()
  await world.close()
  // From the key to the end of what it does, with the drawing of the field: what comes between it and the next frame.
  const keys = events.filter(
    ({ name, args }) =>
      name === 'EventDispatch' && ['keydown', 'keypress', 'input', 'keyup'].includes(String(args?.data?.['type'])),
  )
  const strokes = keys.filter(({ args }) => args?.data?.['type'] === 'keydown').map(({ ts }) => ts)
  const each = strokes.map((start, index) => {
    const end = strokes[index + 1] ?? Infinity
    const own = keys.filter(({ ts }) => ts >= start && ts < end)
    return own.reduce((sum, { dur = 0 }) => sum + dur / 1_000, 0)
  })
  return { median: median(each), most: quantile(each, 0.95), longest: Math.max(...tasks(events)) }
}

/** Bytes of the page's files, gzipped: those that it names, and those that it loads when code is to be coloured. */
function weight() {
  const folder = new URL('../../dist/page/', import.meta.url)
  const html = readFileSync(new URL('chat.html', folder), 'utf8')
  const atOnce = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name = '']) => name)
  const later = readdirSync(folder).filter(
    (name) => !/^(?:index|elk|chat)\b|\.html$/.test(name) && !atOnce.includes(name),
  )
  const bytes = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, folder))).length, 0) / 1_000
  return { atOnce: bytes(['chat.html', ...atOnce]), later: bytes(later) }
}

async function repeated<Result>(work: () => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let round = 0; round < rounds; round++) results.push(await work())
  return results
}

await unpackChromium()
const browser = await launchChromium()
await loading(browser)
const loads = await repeated(() => loading(browser))
const streams = await repeated(() => streaming(browser))
const types = await repeated(() => typing(browser))
await browser.close()
const { atOnce, later } = weight()
const table = [
  '| the chat page in Chromium | |',
  '| --- | --- |',
  `| first contentful paint, nothing cached | ${range(loads.map(({ first }) => first))} ms |`,
  `| largest contentful paint | ${range(loads.map(({ largest }) => largest))} ms |`,
  `| total blocking time while it loads | ${range(loads.map((load) => load.blocking))} ms |`,
  `| layout shift while 500 deltas arrive | ${range(
    streams.map(({ shift }) => shift),
    4,
  )} |`,
  `| total blocking time while they do | ${range(streams.map((stream) => stream.blocking))} ms |`,
  `| longest task while they do | ${range(streams.map(({ longest }) => longest))} ms |`,
  `| a key, 10,000 messages, a reply in progress: median | ${range(
    types.map((each) => each.median),
    1,
  )} ms |`,
  `| the same, 95 of 100 keys are below | ${range(
    types.map(({ most }) => most),
    1,
  )} ms |`,
  `| files at once, gzipped | ${atOnce.toFixed(0)} kB |`,
  `| files for the colours of code, when there is some | ${later.toFixed(0)} kB |`,
].join('\n')
process.stdout.write(`${table}\n`)
if (process.argv.includes('--write')) {
  const page = new URL('../../docs/performance.md', import.meta.url)
  writeFileSync(page, withParts(readFileSync(page, 'utf8'), { page: table }))
}
