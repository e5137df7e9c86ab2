// Visits of the chat page by keyboard alone, with a model that the test answers by hand.
import { afterEach, expect } from 'vitest'
import { useBrowser } from '../visitor.ts'
import { webStage } from './stage.ts'

/** One browser for the tests of a file. Returns a function that visits the page of a server with these options. */
export function useVisits() {
  const ended: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of ended.splice(0).toReversed()) await end()
  })
  // After the hook that ends servers, so that pages are closed before them.
  const browser = useBrowser()

  return async (given: Parameters<typeof webStage>[0] = {}) => {
    // What is left unanswered is not waited for.
    const world = await webStage({ ...given, limits: { shutdown: 0, ...given.limits } })
    ended.push(world.close)
    const visitor = await browser.visit(world.url)
    const { page } = visitor
    page.setDefaultTimeout(10_000)
    const field = page.getByRole('textbox', { name: 'Message' })
    let count = 0
    const asked = () => world.asked(++count)
    const say = async (text: string) => {
      await field.focus()
      await page.keyboard.insertText(text)
      await page.keyboard.press('Enter')
    }
    /** One whole exchange. */
    const exchange = async (text: string, answer: string) => {
      await say(text)
      ;(await asked()).answer(answer)
      await page.getByText(answer, { exact: true }).last().waitFor()
      await page.locator('.stop').waitFor({ state: 'detached' })
    }
    /** Presses a button once it keeps the focus: what it is in may be drawn anew while the state goes on. */
    const press = async (name: string, within = page.locator('body')) => {
      const target = within.getByRole('button', { name, exact: true }).last()
      await expect
        .poll(async () => {
          await target.focus()
          return target.evaluate(async (element) => {
            for (let frame = 0; frame < 6; frame++) await new Promise((resolve) => void requestAnimationFrame(resolve))
            return element === document.activeElement
          })
        })
        .toBe(true)
      await page.keyboard.press('Enter')
    }
    const notice = (name: string) => page.getByRole('region', { name, exact: true })
    /** What the model was asked, in texts. */
    const wordsOf = ({ request }: Awaited<ReturnType<typeof asked>>) => JSON.stringify(request.messages)
    return { ...world, visitor, page, field, asked, say, exchange, press, notice, wordsOf }
  }
}
