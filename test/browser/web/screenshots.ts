// Pictures of the chat page in each of its states, light and dark, on three screens: `npm run screenshots -- [folder] [scene …]`.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchChromium, unpackChromium } from '../chromium.ts'
import { scenes, stageScene } from './scenes.ts'

const screens = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 390, height: 844 },
]

/** Waits for animations that end. */
const settle = async () => {
  const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
  await Promise.all(ending.map((animation) => animation.finished.catch(() => null)))
}

const [folder = 'screenshots', ...names] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
await unpackChromium()
const browser = await launchChromium()
for (const scene of scenes.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const context = await browser.newContext({ viewport: screens[0] ?? null })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const touch = await context.newCDPSession(page)
  try {
    const end = await stageScene(scene, page)
    for (const screen of screens) {
      await page.setViewportSize(screen)
      if (screen.width < 500) {
        await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true })
        await touch.send('Emulation.setDeviceMetricsOverride', { ...screen, deviceScaleFactor: 1, mobile: true })
        await scene.onPhone?.(page)
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.evaluate(settle)
        await page.screenshot({ path: join(folder, `${scene.name}-${screen.width}-${colorScheme}.png`) })
      }
    }
    await context.close()
    await end()
  } catch (error) {
    await page.screenshot({ path: join(folder, `${scene.name}-FAILED.png`) })
    process.stderr.write(`${scene.name}: ${String(error)}\n`)
    process.exitCode = 1
    await context.close()
  }
}
await browser.close()
