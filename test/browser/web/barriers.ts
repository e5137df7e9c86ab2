import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Findings of axe that keep people out, once nothing fades or moves any more: colours in between have less contrast. */
export async function barriers(page: Page): Promise<readonly string[]> {
  // The policy of the page forbids scripts in it; the browser's debugger may evaluate one.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    // What is drawn anew by then may begin to fade.
    await new Promise((resolve) => void requestAnimationFrame(resolve))
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
    await Promise.all(ending.map((animation) => animation.finished.catch(() => null)))
    const { axe: check } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await check.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
  })
}
