import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { startInspector } from '../../src/inspect/web/start-inspector.ts'
import { expectNoTrouble } from './visitor.ts'
import { useVisits } from './web/visits.ts'

const visit = useVisits()
const ended: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end()
})

/** A visit in which a message is refused. */
async function visited(given: Parameters<typeof visit>[0] = {}) {
  const visiting = await visit(given)
  const { page, say, asked } = visiting
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const isByHand = given.onRefusal === 'manual'
  let times = 0
  /** One reply more than before was taken back, and the ways on are there. */
  const takenBack = async () => {
    await page.waitForFunction(
      (expected) =>
        document.querySelectorAll('.message.retracted').length === expected &&
        [...document.querySelectorAll('.row')].at(-1)?.querySelector('.message.retracted .ways'),
      ++times,
    )
    await expect.poll(() => page.locator('.strip').innerText()).toMatch(isByHand ? /refused$/ : /idle$/)
  }
  /** Two exchanges, and a third that is refused. */
  const refused = async () => {
    for (const text of ['One', 'Two']) {
      await say(text)
      const reply = await asked()
      reply.answer(`You said ${text}`)
      await page.getByText(`You said ${text}`).waitFor()
      await page.waitForFunction(() => document.querySelector('.stop') === null)
    }
    await say('Three')
    const reply = await asked()
    reply.say('This was never ')
    await page.getByText('This was never').waitFor()
    reply.stop('refusal', { category: 'cyber', explanation: 'raw words for integrators' })
    await takenBack()
  }
  return { ...visiting, button, refused, takenBack }
}

describe('a refusal on the chat page', () => {
  it('folds the text away in place, says what left and what stays, and marks where the model goes on', async () => {
    const { page, refused, visitor } = await visited()
    await page.evaluate(() => {
      Object.assign(globalThis, { folded: false })
      new MutationObserver(() => {
        const folding = document.querySelector('.folding')
        if (folding?.textContent?.includes('This was never')) Object.assign(globalThis, { folded: true })
      }).observe(document.body, { subtree: true, childList: true })
    })
    await refused()
    expect(await page.evaluate(() => Reflect.get(globalThis, 'folded'))).toBe(true)
    await page.waitForFunction(() => !document.body.textContent?.includes('This was never'))
    const notice = page.getByRole('region', { name: 'The reply was taken back' })
    const words = await notice.innerText()
    expect(words).toContain('attacks against computer systems')
    expect(words).toContain('Your message. The model won’t see it again.')
    expect(words).toContain('Everything before it stays.')
    expect(words).not.toContain('raw words')
    // The line is before the first message that left.
    const order = await page.evaluate(() =>
      [...document.querySelectorAll('.head-line, .message.user')].map((each) => each.textContent?.trim()),
    )
    expect(order).toEqual(['One', 'Two', 'The model goes on from here', 'Three'])
    await expect.poll(() => page.locator('.strip').innerText()).toMatch(/streaming.*refused.*reset.*idle/s)
    expect(await page.getByRole('status').allInnerTexts()).toEqual([expect.stringContaining('attacks against')])
    await visitor.picture('web-refusal')
    expectNoTrouble(visitor)
  })

  it('leads on by each way after a policy has decided, by keyboard', async () => {
    const { page, say, asked, press, refused, takenBack, field, wordsOf } = await visited({ onRefusal: 'drop-turn' })
    await refused()
    await press('Say it differently')
    await expect.poll(() => field.inputValue()).toBe('Three')
    await page.keyboard.insertText(', in other words')
    await page.keyboard.press('Enter')
    const other = await asked()
    expect(wordsOf(other)).toContain('Three, in other words')
    expect(wordsOf(other)).toContain('You said Two')
    other.refuse('No ')
    await takenBack()

    await press('Go back')
    await page.getByText('the conversation went back').first().waitFor()
    await say('Four')
    const back = await asked()
    expect(wordsOf(back)).toContain('You said One')
    expect(wordsOf(back)).not.toContain('You said Two')
    back.refuse('No ')
    await takenBack()

    await press('Ask')
    const another = await asked()
    expect(another.request.model).toBe('m2')
    expect(wordsOf(another)).toContain('Four')
    another.refuse('No ')
    await takenBack()

    await press('Keep the rest as it is')
    await page.getByRole('region', { name: 'The reply was taken back' }).waitFor({ state: 'detached' })
    await say('Five')
    const kept = await asked()
    expect(wordsOf(kept)).toContain('You said One')
    kept.refuse('No ')
    await takenBack()

    await press('Clear everything')
    await page.getByText('the conversation was cleared').first().waitFor()
    await say('Six')
    const cleared = await asked()
    expect(wordsOf(cleared)).not.toContain('You said')
    cleared.answer('Fresh')
    await page.getByText('Fresh').waitFor()
  })

  it('waits for a person where no policy decides, who can rephrase, go back, ask another model or clear', async () => {
    const { page, say, asked, press, refused, takenBack, wordsOf } = await visited({ onRefusal: 'manual' })
    await refused()
    await expect.poll(() => page.locator('.strip').innerText()).toMatch(/refused$/)
    await press('Say it differently')
    await page.keyboard.insertText(', kindly')
    await page.keyboard.press('Enter')
    const kindly = await asked()
    expect(wordsOf(kindly)).toContain('Three, kindly')
    kindly.refuse('No ')
    await takenBack()
    await press('Ask')
    const other = await asked()
    expect(other.request.model).toBe('m2')
    other.refuse('No ')
    await takenBack()
    await press('Go back')
    await page.getByText('it left with a later message').first().waitFor()
    await say('Four')
    const back = await asked()
    expect(wordsOf(back)).not.toContain('You said Two')
    back.refuse('No ')
    await takenBack()
    await press('Keep the rest as it is')
    await expect.poll(() => page.locator('.strip').innerText()).toMatch(/reset\s*idle$/)
    await say('Five')
    const kept = await asked()
    expect(wordsOf(kept)).toContain('You said One')
    kept.refuse('No ')
    await takenBack()
    await press('Clear everything')
    await say('Six')
    expect(wordsOf(await asked())).not.toContain('You said')
  })

  it('is still there after a reload, with its words and its ways on', async () => {
    const { page, refused, button } = await visited()
    await refused()
    await page.reload()
    await page.getByRole('region', { name: 'The reply was taken back' }).waitFor()
    expect(await page.locator('body').innerText()).not.toContain('This was never')
    await page.locator('.head-line').waitFor()
    expect(await button('Say it differently').isVisible()).toBe(true)
    await button('Clear everything').press('Enter')
    await page.getByText('the conversation was cleared').first().waitFor()
    await page.reload()
    await page.getByText('the conversation was cleared').first().waitFor()
    expect(await page.getByText('the conversation was cleared').count()).toBe(4)
    expect(await page.locator('.head-line').innerText()).toBe('The model sees nothing of what follows')
  })

  it('before any words, and without a category, says that the message was not answered', async () => {
    const { page, say, asked, takenBack } = await visited({ onRefusal: { rewind: 1 } })
    await say('One')
    ;(await asked()).answer('First')
    await page.getByText('First', { exact: true }).waitFor()
    await say('Two')
    const reply = await asked()
    reply.push({ type: 'message.delta', stopReason: 'refusal', usage: { inputTokens: 3 } })
    reply.end()
    await takenBack()
    const notice = page.getByRole('region', { name: 'This message was not answered' })
    expect(await notice.innerText()).toContain('Your message, and 1 exchange before it.')
    await expect
      .poll(() => page.locator('.strip').innerText())
      .toMatch(/asking\s*→?\s*refused\s*→?\s*reset\s*→?\s*idle$/)
    await page.reload()
    await expect.poll(() => page.getByText('it left with a later message.').count()).toBe(2)
  })

  it('does not move, for people who want no motion', async () => {
    const { page, say, asked } = await visited()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await say('One')
    ;(await asked()).refuse('So ')
    await page.getByRole('region', { name: 'The reply was taken back' }).waitFor()
    const moving = await page.evaluate(() =>
      document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().duration) > 1),
    )
    expect(moving).toEqual([])
  })

  it('leads to the inspector, each of its states at its own moment', async () => {
    const inspector = await startInspector({ allowControl: false, includeText: false, name: 'test' })
    const ui = { models: ['m2'], simulated: true, inspector: inspector.url }
    ended.push(() => inspector.close())
    const { page, refused, say, asked, visitor } = await visited({ inspect: inspector, ui })
    await refused()
    const strip = page.getByRole('group', { name: /^States: / })
    await expect.poll(() => strip.innerText()).toMatch(/streaming\s*refused\s*reset\s*idle$/)
    const active = async (name: string) => {
      const opened = page.context().waitForEvent('page')
      const link = strip.getByRole('link', { name: `${name}: opens the inspector there` })
      // A page that was opened takes the keyboard with it.
      await page.bringToFront()
      await link.focus()
      await expect.poll(() => link.evaluate((element) => element === document.activeElement)).toBe(true)
      await page.keyboard.press('Enter')
      const there = await opened
      const lit = there.locator('.chart svg .state.active').first()
      await lit.waitFor()
      const states = () =>
        there
          .locator('.chart svg .state.active')
          .evaluateAll((all) => all.map((each) => each.getAttribute('data-state')))
      return { there, states }
    }
    const whenRefused = await active('refused')
    await expect.poll(whenRefused.states).toContain('refused')
    const reset = await active('reset')
    await expect.poll(reset.states).toContain('reset')
    const idle = await active('idle')
    await expect.poll(idle.states).toContain('idle')
    // The conversation is the one that was left, though another one has begun since.
    await page.getByRole('button', { name: 'New conversation' }).press('Enter')
    // Words that are typed before the page has gone there are a draft of the one that is left.
    await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor()
    await say('Elsewhere')
    ;(await asked()).answer('Here')
    await page.getByText('Here', { exact: true }).waitFor()
    await expect.poll(whenRefused.states).toContain('refused')
    // An address that changes leads to another moment of the same page.
    await whenRefused.there.evaluate(() => {
      location.hash = location.hash.replace(/revision=\d+&state=refused/, 'revision=2&state=asking')
    })
    await expect.poll(whenRefused.states).toContain('asking')
    expectNoTrouble(visitor)
  })
})

describe('the weight of the chat page', () => {
  it('is at most 150 kB, gzipped, with all code that it may load for colours', () => {
    const folder = new URL('../../dist/page/', import.meta.url)
    const html = readFileSync(new URL('chat.html', folder), 'utf8')
    const atOnce = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name = '']) => name)
    expect(atOnce.length).toBeGreaterThan(1)
    const others = readdirSync(folder).filter((name) => !/^(?:index|elk|chat)\b|\.html$/.test(name))
    const bytes = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, folder))).length, 0)
    expect(bytes(atOnce)).toBeLessThan(100_000)
    expect(bytes([...new Set([...atOnce, ...others])])).toBeLessThan(150_000)
  })
})
