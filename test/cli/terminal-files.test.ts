import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complete } from '../../src/cli/completion.ts'
import { pathFrom } from '../../src/cli/typed-paths.ts'
import { answered, chatting } from './chatting.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'turnstate-files-'))
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'notes.md'), 'Some notes.')
  writeFileSync(join(folder, 'my notes.txt'), 'More notes.')
  writeFileSync(join(folder, '.hidden.txt'), 'hidden')
  writeFileSync(join(folder, 'empty.txt'), '')
  writeFileSync(join(folder, 'program.exe'), 'MZ')
  writeFileSync(join(folder, 'wrong.png'), 'not a picture')
  writeFileSync(join(folder, 'large.txt'), 'x'.repeat(24_000_001))
  writeFileSync(join(folder, 'dot.gif'), Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64'))
  writeFileSync(join(folder, 'page.pdf'), '%PDF-1.4\n')
  if (process.platform !== 'win32') writeFileSync(join(folder, 'odd\u001Bname.txt'), 'odd')
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Sent {
  readonly messages: readonly { readonly content: string | readonly Record<string, unknown>[] }[]
}

/** The content of the last message of a request. */
const sent = (body: unknown): unknown => (body as Sent).messages.at(-1)?.content

describe('/file', () => {
  it('sends files with the next message, and only with that', async () => {
    const { terminal, simulator } = await chatting()
    terminal.enter(`/file ${join(folder, 'notes.md')}`)
    await terminal.endsWith(
      `Attached to the next message: ${join(folder, 'notes.md')} (text, 11 bytes). /file none removes it.\n\nyou (1 file)>`,
    )
    terminal.enter(`/file "${join(folder, 'my notes.txt')}"`)
    await terminal.endsWith('/file none removes them.\n\nyou (2 files)>')
    terminal.enter(`/file ${join(folder, 'dot.gif')}`)
    await terminal.endsWith('you (3 files)>')
    terminal.enter(`/file ${join(folder, 'page.pdf')}`)
    await terminal.endsWith('you (4 files)>')
    expect(terminal.text.replaceAll(/\n(?! )/g, ' ')).toMatch(
      /dot\.gif \(picture, \d+ bytes\) and \S+page\.pdf \(PDF, 9 bytes\)/,
    )
    terminal.enter('What is this?')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    terminal.enter('And now?')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    const [first, second] = simulator.requests.map(({ body }) => sent(body))
    expect(first).toEqual([
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Some notes.' }, title: 'notes.md' },
      expect.objectContaining({ type: 'document', title: 'my notes.txt' }),
      { type: 'image', source: expect.objectContaining({ media_type: 'image/gif' }) as unknown },
      expect.objectContaining({ type: 'document', title: 'page.pdf' }),
      { type: 'text', text: 'What is this?' },
    ])
    expect(second).toBe('And now?')
  })

  it.each([
    ['no-such-file.txt', 'File not found: '],
    ['notes.md/deeper', 'File not found: '],
    ['sub', 'sub is a folder: give one of its files.'],
    ['empty.txt', 'is empty. (file-empty)'],
    ['program.exe', 'has the extension ".exe", which can\'t be sent. Accepted types: image/jpeg'],
    ['wrong.png', 'is given as image/png, but its bytes are neither'],
    ['large.txt', 'has 24.1 MB. The limit is 24 MB'],
  ])('says why %s can not be attached, and keeps what was attached before', async (name, why) => {
    const { terminal, simulator } = await chatting()
    terminal.enter(`/file ${join(folder, 'notes.md')}`)
    await terminal.endsWith('you (1 file)>')
    await terminal.enterAndSee(`/file ${join(folder, name)}`, 'Attached to')
    await terminal.endsWith('you (1 file)>')
    expect(terminal.text.replaceAll('\n', ' ')).toContain(why)
    terminal.enter('Hello')
    await terminal.endsWith('state: streaming → completed\n\nyou>')
    expect(sent(simulator.requests[0]?.body)).toHaveLength(2)
  })

  it('lists and removes what is attached', async () => {
    const { terminal } = await chatting()
    terminal.enter('/file')
    await terminal.endsWith('Nothing is attached. Attach a picture, PDF or text with /file PATH.\n\nyou>')
    terminal.enter(`/file ${join(folder, 'notes.md')}`)
    await terminal.endsWith('you (1 file)>')
    terminal.enter('/file none')
    await terminal.endsWith('No files are attached now.\n\nyou>')
    terminal.enter('Hello')
    await terminal.endsWith(answered('Hello', '1 message'))
  })
})

describe('completion of file names', () => {
  it('lists files and folders, hidden ones only when they are asked for', () => {
    expect(complete('/file no', folder)).toEqual([['notes.md'], 'no'])
    expect(complete('/file s', folder)).toEqual([['sub/'], 's'])
    expect(complete('/file .', folder)).toEqual([['.hidden.txt'], '.'])
    expect(complete('/file my n', folder)).toEqual([['my notes.txt'], 'my n'])
    expect(complete(`/file ${folder}/dot`, '/')).toEqual([[`${folder}/dot.gif`], `${folder}/dot`])
    expect(complete('/file no-such-folder/x', folder)).toEqual([[], 'no-such-folder/x'])
    const [all] = complete('/file ', folder)
    expect(all).toContain('sub/')
    expect(all.filter((name) => name.startsWith('odd'))).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('a typed path', () => {
  it.each([
    ['a.txt', '/here/a.txt'],
    ['my\\ notes.txt', '/here/my notes.txt'],
    ["'my notes.txt'", '/here/my notes.txt'],
    ['"/a b/c"', '/a b/c'],
    ['../c', '/c'],
    ["it's", "/here/it's"],
    ['~no', '/here/~no'],
  ])('%s is %s', (typed, path) => {
    expect(pathFrom('/here', typed)).toBe(path)
  })

  it('may begin in the own folder of the user', () => {
    expect(pathFrom('/here', '~/x')).toMatch(/^\/.+\/x$/)
    expect(pathFrom('/here', '~/x')).not.toContain('~')
  })
})
