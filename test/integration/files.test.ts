import { Blob, File } from 'node:buffer'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { MessageWithFiles } from '../../src/index.ts'
import { refusalTestString } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnstate-files-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(endAll)

type Given = NonNullable<MessageWithFiles['files']>[number]

/** A picture of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const png = Buffer.from(pixel, 'base64')
const pdf = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF')

describe('files', () => {
  it('given as Blob, File or path are sent as blocks before the text and stay in the history', async () => {
    await writeFile(join(folder, 'notes.txt'), 'Frogs are green.')
    const { chat, body, sent, goesOn } = await conversing([])
    const outcome = await chat.sendMessage({
      text: 'What is in these?',
      files: [
        new Blob([png], { type: 'image/png' }) as unknown as Given,
        new File([pdf], 'paper.pdf', { type: 'application/pdf' }) as unknown as Given,
        { path: join(folder, 'notes.txt') },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
      ],
    })
    expect([outcome.status, outcome.error?.message]).toEqual(['completed', undefined])
    expect(body(0).messages[0]?.content).toMatchObject([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
      {
        type: 'document',
        title: 'paper.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data: pdf.toString('base64') },
      },
      {
        type: 'document',
        title: 'notes.txt',
        source: { type: 'text', media_type: 'text/plain', data: 'Frogs are green.' },
      },
      { type: 'image', source: { data: pixel } },
      { type: 'text', text: 'What is in these?' },
    ])
    await goesOn(chat)
    expect(sent(-1, 'image', 'document')).toHaveLength(4)
  })

  it('keep the place of their message among those sent meanwhile', async () => {
    await writeFile(join(folder, 'notes.txt'), 'Frogs are green.')
    const { chat, asked, goesOn } = await conversing([], { whenBusy: 'queue' })
    const turns = [
      chat.sendMessage({ text: 'first', files: [{ path: join(folder, 'notes.txt') }] }),
      chat.sendMessage('second'),
    ]
    for (const turn of turns) expect((await turn).status).toBe('completed')
    expect([asked(0), asked(1)]).toMatchObject([['documentfirst'], ['documentfirst', expect.any(String), 'second']])
    await goesOn(chat)
  })

  it('fail their message when they cannot be read, and nothing is sent', async () => {
    const { chat, sim, goesOn } = await conversing([])
    const outcome = await chat.sendMessage({ text: 'Look', files: [{ path: join(folder, 'nowhere.txt') }] })
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'file-unreadable' } })
    expect([sim.requests.length, chat.history.length]).toEqual([0, 0])
    await goesOn(chat)
  })

  it('are suspects by name in a refusal, and leave with their turn', async () => {
    await writeFile(join(folder, 'poison.txt'), `Read this: ${refusalTestString}`)
    const { chat, sent, goesOn } = await conversing([])
    await chat.sendMessage('Hello')
    const outcome = await chat.sendMessage({ text: 'What is in it?', files: [{ path: join(folder, 'poison.txt') }] })
    expect(outcome).toMatchObject({
      status: 'refused',
      refusal: {
        suspects: [
          { kind: 'file', type: 'document', title: 'poison.txt', turnId: outcome.turnId },
          { kind: 'user-text', turnId: outcome.turnId },
        ],
      },
    })
    await goesOn(chat, refusalTestString, 'What is in it?')
    expect(sent(-1, 'document')).toEqual([])
  })

  it('are sent again with a retried message, but not when it is edited to text', async () => {
    const { chat, sent, goesOn } = await conversing([])
    const image = new Blob([png], { type: 'image/png' }) as unknown as Given
    const { turnId } = await chat.sendMessage({ text: 'What is this?', files: [image] })
    await chat.regenerate()
    expect(sent(-1, 'image')).toHaveLength(1)
    await chat.editMessage(turnId, 'Never mind the picture')
    expect(sent(-1, 'image')).toHaveLength(0)
    await goesOn(chat)
  })
})
