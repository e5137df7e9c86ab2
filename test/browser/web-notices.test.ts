import { describe, expect, it } from 'vitest'
import type { Block } from '../../src/index.ts'
import { TurnstateError } from '../../src/index.ts'
import { expectNoTrouble } from './visitor.ts'
import { useVisits } from './web/visits.ts'

const visited = useVisits()

const failure = (code: 'overloaded' | 'request-invalid' | 'prompt-too-long', details = {}) =>
  new TurnstateError(code, `The API said ${code}.`, { status: code === 'overloaded' ? 529 : 400, ...details })

const rejected = 'The service did not accept this'

describe('a rejection on the chat page', () => {
  it('waits for a person where no policy decides, and leads on by each way, by keyboard', async () => {
    const { page, field, exchange, say, asked, press, notice, wordsOf, visitor } = await visited({
      onRejection: 'manual',
    })
    await exchange('One', 'First')
    await exchange('Two', 'Second')
    const reject = async (reply: Awaited<ReturnType<typeof asked>>) => {
      reply.throw(failure('request-invalid'))
      await notice(rejected).getByRole('group', { name: 'Ways on' }).waitFor()
    }
    await say('Three')
    await reject(await asked())
    const words = await notice(rejected).innerText()
    expect(words).toContain('No reply had begun, and nothing was spent.')
    expect(words).toMatch(/Left\s+Nothing yet/)
    expect(words).toMatch(/Stays\s+Everything before it/)
    expect(words).toContain('the words of your message')
    await expect.poll(() => page.locator('.strip').innerText()).toMatch(/rejected$/)
    await visitor.picture('web-rejection')

    await press('Say it differently')
    await expect.poll(() => field.inputValue()).toBe('Three')
    await page.keyboard.insertText(', in other words')
    await page.keyboard.press('Enter')
    const other = await asked()
    expect(wordsOf(other)).toContain('Three, in other words')
    expect(wordsOf(other)).not.toContain('"Three"')
    await reject(other)

    await press('Ask')
    const another = await asked()
    expect(another.request.model).toBe('m2')
    expect(wordsOf(another)).toContain('Three, in other words')
    await reject(another)

    await press('Leave this message out')
    await notice(rejected).getByText('Your message. The model won’t see it again.').waitFor()
    await say('Four')
    const four = await asked()
    expect(wordsOf(four)).toContain('Two')
    expect(wordsOf(four)).not.toContain('other words')
    await reject(four)

    await press('Go back')
    await page.getByText('which the service did not accept').first().waitFor()
    await say('Five')
    const five = await asked()
    expect(wordsOf(five)).toContain('One')
    expect(wordsOf(five)).not.toContain('Two')
    await reject(five)

    await press('Clear everything')
    await page.locator('.message.gone').first().waitFor()
    await say('Six')
    const six = await asked()
    expect(wordsOf(six)).not.toContain('One')
    six.answer('Fresh')
    await page.getByText('Fresh').waitFor()
    await notice(rejected).waitFor({ state: 'detached' })
    expectNoTrouble(visitor)
  })

  it('is told after a policy has left the message out, with the ways on, and goes when it is left', async () => {
    const { page, field, exchange, say, asked, press, notice, wordsOf } = await visited({ onRejection: 'stop' })
    await exchange('One', 'First')
    await exchange('Two', 'Second')
    await say('Three')
    ;(await asked()).throw(failure('request-invalid'))
    await notice(rejected).waitFor()
    await page.reload()
    await notice(rejected).getByText('Your message. The model won’t see it again.').waitFor()

    await press('Say it differently')
    await expect.poll(() => field.inputValue()).toBe('Three')
    await page.keyboard.press('Escape')
    await press('Try again')
    const again = await asked()
    expect(wordsOf(again)).toContain('Three')
    again.throw(failure('request-invalid'))
    await notice(rejected).waitFor()

    await notice(rejected).getByRole('spinbutton', { name: 'Exchanges to go back' }).focus()
    await page.keyboard.press('ArrowUp')
    await press('Go back', notice(rejected))
    await page.getByText('the conversation went back').first().waitFor()
    await notice(rejected).waitFor({ state: 'detached' })
    await say('Four')
    const four = await asked()
    expect(wordsOf(four)).toBe('[{"role":"user","content":"Four"}]')
    four.throw(failure('request-invalid'))
    await press('Keep the rest as it is')
    await notice(rejected).waitFor({ state: 'detached' })
    await say('Five')
    expect(wordsOf(await asked())).toBe('[{"role":"user","content":"Five"}]')
  })

  it('says that something was left out to get a reply, also after a reload', async () => {
    const { page, exchange, say, asked } = await visited()
    await exchange('One', 'First')
    await say('Two')
    ;(await asked()).throw(failure('request-invalid', { pointer: 'messages.0.content' }))
    const repaired = await asked()
    repaired.answer('Second')
    await page.getByText('The model answered without it').waitFor()
    await page.reload()
    await page.getByText('The model answered without it').waitFor()
  })
})

describe('a reply that is cut', () => {
  it('says so, asks for the rest, and says it after a reload as well', async () => {
    const { page, say, asked, press, wordsOf, visitor } = await visited()
    await say('Tell me')
    const reply = await asked()
    reply.say('Once upon ')
    reply.stop('max_tokens')
    await page.getByText('The reply reached the limit of its length.').waitFor()
    await page.reload()
    await page.getByText('The reply reached the limit of its length.').waitFor()
    await visitor.picture('web-truncation')
    await press('Ask for the rest')
    const rest = await asked()
    expect(wordsOf(rest)).toContain('Please continue where you stopped.')
    rest.say('a time.')
    rest.stop('max_tokens')
    // Only the last one offers ways on.
    await expect.poll(() => page.getByRole('button', { name: 'Ask for the rest' }).count()).toBe(1)
    await press('Keep it as it is')
    await page.getByRole('group', { name: 'Ways on' }).waitFor({ state: 'detached' })
    expect(await page.getByText('The reply reached the limit of its length.').count()).toBe(2)
  })

  it('is no cut where the rest followed by itself', async () => {
    const { page, say, asked } = await visited({ onTruncated: 'continue' })
    await say('Tell me')
    const reply = await asked()
    reply.say('Once upon ')
    reply.stop('max_tokens')
    ;(await asked()).answer('a time.')
    await page.getByText('a time.').waitFor()
    await page.locator('.stop').waitFor({ state: 'detached' })
    expect(await page.getByText('the limit of its length').count()).toBe(0)
  })

  it('by a conversation that is too long offers to make room', async () => {
    const { page, exchange, say, asked, press, notice, wordsOf, visitor } = await visited({
      compaction: { by: 'summary' },
    })
    await exchange('One', 'First')
    await say('Two')
    const reply = await asked()
    reply.say('Half of ')
    reply.stop('model_context_window_exceeded')
    await notice('The conversation is too long').waitFor()
    await page.getByText('Half of').waitFor()
    await visitor.picture('web-overflow')
    await press('Summarise, to make room')
    const summary = await asked()
    expect(wordsOf(summary)).toContain('One')
    summary.answer('They said one and two.')
    await notice('The conversation is too long').waitFor({ state: 'detached' })
    await say('Three')
    const next = await asked()
    expect(wordsOf(next)).not.toContain('"One"')
    expect(wordsOf(next)).toContain('Three')
  })

  it('never begins where the request is too long: that is the same trouble, with the same ways', async () => {
    const { exchange, say, asked, press, notice, page } = await visited({ onRejection: 'stop' })
    await exchange('One', 'First')
    await say('Two')
    ;(await asked()).throw(failure('prompt-too-long'))
    const trouble = notice('The conversation is too long')
    await trouble.waitFor()
    expect(await trouble.getByRole('button').allInnerTexts()).toEqual([
      'Summarise, to make room',
      'Try again',
      'Say it differently',
      'Leave it',
      'Go back',
      'Ask',
      'Clear everything',
    ])
    await press('Clear everything')
    await page.getByText('the conversation was cleared').first().waitFor()
    await trouble.waitFor({ state: 'detached' })
  })
})

describe('a message without a reply', () => {
  it('says so: the model said nothing, or it was stopped before', async () => {
    const { page, say, asked, exchange } = await visited()
    await say('Anything?')
    ;(await asked()).give([], 'end_turn')
    await page.getByText('The model said nothing.').waitFor()
    await say('And now?')
    await asked()
    await page.locator('.stop').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Not part of the conversation: it got no reply.').waitFor()
    await exchange('Again', 'Yes')
    await page.reload()
    await page.getByText('Not part of the conversation: it got no reply.').waitFor()
    expect(await page.getByText('The model said nothing.').count()).toBe(1)
  })
})

describe('an outage', () => {
  const busy = 'The service is busy'
  it('counts down, can be cut short, and asks another model, by keyboard', async () => {
    const { page, say, asked, press, notice, visitor } = await visited()
    await say('One')
    ;(await asked()).throw(failure('overloaded', { retryAfter: 30_000 }))
    await notice(busy).waitFor()
    const left = async () => Number(/in (\d+) s/.exec(await page.getByRole('timer').innerText())?.[1])
    const before = await left()
    expect(before).toBeGreaterThan(20)
    expect(before).toBeLessThanOrEqual(30)
    await expect.poll(left).toBeLessThan(before)
    expect(await notice(busy).innerText()).toContain('(attempt 2). Nothing is lost.')
    expect(await page.locator('.strip').innerText()).toMatch(/waitingToRetry$/)
    // The server has it.
    expect(await page.getByRole('list', { name: 'Messages that are being sent' }).count()).toBe(0)
    await visitor.picture('web-outage')

    await press('Try now')
    ;(await asked()).throw(failure('overloaded', { retryAfter: 30_000 }))
    await notice(busy).waitFor()
    await page.reload()
    await notice(busy).getByText('in a moment').waitFor()
    await press('Ask')
    const other = await asked()
    expect(other.request.model).toBe('m2')
    other.answer('Here I am')
    await page.getByText('Here I am').waitFor()
    await notice(busy).waitFor({ state: 'detached' })
  })

  it('that lasts says so, and how long the service asks to wait; it can be tried again, or left', async () => {
    const { page, say, asked, press, notice } = await visited({ retry: { maxAttempts: 1 } })
    await say('One')
    ;(await asked()).throw(failure('overloaded', { retryAfter: 300_000 }))
    await notice(busy).getByText('It asks to wait 5 min.').waitFor()
    await press('Try again')
    ;(await asked()).throw(failure('overloaded'))
    await notice(busy).waitFor()
    await press('Leave it')
    await notice(busy).waitFor({ state: 'detached' })
    await say('Two')
    ;(await asked()).answer('Back')
    await page.getByText('Back', { exact: true }).waitFor()
  })

  it('is not waited for, if nobody wants to', async () => {
    const { page, say, asked, press, notice, field } = await visited()
    await say('One')
    ;(await asked()).throw(failure('overloaded', { retryAfter: 30_000 }))
    await notice(busy).waitFor()
    await press('Don’t try again')
    await notice(busy).waitFor({ state: 'detached' })
    await page.locator('.stop').waitFor({ state: 'detached' })
    await field.focus()
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => field.inputValue()).toBe('One')
  })
})

/** A text with citations, as the API sends them. */
const cited: readonly Block[] = [
  {
    type: 'text',
    text: 'Bees dance',
    citations: [
      {
        type: 'web_search_result_location',
        url: 'https://bees.example/dance',
        title: 'The dance',
        cited_text: 'They dance.',
      },
    ],
  },
  { type: 'text', text: ' and ' },
  {
    type: 'text',
    text: 'sing.',
    citations: [
      {
        type: 'page_location',
        document_index: 0,
        document_title: 'Songs.pdf',
        start_page_number: 1,
        cited_text: 'They sing.',
      },
      {
        type: 'web_search_result_location',
        url: 'https://bees.example/dance',
        title: 'The dance',
        cited_text: 'Again.',
      },
      { type: 'search_result_location', source: 'javascript:alert(1)', title: 'A trap', cited_text: 'Click.' },
      { type: 'char_location', document_index: 1, document_title: null, cited_text: 'No title.' },
    ],
  },
]

describe('what a reply shows beside its words', () => {
  it('are its sources, numbered, as links where that is safe', async () => {
    const { page, say, asked, visitor } = await visited()
    await say('Bees?')
    ;(await asked()).give(cited, 'end_turn')
    const sources = page.locator('.sources li')
    await expect.poll(() => sources.count()).toBe(4)
    expect(await page.locator('.prose').innerText()).toMatch(/Bees dance\s*1\s*and sing\.\s*1\s*2\s*3\s*4/)
    const links = page.locator('.sources a')
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
      'https://bees.example/dance',
    ])
    await page.locator('.prose [data-citation="2"]').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-source'))).toBe('2')
    expect(await sources.nth(1).isVisible()).toBe(true)
    expect(await sources.allInnerTexts()).toEqual([
      expect.stringMatching(/The dance bees\.example\s*“?They dance\./),
      expect.stringContaining('Songs.pdf'),
      expect.stringContaining('A trap'),
      expect.stringContaining('Document'),
    ])
    await visitor.picture('web-sources')
    expectNoTrouble(visitor)
  })

  it('is what the model thought, folded, with the time that it took, also after a reload', async () => {
    const { page, say, asked } = await visited()
    await say('Hard?')
    const reply = await asked()
    reply.push(
      { type: 'message.started', model: 'm1', usage: { inputTokens: 3, outputTokens: 1 } },
      { type: 'block.started', index: 0, block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'block.delta', index: 0, kind: 'thinking', text: 'Let me see.' },
    )
    await page.getByText('Thinking…').waitFor()
    expect(await page.getByText('Let me see.').isVisible()).toBe(false)
    reply.push(
      { type: 'block.fields', index: 0, fields: { signature: 'sig' } },
      { type: 'block.stopped', index: 0 },
      { type: 'block.started', index: 1, block: { type: 'text', text: '' } },
      { type: 'block.delta', index: 1, kind: 'text', text: 'Yes.' },
      { type: 'block.stopped', index: 1 },
      { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 5 } },
      { type: 'message.stopped' },
    )
    reply.end()
    const folded = page.getByText('Thought for under a second')
    await folded.waitFor()
    await page.reload()
    await folded.waitFor()
    await folded.focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByText('Let me see.').isVisible()).toBe(true)
  })

  it('is what it cost, for each turn and in all, where prices are known', async () => {
    const { page, exchange } = await visited({ prices: { m1: { input: 100_000, output: 200_000 } } })
    await exchange('One', 'First')
    await exchange('Two', 'Second')
    const spent = page.locator('.message .spent')
    await expect.poll(() => spent.allInnerTexts()).toEqual(['m1 · 8 tokens · $1.30', 'm1 · 8 tokens · $1.30'])
    expect(await spent.first().getAttribute('title')).toBe('3 in, 5 out, 0 from the cache')
    await expect.poll(() => page.locator('.top .spent').innerText()).toBe('16 tokens · $2.60')
    await page.reload()
    await expect.poll(() => spent.allInnerTexts()).toHaveLength(2)
    await expect.poll(() => spent.last().innerText()).toContain('$1.30')
    await expect.poll(() => page.locator('.top .spent').innerText()).toBe('16 tokens · $2.60')
  })
})

describe('the field for messages', () => {
  it('stops a reply by Esc, and twice is once', async () => {
    const { page, say, asked, press } = await visited()
    await say('Long?')
    const reply = await asked()
    reply.say('The beginning')
    await page.getByText('The beginning').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('The reply stopped here.').waitFor()
    expect(reply.signal.aborted).toBe(true)
    await press('Answer again')
    const other = await asked()
    other.say('Another beginning')
    await page.getByText('Another beginning').waitFor()
    await page.getByRole('button', { name: 'Stop' }).evaluate((button) => {
      if (!(button instanceof HTMLElement)) return
      button.click()
      button.click()
    })
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
    await expect.poll(() => page.getByText('The reply stopped here.').count()).toBe(1)
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('asks the model that was chosen before the first message', async () => {
    const { page, say, asked } = await visited()
    const picker = page.getByRole('combobox', { name: 'Model' })
    await picker.focus()
    expect(await picker.inputValue()).toBe('m1')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => picker.inputValue()).toBe('m2')
    await say('Hello')
    const reply = await asked()
    expect(reply.request.model).toBe('m2')
    reply.answer('Hi')
    await page.getByText('Hi', { exact: true }).waitFor()
    await expect.poll(() => picker.inputValue()).toBe('m2')
    await picker.selectOption('m1')
    await say('Again')
    expect((await asked()).request.model).toBe('m1')
  })

  it('takes files by drop and picker within the limits of the server, and says why it takes others not', async () => {
    const { page, asked, press, wordsOf, field } = await visited({ limits: { body: 40_000 } })
    const text = (name: string, bytes: number, mimeType = 'text/plain') => ({
      name,
      mimeType,
      buffer: Buffer.alloc(bytes, 'x'),
    })
    const files = page.getByRole('list', { name: 'Files of this message' })
    const chooser = page.waitForEvent('filechooser')
    await press('Add files')
    await (await chooser).setFiles([text('notes.txt', 9_000), text('film.mp4', 10, 'video/mp4')])
    await files.getByText('notes.txt').waitFor()
    const alert = page.getByRole('alert')
    expect(await alert.innerText()).toBe('“film.mp4” can’t be read by the model: pictures, PDFs and texts can.')

    const drop = (name: string, bytes: number) =>
      page.locator('form.composer').evaluate(
        (form, [called, size]) => {
          const dataTransfer = new DataTransfer()
          dataTransfer.items.add(new File(['y'.repeat(size)], called, { type: 'text/plain' }))
          form.dispatchEvent(new DragEvent('dragover', { dataTransfer, bubbles: true, cancelable: true }))
          form.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
        },
        [name, bytes] as const,
      )
    await drop('large.txt', 60_000)
    await expect.poll(() => alert.innerText()).toBe('“large.txt” is too large: 27 kB is the most.')
    await drop('more.txt', 25_000)
    await expect.poll(() => alert.innerText()).toBe('“more.txt” does not fit: a message has 40 kB at most.')
    await drop('empty.txt', 0)
    await expect.poll(() => alert.innerText()).toBe('“empty.txt” is empty.')
    await drop('list.txt', 12)
    await files.getByText('list.txt').waitFor()
    await press('Remove notes.txt')
    await files.getByText('notes.txt').waitFor({ state: 'detached' })
    await press('Dismiss')
    await field.focus()
    await page.keyboard.press('Enter')
    const words = wordsOf(await asked())
    expect(words).toContain('yyyyyyyyyyyy')
    expect(words).not.toContain('xxx')
  })

  it('lets go of what waits, all at once, and says for which failure it is held', async () => {
    const { page, say, asked, press, wordsOf } = await visited({ retry: { maxAttempts: 1 } })
    const queue = page.getByRole('region', { name: 'Messages that wait' })
    await say('One')
    const reply = await asked()
    reply.say('So ')
    for (const text of ['Two', 'Three']) await say(text)
    await queue.getByText('Three').waitFor()
    reply.throw(failure('overloaded'))
    await queue.getByText('Held, because the message before failed.').waitFor()
    await page.reload()
    await queue.getByText('Held, because the message before failed.').waitFor()
    await press('Send them now')
    const two = await asked()
    expect(wordsOf(two)).toContain('Two')
    two.answer('Second')
    const three = await asked()
    expect(wordsOf(three)).toContain('Three')
    three.answer('Third')
    await page.getByText('Third', { exact: true }).waitFor()
    await queue.waitFor({ state: 'detached' })
  })
})
