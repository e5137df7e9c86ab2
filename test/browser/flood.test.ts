import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { type RunningInspector, startInspector } from '../../src/inspect/index.ts'
import { programOf } from '../scripts/programs.ts'
import { expectNoTrouble, useBrowser } from './visitor.ts'

const browser = useBrowser()
const inspectors: RunningInspector[] = []
afterAll(() => Promise.all(inspectors.map((inspector) => inspector.close())))

/** Runs the flood, and returns its measurements. */
async function flood(url: string, seconds: number) {
  const child = spawn(process.execPath, [programOf(inject('programs'), 'flooding.ts'), url, `${seconds}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await once(child, 'close')
  return JSON.parse(said) as { readonly events: number; readonly facts: number; readonly p99: number }
}

const inspect = async () => {
  const inspector = await startInspector()
  inspectors.push(inspector)
  return inspector
}

describe('a flood of 10,000 events a second', () => {
  it('leaves the app and the page responsive, and counts and shows what was lost', { timeout: 90_000 }, async () => {
    const { url } = await inspect()
    const visitor = await browser.visit(url)
    const over = flood(url, 10)
    await visitor.page.waitForSelector('.turns, [role="tabpanel"]')
    await visitor.page.click('[data-tab="Events"]')
    // How long the page takes to react to a person during the flood.
    const waits: number[] = []
    for (let n = 0; n < 20; n++) {
      waits.push(
        await visitor.page.evaluate(
          () =>
            new Promise<number>((resolve) => {
              const asked = performance.now()
              requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - asked)))
            }),
        ),
      )
      await visitor.page.click(`[data-tab="${n % 2 === 0 ? 'Turns' : 'Events'}"]`)
    }
    const { events, facts, p99 } = await over
    expect(events).toBeGreaterThan(99_000)
    expect(p99).toBeLessThan(20)
    expect(waits.toSorted((a, b) => a - b)[waits.length / 2]).toBeLessThan(200)

    await visitor.page.waitForSelector('.conversations >> text=ended')
    await visitor.page.click('[data-tab="Events"]')
    expect(await visitor.page.locator('p.lost').innerText()).toMatch(/[\d,]+ records were lost/)
    // Facts are never lost: the journal is complete.
    expect(await visitor.page.locator('.where').innerText()).toContain(`fact ${facts - 1} of ${facts - 1}: head.moved`)
    expect(facts).toBeGreaterThan(190)
    await visitor.page.waitForSelector('.chart[data-active="closed"]')
    expectNoTrouble(visitor)
  })

  it(
    'continues when the browser is closed in the middle, and is shown to the next one',
    { timeout: 60_000 },
    async () => {
      const { url } = await inspect()
      const visitor = await browser.visit(url)
      const over = flood(url, 2)
      await visitor.page.waitForSelector('.conversations button')
      await visitor.page.context().close()
      expect((await over).events).toBeGreaterThan(19_000)
      const next = await browser.visit(url)
      await next.page.waitForSelector('.chart[data-active="closed"] svg')
      expectNoTrouble(next)
    },
  )
})
