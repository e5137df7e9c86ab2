// What the pages of a test showed and said, for the report of its failure.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** What happened on one page, with the milliseconds since it was opened. Kept from before it loads anything. */
export class PageDiary {
  readonly #page: Page
  readonly #lines: string[] = []
  readonly #begun = performance.now()

  constructor(page: Page) {
    this.#page = page
    page.on('console', (message) => this.#note(`console ${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => this.#note(`error: ${error.stack ?? error.message}`))
    page.on('crash', () => this.#note('the page crashed'))
    page.on('requestfailed', (request) => this.#note(`failed: ${request.url()}, ${request.failure()?.errorText ?? ''}`))
    page.on('load', () => this.#note('loaded'))
    page.on('websocket', (socket) => {
      this.#note('socket: begun')
      socket.on('framereceived', ({ payload }) => this.#note(`socket received: ${payload.toString()}`))
      socket.on('framesent', ({ payload }) => this.#note(`socket sent: ${payload.toString()}`))
      socket.on('socketerror', (error) => this.#note(`socket failed: ${error}`))
      socket.on('close', () => this.#note('socket: closed'))
    })
  }

  /**
   * What the page shows now, whether it is still drawn, and what happened until now. Never rejects.
   *
   * @param picture Path of a screenshot without its ending; none if the page can't be drawn any more.
   */
  async told(picture: string): Promise<string> {
    const page = this.#page
    const shown = await inTime(
      page.evaluate(async () => {
        const isDrawn = await new Promise<boolean>((resolve) => {
          requestAnimationFrame(() => resolve(true))
          setTimeout(() => resolve(false), 1_000)
        })
        const drawing = isDrawn ? 'draws frames' : 'draws no frames'
        return `It is ${document.visibilityState} and ${drawing}. It shows:\n${document.body.innerText}`
      }),
    )
    mkdirSync(join(picture, '..'), { recursive: true })
    const seen = await inTime(page.screenshot({ path: `${picture}.png` }).then(() => `Screenshot: ${picture}.png`))
    const past = [
      ...this.#lines.slice(0, 40),
      ...(this.#lines.length > 80 ? ['…'] : []),
      ...this.#lines.slice(40).slice(-40),
    ]
    return [page.url(), shown.slice(0, 3_000), seen, ...past].join('\n')
  }

  #note(line: string): void {
    const at = Math.round(performance.now() - this.#begun)
    this.#lines.push(`${at} ms, ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`)
  }
}

/** What a page answers; after three seconds, or if it fails, why there is no answer. */
function inTime(answer: Promise<string>): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve('The page does not answer.'), 3_000).unref()
  })
  return Promise.race([answer.catch((cause: unknown) => `The page does not answer: ${String(cause)}`), late])
}
