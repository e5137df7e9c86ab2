import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { tool } from '../../src/index.ts'
import { type Stage, webStage } from './web/stage.ts'
import { expectNoTrouble, useBrowser } from './visitor.ts'
import { barriers } from './web/barriers.ts'
import { seededStore } from './web/seeded-store.ts'

const browser = useBrowser()
const ended: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end()
})

async function staged(...given: Parameters<typeof webStage>) {
  const world = await webStage(...given)
  ended.push(world.close)
  return world
}

async function visit(
  world: Stage,
  ...given: Parameters<typeof browser.visit> extends [string, ...infer Rest] ? Rest : never
) {
  const visitor = await browser.visit(world.url, ...given)
  const { page } = visitor
  page.setDefaultTimeout(10_000)
  ended.push(() => page.context().close())
  return { ...visitor, visitor, say: (text: string) => say(page, text) }
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).focus()
  await page.keyboard.insertText(text)
  await page.keyboard.press('Enter')
}

const markdown =
  '# Bees\n\nA **sun** compass.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst x = 1\n```\n\n- one\n- two\n'

describe('the chat page', () => {
  it('offers the beginnings that the server names besides its own, and writes them for a person to send', async () => {
    const beginnings = [{ label: 'See a refusal.', text: 'Please read this out.' }]
    const world = await staged({ ui: { simulated: true, beginnings } })
    const { page } = await visit(world)
    await page.getByRole('button', { name: 'See a refusal.' }).press('Enter')
    const field = page.getByRole('textbox', { name: 'Message' })
    await expect.poll(() => field.inputValue()).toBe('Please read this out.')
    await field.press('Enter')
    expect((await world.asked(1)).request.messages).toEqual([{ role: 'user', content: 'Please read this out.' }])
  })

  it('asks for a token where the server wants one, says when it is wrong, sends it with everything, and can forget it', async () => {
    const isAnn = ({ headers }: Request) => headers.get('authorization') === 'Bearer secret'
    const world = await staged({ authorize: (request) => (isAnn(request) ? { id: 'ann' } : null) })
    const { page, say: tell } = await visit(world)
    const field = page.getByLabel('This server asks for a token.')
    await field.fill('wrong')
    await field.press('Enter')
    await page.getByText('does not take this token').waitFor()
    expect(await barriers(page)).toEqual([])
    await field.fill('secret')
    await field.press('Enter')
    await tell('Apples')
    ;(await world.asked(1)).answer('Fruit')
    await page.getByText('Fruit', { exact: true }).waitFor()
    await page.reload()
    await page.getByText('Fruit', { exact: true }).waitFor()
    expect(page.url()).not.toContain('secret')
    await page.getByRole('button', { name: 'Forget the token' }).press('Enter')
    await field.waitFor()
    expect(await page.evaluate(() => [sessionStorage.length, document.body.textContent?.includes('Fruit')])).toEqual([
      0,
      false,
    ])
  })

  it('draws Markdown while it comes, without moving what is there, and colours code once it is whole', async () => {
    const world = await staged()
    const { page, say: tell, visitor } = await visit(world)
    await tell('Bees?')
    const reply = await world.asked(1)
    reply.say(...(markdown.slice(0, 30).match(/.{1,3}/gs) ?? []))
    await page.locator('.prose h3').waitFor()
    const before = await page.locator('.prose h3').boundingBox()
    for (const piece of markdown.slice(30).match(/.{1,5}/gs) ?? [])
      reply.push({ type: 'block.delta', index: 0, kind: 'text', text: piece })
    reply.stop('end_turn')
    await page.locator('.code .hljs-keyword').waitFor()
    expect(await page.locator('.prose table td').allInnerTexts()).toEqual(['1', '2'])
    expect(await page.locator('.prose li').allInnerTexts()).toEqual(['one', 'two'])
    expect((await page.locator('.prose h3').boundingBox())?.x).toBe(before?.x)
    await expect.poll(() => page.title()).toBe('Bees? · turnstate')
    expectNoTrouble(visitor)
  })

  it('asks for permission of tools, takes the reason, and shows what came of the call', async () => {
    const book = tool({
      name: 'book_table',
      description: 'Books.',
      input: z.object({ seats: z.number() }),
      needsApproval: true,
      run: () => 'Booked for two.',
    })
    const world = await staged({ tools: [book] })
    const { page, say: tell } = await visit(world)
    for (const [index, name] of ['Allow', 'Don’t allow'].entries()) {
      await tell(`Table ${index}`)
      const reply = await world.asked(1 + 2 * index)
      reply.give([{ type: 'tool_use', id: `call${index}`, name: 'book_table', input: { seats: 2 } }])
      const card = page.getByRole('region', { name: 'Tool book_table: asks for permission' })
      await card.waitFor()
      expect(await card.innerText()).toContain('"seats": 2')
      expect(await page.getByRole('status').innerText()).toContain('waits for your permission')
      await page.getByRole('textbox', { name: 'Reason, which the model reads' }).fill('Too late')
      await page.getByRole('button', { name, exact: true }).focus()
      await page.keyboard.press('Enter')
      const next = await world.asked(2 + 2 * index)
      expect(JSON.stringify(next.request.messages)).toContain(index === 0 ? 'Booked for two.' : 'Too late')
      next.answer(`Done ${index}`)
      await page.getByText(`Done ${index}`).waitFor()
    }
    expect(await page.getByRole('region', { name: 'Tool book_table: done' }).count()).toBe(1)
    expect(await page.getByRole('region', { name: 'Tool book_table: failed' }).count()).toBe(1)
  })

  it('asks for answers that a tool waits for, which may be errors, by keyboard', async () => {
    const world = await staged({
      tools: [{ name: 'ask_person', description: 'Asks.', input_schema: { type: 'object' } }],
    })
    const { page, say: tell, visitor } = await visit(world)
    for (const [index, isError] of [false, true].entries()) {
      await tell(`Ask ${index}`)
      ;(await world.asked(1 + 2 * index)).give([
        { type: 'tool_use', id: `call${index}`, name: 'ask_person', input: { question: 'Age?' } },
      ])
      const card = page.getByRole('region', { name: 'Tool ask_person: waits for an answer' })
      await card.waitFor()
      expect(await card.innerText()).toContain('"question": "Age?"')
      await expect.poll(() => page.getByRole('status').innerText()).toContain('waits for your answer')
      if (index === 0) await visitor.picture('web-answer')
      await card.getByRole('textbox', { name: 'Answer' }).focus()
      await page.keyboard.insertText('Forty')
      await page.keyboard.press('Tab')
      if (isError) await page.keyboard.press('Space')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      const next = await world.asked(2 + 2 * index)
      const words = JSON.stringify(next.request.messages)
      expect(words).toContain('Forty')
      expect(words.includes('"is_error":true')).toBe(isError)
      next.answer(`Done ${index}`)
      await page.getByText(`Done ${index}`).waitFor()
    }
  })

  it('edits the last message with ↑, answers again, and goes through versions', async () => {
    const world = await staged()
    const { page, say: tell } = await visit(world)
    await tell('A cat?')
    ;(await world.asked(1)).answer('Tom')
    await page.getByText('Tom', { exact: true }).waitFor()
    await page.waitForFunction(() => document.querySelector('.stop') === null)
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('A cat?')
    await page.getByRole('textbox', { name: 'Message' }).fill('A dog?')
    await page.keyboard.press('Enter')
    ;(await world.asked(2)).answer('Rex')
    await page.getByText('2/2').waitFor()
    await page.getByRole('button', { name: 'Answer again' }).press('Enter')
    ;(await world.asked(3)).answer('Bello')
    await page.getByText('3/3').waitFor()
    expect(await page.locator('.message.assistant').allInnerTexts()).toEqual([expect.stringContaining('Bello')])
    await page.getByRole('button', { name: 'Earlier version' }).press('Enter')
    await page.getByText('2/3').waitFor()
    await page.getByRole('button', { name: 'Earlier version' }).press('Enter')
    await page.getByText('1/3').waitFor()
    expect(await page.locator('.bubble').allInnerTexts()).toEqual(['A cat?'])
    expect(await page.locator('.message.assistant').allInnerTexts()).toEqual([expect.stringContaining('Tom')])
  })

  it('goes on after a reload in the middle of a reply, and shows the same in two tabs', async () => {
    const world = await staged()
    const one = await visit(world)
    await one.say('Long?')
    const reply = await world.asked(1)
    reply.say('The first ')
    await one.page.getByText('The first').waitFor()
    await one.page.reload()
    await one.page.getByText('The first').waitFor()
    const other = await browser.visit(one.page.url())
    ended.push(() => other.page.context().close())
    await other.page.getByText('The first').waitFor()
    reply.push({ type: 'block.delta', index: 0, kind: 'text', text: 'and the last.' })
    reply.stop('end_turn')
    for (const { page } of [one, other]) await page.getByText('The first and the last.').waitFor()
    await say(other.page, 'More?')
    ;(await world.asked(2)).answer('No more.')
    for (const { page } of [one, other]) await page.getByText('No more.').waitFor()
  })

  it('says that it is offline, and sends what waited once it is back', async () => {
    const world = await staged()
    const { page, say: tell } = await visit(world)
    await tell('One')
    ;(await world.asked(1)).answer('First')
    await page.getByText('First', { exact: true }).waitFor()
    await page.context().setOffline(true)
    await page.getByText('Offline.').waitFor()
    await tell('Two')
    await page.getByRole('list', { name: 'Messages that are being sent' }).waitFor()
    await page.context().setOffline(false)
    ;(await world.asked(2)).answer('Second')
    await page.getByText('Second', { exact: true }).waitFor()
    expect(await page.getByText('Offline.').count()).toBe(0)
  })

  it('queues messages, takes one back, and says why the others are held', async () => {
    const world = await staged()
    const { page, say: tell } = await visit(world)
    await tell('One')
    const reply = await world.asked(1)
    reply.say('So ')
    for (const text of ['Two', 'Three']) await tell(text)
    await page.getByRole('region', { name: 'Messages that wait' }).getByText('Three').waitFor()
    await page.getByRole('button', { name: 'Take back' }).last().press('Enter')
    await expect.poll(() => page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Three')
    reply.stop('refusal')
    await page.getByText('Held, because the message before was refused.').waitFor()
    await page.getByRole('button', { name: 'Send it now' }).press('Enter')
    const next = await world.asked(2)
    expect(JSON.stringify(next.request.messages)).toContain('Two')
  })

  it('takes files by paste, shows them, and declines what the model can’t read', async () => {
    const world = await staged()
    const { page } = await visit(world)
    await page.getByRole('textbox', { name: 'Message' }).focus()
    await page.evaluate(() => {
      const pixel = atob(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      )
      const clipboardData = new DataTransfer()
      clipboardData.items.add(
        new File([Uint8Array.from(pixel, (c) => c.charCodeAt(0))], 'dot.png', { type: 'image/png' }),
      )
      clipboardData.items.add(new File(['a,b'], 'table.csv', { type: '' }))
      clipboardData.items.add(new File(['x'], 'film.mp4', { type: 'video/mp4' }))
      document.activeElement?.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      )
    })
    await page.getByRole('list', { name: 'Files of this message' }).getByRole('img', { name: 'dot.png' }).waitFor()
    await page.getByText('“film.mp4” can’t be read by the model').waitFor()
    await page.keyboard.insertText('What is it?')
    await page.keyboard.press('Enter')
    const reply = await world.asked(1)
    const kinds = JSON.stringify(reply.request.messages)
    expect(kinds).toContain('"media_type":"image/png"')
    expect(kinds).toContain('table.csv')
    reply.answer('A dot.')
    await page.locator('.sent-files img').waitFor()
    expect(await page.getByText('can’t be read by the model').count()).toBe(0)
  })

  it('finds, names, exports and erases conversations, and asks before it erases', async () => {
    const world = await staged()
    const { page, say: tell } = await visit(world)
    for (const [index, name] of ['Apples', 'Pears'].entries()) {
      await page.getByRole('button', { name: 'New conversation' }).press('Enter')
      await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor()
      await tell(name)
      ;(await world.asked(index + 1)).answer('Fruit')
      await page.getByText('Fruit', { exact: true }).waitFor()
    }
    await page.keyboard.press('Control+k')
    await page.keyboard.type('appl')
    const list = page.getByRole('navigation', { name: 'Conversations' })
    await expect.poll(() => list.locator('.open').allInnerTexts()).toEqual(['Apples'])
    await page.getByRole('button', { name: 'More for Apples' }).press('Enter')
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as Markdown' }).press('Enter')
    const file = await saved
    expect(file.suggestedFilename()).toBe('Apples.md')
    expect(readFileSync(await file.path(), 'utf8')).toContain('Fruit')
    // From here on with keys alone: the focus comes back to where it was.
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent)
    await expect.poll(focused).toBe('More for Apples')
    await page.keyboard.press('F2')
    await expect.poll(focused).toBe('Title')
    await page.keyboard.type('nothing')
    await page.keyboard.press('Escape')
    await expect.poll(focused).toBe('More for Apples')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await expect.poll(focused).toBe('Rename')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Apple pie')
    await page.keyboard.press('Enter')
    await expect.poll(() => list.locator('.open').allInnerTexts()).toEqual(['Apple pie'])
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Backspace')
    await expect.poll(() => list.locator('.open').allInnerTexts()).toEqual(['Pears', 'Apple pie'])
    // Another tab sees it at once.
    const other = await page.context().newPage()
    await other.goto(world.url)
    await other.getByText('Apple pie').waitFor()
    await list.getByText('Apple pie').focus()
    for (const answer of ['Keep it', 'Delete']) {
      await page.keyboard.press('Delete')
      await page.getByRole('dialog', { name: 'Delete the conversation?' }).waitFor()
      await expect.poll(focused).toBe('Keep it')
      if (answer === 'Delete') await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await expect.poll(focused).toBe(answer === 'Delete' ? 'Pears' : 'More for Apple pie')
    }
    for (const tab of [page, other])
      await expect.poll(() => tab.locator('.conversations .open').allInnerTexts()).toEqual(['Pears'])
    await page.keyboard.press('Control+k')
    await page.keyboard.type('plums')
    await page.getByText('None has these words').waitFor()
  })

  it.each(['light', 'dark'] as const)('has no barriers that axe finds, in %s', async (colorScheme) => {
    const world = await staged()
    const { page, say: tell, visitor } = await visit(world, { colorScheme })
    await page.locator('.composer').waitFor()
    expect(await barriers(page)).toEqual([])
    await tell('Bees?')
    ;(await world.asked(1)).answer(markdown)
    await page.locator('.code .hljs-keyword').waitFor()
    await tell('No?')
    const reply = await world.asked(2)
    reply.refuse('So ')
    await page.getByRole('region', { name: 'The reply was taken back' }).waitFor()
    await page.locator('.folding').waitFor({ state: 'detached' })
    expect(await barriers(page)).toEqual([])
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await visitor.picture(`web-chat-${colorScheme}`)
  })

  it.each([
    ['a phone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
    ['a zoom of 200 %', { viewport: { width: 640, height: 400 } }],
  ])('fits on %s: nothing is cut, and the list is a drawer', async (_, options) => {
    const world = await staged()
    const { page } = await visit(world, options)
    await page.getByRole('textbox', { name: 'Message' }).fill('Bees?')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    ;(await world.asked(1)).answer(`${markdown}\n\n${'unbroken'.repeat(60)}`)
    await page.locator('.code .hljs-keyword').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await page.getByRole('button', { name: 'Conversations', exact: true }).click()
    await page.getByRole('button', { name: 'New conversation' }).waitFor()
    const hasFocus = (place: string) => page.waitForFunction((at) => document.activeElement?.matches(at), place)
    await hasFocus('.conversations .new')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('.conversations').isVisible()).toBe(false)
    await hasFocus('.top .menu')
    await page.keyboard.press('Control+k')
    await hasFocus('.search input')
  })

  it('lets Enter end a composition, and gives each text its direction', async () => {
    const world = await staged()
    const { page, say: tell } = await visit(world)
    const field = page.getByRole('textbox', { name: 'Message' })
    await field.fill('にほん')
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true, keyCode: 229, bubbles: true })
    expect(await field.inputValue()).toBe('にほん')
    await field.fill('')
    await tell('שלום')
    ;(await world.asked(1)).answer('שלום וברכה\n\nHello')
    await page.getByText('Hello').waitFor()
    const directions = await page.evaluate(() =>
      ['.bubble', '.words p', '.prose > :last-child p'].map((place) => {
        const element = document.querySelector(place)
        return element && getComputedStyle(element).direction
      }),
    )
    expect(directions).toEqual(['rtl', 'rtl', 'ltr'])
  })

  it('draws only what is in view of ten thousand messages, and stays where it is read', async () => {
    const world = await webStage({}, await seededStore(10_000))
    ended.push(world.close)
    const { page } = await browser.visit(`${world.url}#c=c1`)
    ended.push(() => page.context().close())
    await page.locator('.message.assistant').getByText('9999 word').waitFor()
    expect(await page.locator('.row').count()).toBeLessThan(80)
    const scroller = page.getByRole('region', { name: 'Messages' })
    await scroller.evaluate((box) => box.scrollTo(0, box.scrollHeight / 2))
    await page.waitForFunction(
      () => document.querySelector('.message.assistant')?.textContent?.startsWith('99') === false,
    )
    expect(await page.locator('.row').count()).toBeLessThan(80)
  })
})
