import { once } from 'node:events'
import Anthropic from '@anthropic-ai/sdk'
import { WebSocket } from 'ws'
import { afterAll, describe, expect, it } from 'vitest'
import { claude, type Conversation, createConversation } from '../../src/index.ts'
import { type RunningInspector, startInspector } from '../../src/inspect/index.ts'
import { refusalTestString, type Simulator, startSimulator } from '../../src/testing/index.ts'
import { until } from '../conversation/start.ts'
import { expectNoTrouble, useBrowser, type Visitor } from './visitor.ts'

const browser = useBrowser()
const running: { chats: Conversation[]; inspectors: RunningInspector[]; simulators: Simulator[] } = {
  chats: [],
  inspectors: [],
  simulators: [],
}
afterAll(async () => {
  await Promise.all(running.chats.map((chat) => chat.close()))
  await Promise.all(running.inspectors.map((inspector) => inspector.close()))
  await Promise.all(running.simulators.map((simulator) => simulator.close()))
})

async function controlled() {
  const simulator = await startSimulator({ refusal: { afterDeltas: 2 } })
  const inspector = await startInspector({ allowControl: true, includeText: true })
  const chat = createConversation({
    source: claude(new Anthropic({ apiKey: 'key', baseURL: simulator.url })),
    model: 'claude-opus-5-5',
    maxTokens: 100,
    onRefusal: 'manual',
    inspect: inspector,
  })
  running.chats.push(chat)
  running.inspectors.push(inspector)
  running.simulators.push(simulator)
  const visitor = await browser.visit(inspector.controlUrl ?? '')
  await visitor.page.click('[data-tab="Send"]')
  return { chat, visitor, simulator, inspector }
}

const offered = ({ page }: Visitor) => page.locator('.offers button').allInnerTexts()

const send = async ({ page }: Visitor, text: string) => {
  await page.fill('[aria-label="Send a message: text"]', text)
  await page.click('.offers >> text=Send a message')
}

describe('a page with control', () => {
  it('offers only the events that the state accepts, and sends them to the conversation', async () => {
    const { chat, visitor } = await controlled()
    await expect.poll(() => offered(visitor)).toEqual(['Send a message', 'Change the model', 'Close the conversation'])
    await send(visitor, 'Hello from the page')
    await expect
      .poll(() => offered(visitor))
      .toEqual([
        'Send a message',
        'Clear the context',
        'Compact the context',
        'Change the model',
        'Close the conversation',
      ])
    expect(chat.messages.at(0)?.parts).toEqual([{ type: 'text', text: 'Hello from the page' }])

    await send(visitor, `Please: ${refusalTestString}`)
    await expect
      .poll(() => offered(visitor))
      .toEqual([
        'Drop the refused message',
        'Drop it and the turn before it',
        'Drop everything',
        'Change the model',
        'Close the conversation',
      ])
    await visitor.page.click('.offers >> text=Drop everything')
    await until(chat, () => chat.status === 'ready')
    expect(chat.history).toEqual([])

    await visitor.page.fill('[aria-label="Change the model: model"]', 'claude-sonnet-5')
    await visitor.page.click('.offers >> text=Change the model')
    await until(chat, () => chat.model === 'claude-sonnet-5')
    expectNoTrouble(visitor)
  })

  it('has a different address: a read-only page says that it is read-only, and how to get the other address', async () => {
    const { visitor, inspector } = await controlled()
    await expect.poll(() => offered(visitor)).toContain('Send a message')
    const looking = await browser.visit(inspector.url)
    await looking.page.waitForSelector('header >> text=read-only')
    await looking.page.click('[data-tab="Send"]')
    await looking.page.waitForSelector('[role="tabpanel"] >> text=/read-only.*--allow-control.*second address/')
    expect(await offered(looking)).toEqual([])
    expect(await visitor.page.locator('header >> text=read-only').count()).toBe(0)
    for (const one of [visitor, looking]) expectNoTrouble(one)
  })

  it('shows that a peer exceeded a limit', async () => {
    const { visitor, inspector } = await controlled()
    const socket = new WebSocket(`${inspector.url.replace('http:', 'ws:')}process/1`)
    socket.on('error', () => {})
    await once(socket, 'open')
    socket.send('x'.repeat(2 * 1024 * 1024 + 1))
    await visitor.page.waitForSelector('.notice >> text=/A limit was exceeded, 1 time so far.*larger than/')
    expectNoTrouble(visitor)
  })

  it('shows the error of a command', async () => {
    const { visitor } = await controlled()
    await expect.poll(() => offered(visitor)).toContain('Send a message')
    await send(visitor, ' ')
    await visitor.page.waitForSelector('[role=alert] >> text=/empty|says nothing/i')
  })

  it('offers nothing while it shows a past moment', async () => {
    const { visitor } = await controlled()
    await send(visitor, 'Hello')
    await expect.poll(() => offered(visitor)).toContain('Clear the context')
    await visitor.page.click('[aria-label="One fact back"]')
    await visitor.page.waitForSelector('[role="tabpanel"] >> text=This is how it was')
    expect(await offered(visitor)).toEqual([])
  })
})
