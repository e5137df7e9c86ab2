import { pathToFileURL } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { checkFile, isFileInput } from '../../src/files/index.ts'
import { base64, gif, jpeg, pdf, png, pngOf, read, stored, textDocument, webp } from './fixtures.ts'

const image = (type: string, bytes: Uint8Array) => ({
  type: 'image',
  source: { type: 'base64', media_type: type, data: base64(bytes) },
})

describe('an image', () => {
  it.each([
    ['image/jpeg', 'photo.jpg', jpeg],
    ['image/png', 'plot.png', png],
    ['image/gif', 'loop.gif', gif],
    ['image/webp', 'photo.webp', webp],
  ] as const)('of %s becomes an image block, as a Blob, a File, a path and a URL', async (type, name, bytes) => {
    const path = await stored(name, bytes)
    const files = [new Blob([bytes], { type }), new File([bytes], name), { path }, pathToFileURL(path)]
    const blocks = await Promise.all(files.map((file) => read(file)))
    expect(blocks).toEqual(files.map(() => image(type, bytes)))
  })

  it('is sent with the type of its bytes, whatever type is given', async () => {
    expect(await read(new File([webp], 'photo.jpg', { type: 'image/jpeg' }))).toEqual(image('image/webp', webp))
    expect(await read({ path: await stored('scan.pdf', png) })).toEqual(image('image/png', png))
  })

  it('may be given with an alias of its type', async () => {
    expect(await read(new Blob([jpeg], { type: 'image/jpg' }))).toEqual(image('image/jpeg', jpeg))
    expect(await read(new File([jpeg], 'PHOTO.JPEG'))).toEqual(image('image/jpeg', jpeg))
  })
})

describe('a PDF', () => {
  const document = {
    type: 'document',
    source: { type: 'base64', media_type: 'application/pdf', data: base64(pdf) },
  }

  it('becomes a document block with the name of its file', async () => {
    const path = await stored('My report.pdf', pdf)
    const titled = { ...document, title: 'My report.pdf' }
    expect(await read(new File([pdf], 'My report.pdf', { type: 'application/pdf' }))).toEqual(titled)
    expect(await read({ path })).toEqual(titled)
    expect(await read(pathToFileURL(path))).toEqual(titled)
  })

  it('has no title as a Blob, unless one is given', async () => {
    expect(await read(new Blob([pdf], { type: 'application/pdf' }))).toEqual(document)
    expect(await read({ path: await stored('a.pdf', pdf), title: 'Report' })).toEqual({ ...document, title: 'Report' })
    expect(await read({ path: await stored('a.pdf', pdf), title: '' })).toEqual(document)
  })

  it('is a document even when it is given as an image', async () => {
    expect(await read(new File([pdf], 'scan.png'))).toEqual({ ...document, title: 'scan.png' })
  })

  it('may have other bytes before its header', async () => {
    const bytes = Buffer.concat([Buffer.from('\r\n\r\n'), pdf])
    expect(await read(new Blob([bytes], { type: 'application/pdf' }))).toMatchObject({ type: 'document' })
  })
})

describe('a text', () => {
  it.each([
    ['notes.txt', 'text/plain'],
    ['notes.md', ''],
    ['table.csv', 'application/vnd.ms-excel'],
    ['data.json', 'application/json'],
    ['page.html', 'text/html; charset=utf-8'],
    ['main.ts', 'video/mp2t'],
    ['main.py', 'application/octet-stream'],
    ['feed', 'application/atom+xml'],
    ['Makefile', ''],
    ['.gitignore', ''],
  ])('%s of the type "%s" becomes a text document', async (name, type) => {
    expect(await read(new File(['Grüße, 世界'], name, { type }))).toEqual(textDocument('Grüße, 世界', name))
  })

  it('is read from a path by its extension or the given type', async () => {
    expect(await read({ path: await stored('notes.md', '# Hi') })).toEqual(textDocument('# Hi', 'notes.md'))
    expect(await read({ path: await stored('notes.xyz', '# Hi'), type: 'text/markdown' })).toEqual(
      textDocument('# Hi', 'notes.xyz'),
    )
  })

  it('loses its byte order mark', async () => {
    expect(await read(new Blob(['\uFEFFHi'], { type: 'text/plain' }))).toEqual(textDocument('Hi'))
  })

  it('has the decoded name of its URL', async () => {
    const path = await stored('ä b%.txt', 'Hi')
    expect(await read(pathToFileURL(path))).toEqual(textDocument('Hi', 'ä b%.txt'))
  })
})

describe('base64', () => {
  const bytes = pngOf(100_001).map((byte, index) => (index < 8 ? byte : (index * 31) % 256))

  it.each([100_001, 100_000, 99_999, 24_576, 9])('of %i bytes is the same without Buffer', async (length) => {
    const part = bytes.slice(0, length)
    const expected = base64(part)
    vi.stubGlobal('Buffer', undefined)
    const block = await read(new Blob([part], { type: 'image/png' })).finally(() => vi.unstubAllGlobals())
    expect(block).toMatchObject({ source: { data: expected } })
  })

  it('of the largest image does not exhaust the call stack without Buffer', async () => {
    const file = new Blob([pngOf(10 * 1024 * 1024)], { type: 'image/png' })
    vi.stubGlobal('Buffer', undefined)
    const { source } = await read(file).finally(() => vi.unstubAllGlobals())
    expect((source as { data: string }).data).toHaveLength(13_981_016)
  })
})

describe('the check whether a value is a file', () => {
  it('accepts a Blob, a File, a path and a file: URL', () => {
    const files = [new Blob([]), new File([], 'a'), { path: 'a' }, { path: 'a', title: 't', type: 'text/plain' }]
    expect([...files, new URL('file:///a')].map(isFileInput)).toEqual([true, true, true, true, true])
  })

  it('accepts a Blob of another realm', () => {
    expect(isFileInput({ size: 1, type: '', arrayBuffer: () => Promise.resolve(new ArrayBuffer(1)) })).toBe(true)
  })

  it('rejects content blocks, strings, other URLs and bytes', () => {
    const others = [
      { type: 'image', source: { type: 'file', file_id: 'f' } },
      { type: 'text', text: 'x' },
      'a.txt',
      new URL('https://example.com/a.png'),
      new Uint8Array(1),
      { path: 1 },
      { path: 'a', type: 1 },
      null,
      undefined,
    ]
    expect(others.filter(isFileInput)).toEqual([])
  })

  it('needs no reading', () => {
    const blob = new File([png], 'a.png')
    expect(checkFile(blob)).toEqual({ source: blob, what: 'The file "a.png"', type: 'image/png', title: 'a.png' })
  })
})
