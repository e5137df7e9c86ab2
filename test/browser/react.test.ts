import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Serving, serve as serveConversations } from '../../src/server/index.ts'
import { staged } from '../server/stage.ts'
import { loadWith, bundleForBrowser, reactVersions } from '../react/versions.ts'
import { open, type OpenOptions } from './react/conversations.ts'
import type { Lab } from './react/page.tsx'
import type { SceneName } from './react/scenes.tsx'
import { useBrowser, type Visitor } from './visitor.ts'
import { htmlWith, serve } from './xstate-inspect/site.ts'

type ServerPage = typeof import('./react/server-page.tsx')

const browser = useBrowser()

/** The shortest time between two frames, in milliseconds: at most 30 a second. */
const frame = 33

const markup = (script: string, root: string) =>
  htmlWith(script).replace('<script', `<div id="root">${root}</div><script`)

describe.each(reactVersions)('the hooks in React %i', (react) => {
  let origin = ''
  let stop: () => Promise<unknown> = () => Promise.resolve()
  const visitors: Visitor[] = []
  const running: Serving[] = []

  beforeAll(async () => {
    const [script, server] = await Promise.all([
      bundleForBrowser('test/browser/react/page.tsx', react),
      loadWith<ServerPage>('test/browser/react/server-page.tsx', react),
    ])
    const { chat } = open(begun)
    const site = await serve({
      '/': htmlWith('/page.js'),
      '/rendered': markup('/page.js', server.renderPage(chat)),
      '/page.js': script,
    })
    ;({ origin, stop } = site)
  })
  afterAll(() => stop())

  afterEach(async () => {
    for (const each of running.splice(0)) await each.close()
    await Promise.all(visitors.splice(0).map(({ page }) => page.context().close()))
  })

  const visit = async (path = '/') => {
    const visitor = await browser.visit(origin + path)
    visitors.push(visitor)
    const { page } = visitor
    await page.waitForFunction(() => 'lab' in globalThis)
    /** Calls a function of the page. */
    const call = <
      Name extends { [Key in keyof Lab]: Lab[Key] extends (...given: never[]) => unknown ? Key : never }[keyof Lab],
    >(
      name: Name,
      ...given: Parameters<Lab[Name]>
    ): Promise<Awaited<ReturnType<Lab[Name]>>> =>
      page.evaluate(
        ([of, values]) => Reflect.apply((globalThis as unknown as { lab: Lab }).lab[of] as never, undefined, values),
        [name, given] as const,
      ) as never
    return { ...visitor, call }
  }

  it('run on that version', async () => {
    const { page } = await visit()
    const version = await page.evaluate(() => (globalThis as unknown as { lab: Lab }).lab.version)
    expect(version).toMatch(new RegExp(`^${react}\\.`))
  })

  describe.each([
    ['without StrictMode', false],
    ['in StrictMode', true],
  ])('%s', (_, strict) => {
    it('render at most once a frame while a reply grows, and a settled message never again', async () => {
      const { call, page, complaints } = await visit()
      await call('open', 'a')
      for (const text of ['One', 'Two', 'Three']) await call('exchange', 'a', text, `You said ${text}`)
      await call('mount', 'Whole', 'a', strict)
      await page.waitForSelector('#t3\\:assistant')
      await call('begin', 'a', 'Four', 'So')
      await page.waitForSelector('#t4\\:assistant')
      const before = await call('report')
      const took = await call('stream', 'a', 250, 5)
      const during = await call('report')
      const frames = during.commits['whole'] ?? []
      expect(frames.length).toBeGreaterThan(5)
      expect(frames.length).toBeLessThanOrEqual(took / frame + 1)
      expect(during.commits['t4:assistant']).toEqual(frames)
      expect(Object.keys(during.commits).toSorted()).toEqual(['t4:assistant', 'whole'])
      await call('end', 'a')
      await page.waitForSelector('[data-status=ready]')
      expect(await page.locator('#t4\\:assistant').innerText()).toBe(`So${' word'.repeat(250)}`)
      const after = await call('report')
      await call('exchange', 'a', 'Five', 'You said Five')
      await page.waitForFunction(() => document.querySelectorAll('li').length === 10)
      const later = await call('report')
      const renders = (id: string) => [before, during, after, later].map(({ commits }) => commits[id]?.length ?? 0)
      for (const id of ['t1:user', 't1:assistant', 't2:user', 't3:assistant', 't4:user'])
        expect([id, renders(id)]).toEqual([id, [1, 0, 0, 0]])
      expect(renders('t4:assistant').at(-1)).toBe(0)
      expect(complaints).toEqual([])
    })

    it('render only what has changed of what they select', async () => {
      const { call, page, complaints } = await visit()
      await call('open', 'a')
      await call('exchange', 'a', 'One', 'You said One')
      await call('mount', 'Parts', 'a', strict)
      await page.waitForSelector('#t1\\:assistant')
      await call('report')
      await call('begin', 'a', 'Two', 'So')
      await page.waitForSelector('#t2\\:assistant')
      const begun = await call('report')
      expect(begun.commits['stop']).toBeUndefined()
      // submitted, streaming
      expect(begun.commits['status']?.length).toBeLessThanOrEqual(2)
      expect(begun.commits['list']?.length).toBeLessThanOrEqual(2)
      const took = await call('stream', 'a', 100, 5)
      const during = await call('report')
      // The profiler of the list counts what renders in it.
      expect(Object.keys(during.commits).toSorted()).toEqual(['list', 't2:assistant'])
      expect(during.commits['list']).toEqual(during.commits['t2:assistant'])
      expect(during.commits['t2:assistant']?.length).toBeLessThanOrEqual(took / frame + 1)
      await call('end', 'a')
      await page.waitForFunction((lab) => (globalThis as unknown as { lab: Lab }).lab.status(lab) === 'ready', 'a')
      const { seen } = await call('report')
      expect(seen).toMatchObject({ status: 3, pair: 4, stop: 1, List: begun.seen['List'] })
      expect(complaints).toEqual([])
    })

    it('give the same functions for as long as the conversation is', async () => {
      const { call, page } = await visit()
      await call('open', 'a')
      await call('open', 'b')
      await call('mount', 'Whole', 'a', strict)
      await call('exchange', 'a', 'One', 'You said One')
      await page.waitForSelector('#t1\\:assistant')
      const one = (await call('report')).seen
      expect(Object.keys(one)).toEqual(expect.arrayContaining(['sendMessage', 'stop', 'regenerate', 'clear']))
      expect(new Set(Object.values(one))).toEqual(new Set([1]))
      await call('mount', 'Whole', 'b')
      await page.waitForFunction(() => document.querySelectorAll('li').length === 0)
      expect(new Set(Object.values((await call('report')).seen))).toEqual(new Set([2]))
    })

    it('subscribe once, and to nothing once they are unmounted', async () => {
      const { call, page, complaints } = await visit()
      await call('open', 'a')
      await call('begin', 'a', 'One', 'So')
      for (let round = 1; round <= 10; round++) {
        await call('mount', 'Parts', 'a', strict)
        await page.waitForSelector('#t1\\:assistant')
        expect((await call('report')).subscribers['a']?.now).toBe(1)
        await call('unmount')
        expect((await call('report')).subscribers['a']?.now).toBe(0)
        await call('stream', 'a', 5, 5)
        expect((await call('report')).commits).toEqual({})
      }
      await call('mount', 'Whole', 'a', strict)
      await page.waitForSelector('#t1\\:assistant')
      expect(await page.locator('#t1\\:assistant').innerText()).toBe(`So${' word'.repeat(50)}`)
      expect(complaints).toEqual([])
    })

    it('change to another conversation, in the middle of a reply too', async () => {
      const { call, page, complaints } = await visit()
      await call('open', 'a')
      await call('open', 'b', { begins: ['Hello', 'Hi'] })
      await call('begin', 'a', 'One', 'So')
      await call('mount', 'Whole', 'a', strict)
      await page.waitForSelector('[data-status=streaming]')
      await call('mount', 'Whole', 'b')
      await page.waitForSelector('[data-status=ready]')
      const swapped = await call('report')
      expect(swapped.subscribers).toMatchObject({ a: { now: 0 }, b: { now: 1 } })
      expect(await page.locator('li').allInnerTexts()).toEqual(['Hello', 'Hi'])
      await call('stream', 'a', 20, 5)
      expect((await call('report')).commits).toEqual({})
      await call('mount', 'Whole', 'a')
      await page.waitForSelector('[data-status=streaming]')
      expect(await page.locator('li').allInnerTexts()).toEqual(['One', `So${' word'.repeat(20)}`])
      expect(complaints).toEqual([])
    })

    it('show one moment of a reply in all components of a commit, also in one that is rendered in slices', async () => {
      const { call, page, complaints } = await visit()
      await call('open', 'a')
      await call('begin', 'a', 'One', 'So')
      const streamed = call('stream', 'a', 150, 2)
      await call('mount', 'Sliced', 'a', strict)
      await page.waitForFunction(() => document.querySelectorAll('i').length === 40)
      await streamed
      expect((await call('report')).lengths).toEqual([1])
      expect(complaints).toEqual([])
    })

    it('hydrate what a server has rendered, the last part after the conversation has gone on', async () => {
      const { call, page, complaints } = await visit('/rendered')
      expect(await page.locator('#late').innerText()).toBe('2 messages')
      await page.evaluate(() => Object.assign(document.querySelector('#late') ?? {}, { isFromServer: true }))
      await call('open', 'a', begun)
      await call('hydrate', 'a', strict)
      await call('exchange', 'a', 'One', 'You said One')
      await page.waitForFunction(() => document.querySelectorAll('li').length === 4)
      expect(await page.locator('#late').innerText()).toBe('2 messages')
      await call('showLate')
      await page.waitForFunction(() => document.querySelector('#late')?.textContent === '4 messages')
      expect(await page.evaluate(() => Object.hasOwn(document.querySelector('#late') ?? {}, 'isFromServer'))).toBe(true)
      expect((await call('report')).caught).toEqual([])
      expect(complaints).toEqual([])
    })
  })

  it('are what keeps a commit whole: what is read by hand shows several moments at once', async () => {
    const { call, page } = await visit()
    await call('open', 'a')
    await call('begin', 'a', 'One', 'So')
    // Whether deltas come between two components is up to the machine: on a busy one it may take several renderings.
    let most = 0
    for (let round = 0; round < 20 && most < 2; round++) {
      await call('unmount')
      const streamed = call('stream', 'a', 150, 2)
      await call('mount', 'SlicedByHand', 'a', false)
      await page.waitForFunction(() => document.querySelectorAll('i').length === 40)
      await streamed
      most = Math.max(most, ...(await call('report')).lengths.map(Number))
    }
    expect(most).toBeGreaterThan(1)
  })

  it('hand an error of a selector to the boundary around its component', async () => {
    const { call, page } = await visit()
    await call('open', 'a')
    await call('mount', 'Failing', 'a', false)
    await call('exchange', 'a', 'One', 'You said One')
    await page.waitForFunction(() => document.body.textContent?.includes('failed'))
    const { caught, subscribers } = await call('report')
    expect(caught).toEqual(['the selector failed'])
    expect(subscribers['a']?.now).toBe(0)
  })

  describe('with a client of a server', () => {
    /** A page, and a server whose replies the test gives by hand. */
    const connected = async (scene: SceneName, given: Parameters<typeof staged>[0] = {}) => {
      const world = staged({ allowOrigins: [origin], ...given })
      const serving = await serveConversations(world.server, { port: 0 })
      running.push(serving)
      const join = async () => {
        const visitor = await visit()
        await visitor.call('connect', 'a', serving.url, 'c1')
        await visitor.call('mount', scene, 'a', true)
        return visitor
      }
      return { ...world, join }
    }

    it('render at most once a frame while a reply grows, and a settled message never again', async () => {
      const { join, asked } = await connected('Whole')
      const { call, page, complaints } = await join()
      await page.waitForSelector('[data-connection=online]', { state: 'attached' })
      for (const [index, text] of ['One', 'Two'].entries()) {
        await call('send', 'a', text)
        ;(await asked(index + 1)).answer(`You said ${text}`)
        await page.waitForFunction((count) => document.querySelectorAll('.complete').length === count, index * 2 + 2)
      }
      await call('send', 'a', 'Three')
      const reply = await asked(3)
      reply.say('So')
      await page.waitForSelector('.streaming')
      await call('report')
      const started = performance.now()
      for (let sent = 0; sent < 150; sent++) {
        reply.push({ type: 'block.delta', index: 0, kind: 'text', text: ' word' })
        await setTimeout(5)
      }
      const whole = `So${' word'.repeat(150)}`
      await page.waitForFunction((text) => document.querySelector('.streaming')?.textContent === text, whole)
      const took = performance.now() - started
      const during = await call('report')
      const frames = during.commits['whole']?.length ?? 0
      expect(frames).toBeGreaterThan(5)
      expect(frames).toBeLessThanOrEqual(took / frame + 1)
      // The profilers of the growing message, and of the whole.
      expect(Object.keys(during.commits)).toHaveLength(2)
      reply.stop('end_turn')
      await page.waitForSelector('[data-status=ready]')
      const after = await call('report')
      expect(Object.keys(after.commits)).toHaveLength(2)
      expect(complaints).toEqual([])
    })

    it('take back what was refused on every page, let one of them decide, and go on', async () => {
      const { join, asked } = await connected('Chat', { onRefusal: 'manual' })
      const [one, two] = [await join(), await join()]
      await one.page.getByLabel('Message').fill('a bad thing')
      await one.page.keyboard.press('Enter')
      const reply = await asked(1)
      reply.say('I will')
      for (const { page } of [one, two]) await page.getByText('I will').waitFor()
      reply.refuse()
      for (const { page } of [one, two]) {
        await page.getByRole('alert').getByText('computer systems').waitFor()
        expect(await page.content()).not.toContain('I will')
      }
      await two.page.getByRole('button', { name: 'Continue without it' }).click()
      await one.page.getByRole('button', { name: 'Send', disabled: false }).waitFor()
      await one.page.getByLabel('Message').fill('Hello')
      await one.page.keyboard.press('Enter')
      ;(await asked(2)).answer('Good day')
      for (const { page } of [one, two]) {
        await page.getByText('Good day').waitFor()
        expect(await page.getByRole('alert').count()).toBe(0)
      }
      expect([...one.complaints, ...two.complaints]).toEqual([])
    })

    it('say that the server is gone, and show what was missed when it is back', async () => {
      const { join, asked } = await connected('Whole')
      const { call, page } = await join()
      await page.waitForSelector('[data-connection=online]', { state: 'attached' })
      await call('send', 'a', 'One')
      const reply = await asked(1)
      reply.say('So')
      await page.waitForSelector('.streaming')
      await page.context().setOffline(true)
      await page.waitForSelector('[data-connection=offline]')
      reply.push({ type: 'block.delta', index: 0, kind: 'text', text: ' it is' })
      reply.stop('end_turn')
      await page.context().setOffline(false)
      await page.waitForSelector('[data-connection=online][data-status=ready]')
      expect(await page.locator('li').allInnerTexts()).toEqual(['One', 'So it is'])
    })
  })

  describe('the components of docs/react.md', () => {
    const chatting = async (options: OpenOptions = {}) => {
      const visitor = await visit()
      const { call, page } = visitor
      await call('open', 'a', options)
      await call('mount', 'Chat', 'a', true)
      let nth = 0
      return {
        ...visitor,
        shown: (role: string, text: string | RegExp) =>
          page
            .getByRole(role as 'alert')
            .getByText(text)
            .waitFor(),
        click: (name: string) => page.getByRole('button', { name, exact: true }).click(),
        /** Types a message, and waits for the request. */
        send: async (text: string) => {
          await page.getByLabel('Message').fill(text)
          await page.keyboard.press('Enter')
          await call('asked', 'a', ++nth)
        },
        asked: () => call('asked', 'a', ++nth),
        list: () => page.locator('li').allInnerTexts(),
      }
    }

    it('send, stream and stop', async () => {
      const { call, send, list, click, page, complaints } = await chatting()
      await page.getByLabel('Message').fill('  ')
      await page.keyboard.press('Enter')
      await send('Hello')
      expect(await page.getByLabel('Message').inputValue()).toBe('')
      await call('say', 'a', 'Hi')
      await page.locator('.streaming').waitFor()
      expect(await list()).toEqual(['Hello', 'Hi'])
      await click('Stop')
      await page.locator('.partial').waitFor()
      await send('Go on')
      await call('answer', 'a', 'Well')
      await page.locator('.complete.assistant').waitFor()
      expect(await list()).toEqual(['Hello', 'Hi', 'Go on', 'Well'])
      expect(complaints).toEqual([])
    })

    it('take back a refused reply, let a person decide, and go on', async () => {
      const { call, send, list, click, shown, page, complaints } = await chatting({ onRefusal: 'manual' })
      await send('a bad thing')
      await call('say', 'a', 'I will')
      await page.getByText('I will').waitFor()
      await call('refuse', 'a')
      await shown('alert', 'computer systems')
      expect(await list()).toEqual(['a bad thing', 'This reply was taken back.'])
      expect(await page.content()).not.toContain('I will')
      expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
      await click('Continue without it')
      await page.getByRole('button', { name: 'Send', disabled: false }).waitFor()
      await send('Hello')
      expect(await page.getByRole('alert').count()).toBe(0)
      await call('answer', 'a', 'Hi')
      await page.getByText('Hi', { exact: true }).waitFor()
      expect(complaints).toEqual([])
    })

    it.each(['Allow', "Don't allow"])('ask before a tool runs: %s', async (answer) => {
      const { call, send, asked, click, page, complaints } = await chatting()
      await send('Mail Ann')
      await call('callTool', 'a')
      const dialog = page.getByRole('alertdialog', { name: 'mail' })
      expect(await dialog.locator('pre').innerText()).toBe('{"to":"Ann"}')
      await click(answer)
      await asked()
      expect(await dialog.count()).toBe(0)
      expect(await call('results', 'a')).toMatch(answer === 'Allow' ? /sent/ : /The user said no/)
      await call('answer', 'a', 'Done')
      await page.getByText('Done').waitFor()
      expect(complaints).toEqual([])
    })

    it('offer to ask a failed message again', async () => {
      const { call, send, asked, click, list, page, complaints } = await chatting()
      await send('Hello')
      await call('fail', 'a')
      expect(await page.getByRole('alert').innerText()).toContain('The message source threw.')
      await click('Try again')
      await asked()
      expect(await page.getByRole('alert').count()).toBe(0)
      await call('answer', 'a', 'Hi')
      await page.locator('.complete.assistant').waitFor()
      expect(await list()).toEqual(['Hello', 'No reply.', 'Hi'])
      expect(complaints).toEqual([])
    })

    it('show a list of messages, and a button that stops', async () => {
      const { call, page, complaints } = await visit()
      await call('open', 'a')
      await call('mount', 'Messages', 'a', true)
      await call('begin', 'a', 'Hello', 'So')
      await page.getByText('So').waitFor()
      expect(await page.locator('p').allInnerTexts()).toEqual(['Hello', 'So'])
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.waitForFunction(() => document.querySelector('button') === null)
      expect(complaints).toEqual([])
    })
  })
})

const begun = { begins: ['Hello', 'Hi'] }
