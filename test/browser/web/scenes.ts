// What the chat page looks like, scene by scene: how each state comes about, for pictures of it.
import type { Page } from 'playwright-core'
import * as z from 'zod'
import { tool, TurnstateError } from '../../../src/index.ts'
import { webStage, type Stage } from './stage.ts'

interface Play {
  readonly world: Stage
  readonly page: Page
  /** Types a message and sends it. */
  readonly say: (text: string) => Promise<void>
  /** The model's side of the next request. */
  readonly asked: () => ReturnType<Stage['asked']>
  readonly press: (name: string) => Promise<void>
  /** Asks, and waits for the whole answer. */
  readonly exchange: (question: string, answer: string) => Promise<void>
}

/** One state of the page. */
export interface Scene {
  readonly name: string
  readonly given?: Parameters<typeof webStage>[0]
  /** What follows the address of the page. */
  readonly at?: string
  readonly play: (play: Play) => Promise<void>
  /** What is done before its picture on a phone. */
  readonly onPhone?: (page: Page) => Promise<void>
}

const bees = `A bee finds its way home by **three** means:

1. The *sun*: it keeps an angle to it, and allows for the time of day.
2. Landmarks, such as a row of trees.
3. The scent of its own hive, for the last metres.

| Means | Range | Works at night |
|---|---|---|
| Sun | 10 km | no |
| Landmarks | 1 km | hardly |
| Scent | 20 m | yes |

\`\`\`ts
const angle = (sun: number, home: number) => (home - sun + 360) % 360
\`\`\`

> A bee that was moved first flies the way that it would have flown.`

const titles = [
  'Explain how a bee finds its way home.',
  'A haiku about a lighthouse',
  'Three ways to store time in a database, compared by what each of them does when the clocks change',
  'Übersetzung eines Briefes',
  'رسالة إلى صديق',
  'Regular expressions that read dates',
  'Names for a cat',
]

const seeded = async ({ world }: Play) => {
  for (const [index, title] of titles.entries())
    await world.json('POST', '/v1/conversations', { id: `old${index}`, title })
}

const thought = 'The question is about navigation. Three means are known: the sun compass, landmarks, and scent.'

const thinking = (text: string) =>
  [
    { type: 'message.started', model: 'm1', usage: { inputTokens: 30, outputTokens: 1 } },
    { type: 'block.started', index: 0, block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'block.delta', index: 0, kind: 'thinking', text },
  ] as const

const bookTable = tool({
  name: 'book_table',
  description: 'Books a table.',
  input: z.object({ restaurant: z.string(), seats: z.number(), at: z.string() }),
  needsApproval: true,
  run: () => 'Booked: four seats at 19:30.',
})

const lookUp = tool({
  name: 'look_up',
  description: 'Looks something up.',
  input: z.object({ words: z.string() }),
  run: ({ words }) => {
    if (words === 'nothing') throw new Error('There is no entry of this name.')
    return `An entry about ${words}.`
  },
})

const askUser = { name: 'ask_user', description: 'Asks the user.', input_schema: { type: 'object' as const } }

const refused = async ({ exchange, say, asked, page }: Play) => {
  await exchange('How does a bee find its way home?', 'By the sun, by landmarks, and by the scent of its hive.')
  await exchange('And a pigeon?', 'By the sun too, by the field of the earth, and by smell.')
  await say('How would somebody get into the computers of a power station?')
  const reply = await asked()
  reply.say('To get into such a system, one would first ')
  await page.getByText('To get into such').waitFor()
  reply.stop('refusal', { category: 'cyber' })
  await page.locator('.message.retracted .ways').waitFor()
  await page.locator('.folding').waitFor({ state: 'detached' })
}

const overloaded = (retryAfter: number) =>
  new TurnstateError('overloaded', 'The API is overloaded.', { status: 529, retryAfter })

/** All of them, in the order of a conversation's life. */
export const scenes: readonly Scene[] = [
  { name: 'welcome', play: seeded },
  {
    name: 'token-gate',
    given: { authorize: () => null },
    play: async ({ page }) => page.getByLabel('This server asks for a token.').waitFor(),
  },
  {
    name: 'streaming',
    play: async (play) => {
      await seeded(play)
      await play.exchange('Hello!', 'Hello. What is on your mind?')
      await play.say('How does a bee find its way home?')
      ;(await play.asked()).say(bees.slice(0, 330))
      await play.page.getByText('Scent', { exact: true }).waitFor()
    },
  },
  {
    name: 'thinking',
    play: async ({ say, asked, page }) => {
      await say('How does a bee find its way home?')
      ;(await asked()).push(...thinking(thought))
      await page.getByText('Thinking…').click()
      await page.getByText(thought).waitFor()
    },
  },
  {
    name: 'complete',
    play: async (play) => {
      await seeded(play)
      await play.say('How does a bee find its way home?')
      const reply = await play.asked()
      reply.push(
        ...thinking(thought),
        { type: 'block.stopped', index: 0 },
        { type: 'block.started', index: 1, block: { type: 'text', text: '' } },
        { type: 'block.delta', index: 1, kind: 'text', text: bees },
        { type: 'block.stopped', index: 1 },
        { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 420 } },
        { type: 'message.stopped' },
      )
      reply.end()
      await play.page.locator('.code .hljs-keyword').waitFor()
    },
  },
  {
    name: 'tools',
    given: { tools: [lookUp] },
    play: async ({ say, asked, page }) => {
      await say('What do you know of bees and of nothing?')
      const call = (id: string, words: string) => ({ type: 'tool_use', id, name: 'look_up', input: { words } })
      ;(await asked()).give([{ type: 'text', text: 'I look it up.' }, call('c1', 'bees'), call('c2', 'nothing')])
      ;(await asked()).answer('There is an entry about bees, and none about nothing.')
      await page.getByText('none about nothing').waitFor()
    },
  },
  {
    name: 'approval',
    given: { tools: [bookTable] },
    play: async ({ say, asked, page }) => {
      await say('Book a table for four at the Lighthouse, tonight at half past seven.')
      const input = { restaurant: 'The Lighthouse', seats: 4, at: '19:30' }
      ;(await asked()).give([
        { type: 'text', text: 'I can book that for you.' },
        { type: 'tool_use', id: 'c1', name: 'book_table', input },
      ])
      await page.getByRole('button', { name: 'Allow', exact: true }).waitFor()
    },
  },
  {
    name: 'question',
    given: { tools: [askUser] },
    play: async ({ say, asked, page }) => {
      await say('Plan a walk for me.')
      const input = { question: 'How far do you want to walk?' }
      ;(await asked()).give([{ type: 'tool_use', id: 'c1', name: 'ask_user', input }])
      await page.getByRole('textbox', { name: 'Answer' }).waitFor()
    },
  },
  { name: 'refused-by-policy', given: { onRefusal: 'drop-turn' }, play: refused },
  { name: 'refused-by-hand', given: { onRefusal: 'manual' }, play: refused },
  {
    name: 'refused-rephrase',
    play: async (play) => {
      await refused(play)
      await play.press('Say it differently')
    },
  },
  {
    name: 'refused-gone-back',
    play: async (play) => {
      await refused(play)
      await play.press('Go back')
      await play.page.getByText('the conversation went back').first().waitFor()
    },
  },
  {
    name: 'refused-other-model',
    play: async (play) => {
      await refused(play)
      await play.press('Ask')
      ;(await play.asked()).answer('I can tell you how such systems are protected instead.')
      await play.page.getByText('how such systems are protected').waitFor()
    },
  },
  {
    name: 'refused-kept',
    play: async (play) => {
      await refused(play)
      await play.press('Keep the rest as it is')
      await play.exchange('And a salmon?', 'By smell: it remembers the river in which it hatched.')
    },
  },
  {
    name: 'refused-cleared',
    play: async (play) => {
      await refused(play)
      await play.press('Clear everything')
      await play.page.getByText('the conversation was cleared').first().waitFor()
    },
  },
  {
    name: 'rejected',
    given: { onRejection: 'manual' },
    play: async ({ exchange, say, asked, page }) => {
      await exchange('Hello!', 'Hello. What is on your mind?')
      await say('Read this.')
      ;(await asked()).throw(
        new TurnstateError('request-invalid', 'messages.2.content: no', { status: 400, pointer: 'messages.2.content' }),
      )
      await page.locator('.notice').waitFor()
    },
  },
  {
    name: 'truncated',
    play: async ({ say, asked, page }) => {
      await say('Tell me everything about bees.')
      const reply = await asked()
      reply.say(bees.slice(0, 240))
      reply.stop('max_tokens')
      await page.locator('.cut').waitFor()
    },
  },
  {
    name: 'outage',
    given: { retry: { maxAttempts: 3 } },
    play: async ({ exchange, say, asked, page }) => {
      await exchange('Hello!', 'Hello. What is on your mind?')
      await say('How does a bee find its way home?')
      ;(await asked()).throw(overloaded(42_000))
      await page.locator('.notice').waitFor()
    },
  },
  {
    name: 'failed',
    given: { retry: { maxAttempts: 1 } },
    play: async ({ exchange, say, asked, page }) => {
      await exchange('Hello!', 'Hello. What is on your mind?')
      await say('How does a bee find its way home?')
      ;(await asked()).throw(overloaded(1_000))
      await page.locator('.notice').waitFor()
    },
  },
  {
    name: 'overflow',
    given: { onOverflow: 'fail', onRejection: 'stop' },
    play: async ({ exchange, say, asked, page }) => {
      await exchange('Hello!', 'Hello. What is on your mind?')
      await say('Go on.')
      ;(await asked()).throw(new TurnstateError('prompt-too-long', 'prompt is too long', { status: 400 }))
      await page.locator('.notice').waitFor()
    },
  },
  {
    name: 'queue',
    play: async ({ say, asked, page }) => {
      await say('How does a bee find its way home?')
      const reply = await asked()
      reply.say('By the sun, and ')
      await say('And a pigeon?')
      await say('Say it in one line, please, so that it fits on a card that I can pin to the wall above my desk.')
      await page.getByRole('region', { name: 'Messages that wait' }).getByText('Say it in one').waitFor()
    },
  },
  {
    name: 'queue-held',
    play: async ({ say, asked, page }) => {
      await say('How would somebody get into a power station?')
      const reply = await asked()
      reply.say('One would ')
      await say('And a pigeon?')
      await page.getByRole('region', { name: 'Messages that wait' }).getByText('pigeon').waitFor()
      reply.stop('refusal', { category: 'cyber' })
      await page.getByText('Held, because').waitFor()
      await page.locator('.folding').waitFor({ state: 'detached' })
    },
  },
  {
    name: 'branch',
    play: async ({ exchange, press, asked, page }) => {
      await exchange('Name a cat.', 'Tom.')
      await press('Answer again')
      ;(await asked()).answer('Whiskers.')
      await page.getByText('2/2').waitFor()
    },
  },
  {
    name: 'edit',
    play: async ({ exchange, page }) => {
      await exchange('Name a cat.', 'Tom.')
      await page.keyboard.press('ArrowUp')
      await page.getByText('takes the place of').waitFor()
    },
  },
  {
    name: 'long-list',
    play: async ({ world, page }) => {
      await page.getByText('No conversations yet.').waitFor({ state: 'attached' })
      for (let index = 0; index < 150; index++)
        await world.json('POST', '/v1/conversations', { id: `many${index}`, title: `Conversation ${index + 1}` })
      await page.evaluate(() => dispatchEvent(new Event('focus')))
      await page.getByText('Conversation 150', { exact: true }).waitFor({ state: 'attached' })
    },
    onPhone: async (page) => {
      await page.getByRole('button', { name: 'Conversations', exact: true }).click()
      await page.getByText('Conversation 150', { exact: true }).waitFor()
    },
  },
  {
    name: 'list-menu',
    play: async (play) => {
      await seeded(play)
      await play.page.evaluate(() => dispatchEvent(new Event('focus')))
      await play.page.getByRole('button', { name: 'More for Names for a cat' }).click()
      await play.page.getByRole('button', { name: 'Rename' }).waitFor()
    },
  },
  {
    name: 'delete',
    play: async (play) => {
      await seeded(play)
      await play.page.evaluate(() => dispatchEvent(new Event('focus')))
      await play.page.getByRole('button', { name: 'More for Names for a cat' }).click()
      await play.page.getByRole('button', { name: 'Delete…' }).click()
      await play.page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'offline',
    play: async ({ exchange, say, page }) => {
      await exchange('Hello!', 'Hello. What is on your mind?')
      await page.context().setOffline(true)
      await page.getByText('Offline.').waitFor()
      await say('How does a bee find its way home?')
      await page.getByRole('list', { name: 'Messages that are being sent' }).waitFor()
    },
  },
  { name: 'unknown', at: '#c=gone', play: async ({ page }) => page.getByText('is not there').waitFor() },
  {
    name: 'keys',
    play: async ({ page }) => {
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    },
  },
]

/** Plays a scene on a page that is not open yet. @returns what ends it */
export async function stageScene(scene: Scene, page: Page): Promise<() => Promise<void>> {
  const world = await webStage(scene.given)
  await page.goto(`${world.url}${scene.at ?? ''}`)
  let count = 0
  const asked = () => world.asked(++count)
  const say = async (text: string) => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.keyboard.press('Enter')
  }
  await scene.play({
    world,
    page,
    say,
    asked,
    press: async (name) => page.getByRole('button', { name, exact: true }).last().click(),
    exchange: async (question, answer) => {
      await say(question)
      ;(await asked()).answer(answer)
      await page.getByText(answer).waitFor()
      await page.waitForFunction(() => document.querySelector('.stop') === null)
    },
  })
  return () => world.close()
}
