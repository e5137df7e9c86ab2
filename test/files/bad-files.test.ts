import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { checkFile, type FileInput } from '../../src/files/index.ts'
import { folder, jpeg, LargeBlob, pdf, png, pngOf, read, stored } from './fixtures.ts'

const check = (file: unknown) => () => checkFile(file as FileInput)
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'TurnstateError', code, message: expect.stringMatching(message) as string })

describe('a file that is too large', () => {
  it.each([
    ['a PDF of 200 MB', 200_000_000, 'a.pdf', 'application/pdf', /"a\.pdf" has 200\.0 MB\. .*24 MB.*32 MB/],
    ['a text of one byte more than 24 MB', 24_000_001, 'a.txt', 'text/plain', /24\.1 MB/],
    ['a file of unknown type', 200_000_000, 'a', '', /200\.0 MB/],
    ['an image of one byte more than 10 MB', 10 * 1024 * 1024 + 1, 'a.png', 'image/png', /10\.1 MB\. .*image.*10 MB/],
  ] as const)('is rejected at once without being read: %s', (_, size, name, type, message) => {
    const file = new LargeBlob(size, name, type)
    expect(check(file)).toThrow(failure('file-too-large', message))
    expect(file.reads).toBe(0)
  })

  it('is not one of exactly the largest size', () => {
    expect(check(new LargeBlob(24_000_000, 'a.pdf', 'application/pdf'))).not.toThrow()
    expect(check(new LargeBlob(10 * 1024 * 1024, 'a.png', 'image/png'))).not.toThrow()
  })

  it.each([
    ['a.pdf', 200_000_000],
    ['a.png', 11_000_000],
  ])('is rejected without being read from disk: %s of %i bytes', async (name, size) => {
    const path = await stored(name, '')
    await truncate(path, size)
    const readFile = vi.fn()
    vi.doMock('node:fs/promises', async (actual) => ({ ...(await actual<object>()), readFile }))
    onTestFinished(() => vi.doUnmock('node:fs/promises'))
    await expect(read({ path })).rejects.toThrow(failure('file-too-large', new RegExp(name)))
    expect(readFile).not.toHaveBeenCalled()
  })

  it('is rejected by its bytes when it is an image given as a PDF', async () => {
    const file = new File([pngOf(11_000_000)], 'a.pdf')
    await expect(read(file)).rejects.toThrow(failure('file-too-large', /an image/))
  })
})

describe('a file of an unsupported type', () => {
  it.each([
    ['by its type', new Blob(['x'], { type: 'video/mp4' }), /"video\/mp4"/],
    ['by its type, whatever its name', new File(['x'], 'a.png', { type: 'image/heic' }), /"a\.png".*"image\/heic"/],
    ['by its extension', new File(['x'], 'a.docx'), /"a\.docx" has the extension "\.docx"/],
    ['by the extension of its path', { path: '/no/such/a.zip' }, /"\/no\/such\/a\.zip" has the extension "\.zip"/],
    ['by the extension of its URL', new URL('file:///no/such/a.mov'), /"\.mov"/],
    ['by the type given with a path', { path: 'a.txt', type: 'image/tiff' }, /"image\/tiff"/],
    ['by a generic type', new Blob(['x'], { type: 'application/octet-stream' }), /octet-stream/],
    ['without a type and a name', new Blob(['x']), /neither a type nor a name/],
    ['as an SVG', new File(['<svg/>'], 'a.svg', { type: 'image/svg+xml' }), /svg\+xml/],
    ['by an extension that is an object property', new File(['x'], 'a.constructor'), /"\.constructor"/],
  ])('is rejected at once %s, with a list of the supported types', (_, file, message) => {
    expect(check(file)).toThrow(failure('file-type-unsupported', message))
    expect(check(file)).toThrow(/image\/jpeg, image\/png, image\/gif, image\/webp, application\/pdf, text\/\*/)
  })

  it.each([
    ['a.png', 'image/png'],
    ['a.pdf', 'application/pdf'],
  ])('is rejected when its bytes do not match its type: %s', async (name, type) => {
    const file = new File(['PK\x03\x04'], name)
    await expect(read(file)).rejects.toThrow(failure('file-type-unsupported', new RegExp(`"${name}".*${type}`)))
  })

  it('is rejected when it is a path without an extension', async () => {
    const path = await stored('data', 'x')
    await expect(read({ path })).rejects.toThrow(failure('file-type-unsupported', /neither a type/))
    expect(await read({ path, type: 'text/plain' })).toMatchObject({ title: 'data' })
  })
})

describe('a file that cannot be read', () => {
  it('may be a missing path', async () => {
    const path = join(await folder(), 'none.txt')
    await expect(read({ path })).rejects.toThrow(failure('file-unreadable', /none\.txt".*there is no such file/))
    await expect(read(pathToFileURL(path))).rejects.toThrow(failure('file-unreadable', /none\.txt".*no such file/))
  })

  it('may be a directory', async () => {
    const path = await folder()
    await expect(read({ path })).rejects.toThrow(failure('file-unreadable', /it is a directory/))
    await expect(read({ path, type: 'text/plain' })).rejects.toThrow(failure('file-unreadable', /it is a directory/))
  })

  it('may be something other than a regular file, which might never end', async () => {
    const path = await stored('pipe.txt', 'x')
    const stats = { isFile: () => false, isDirectory: () => false, size: 0 }
    vi.doMock('node:fs/promises', async (actual) => ({
      ...(await actual<object>()),
      stat: () => Promise.resolve(stats),
    }))
    onTestFinished(() => vi.doUnmock('node:fs/promises'))
    await expect(read({ path })).rejects.toThrow(failure('file-unreadable', /not a regular file/))
  })

  it('may lack read permission', async () => {
    const path = await stored('secret.txt', 'x')
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    vi.doMock('node:fs/promises', async (actual) => ({
      ...(await actual<object>()),
      readFile: () => Promise.reject(denied),
    }))
    onTestFinished(() => vi.doUnmock('node:fs/promises'))
    const thrown = await read({ path }).catch((error: unknown) => error)
    expect(thrown).toEqual(failure('file-unreadable', /secret\.txt".*no permission/))
    expect((thrown as Error).cause).toBe(denied)
  })

  it.each([
    ['has no file system module', () => Promise.reject(new Error('Failed to resolve module specifier'))],
    ['has an empty file system module', () => ({ default: {} })],
  ])('is any path when the platform %s', async (_, fileSystem) => {
    const path = await stored('a.txt', 'x')
    vi.doMock('node:fs/promises', fileSystem as () => Promise<object>)
    onTestFinished(() => vi.doUnmock('node:fs/promises'))
    await expect(read({ path })).rejects.toThrow(failure('file-unreadable', /no file system here.*Blob or File/))
  })

  it('may be a Blob that fails', async () => {
    const file = new File(['x'], 'gone.txt')
    file.arrayBuffer = () => Promise.reject(new DOMException('A requested file was not found', 'NotFoundError'))
    await expect(read(file)).rejects.toThrow(failure('file-unreadable', /"gone\.txt".*the file is gone/))
    file.arrayBuffer = () => Promise.reject(new Error('disk on fire'))
    await expect(read(file)).rejects.toThrow(failure('file-unreadable', /disk on fire/))
  })

  it.each([
    ['not UTF-8', jpeg],
    ['UTF-16', Buffer.from('Hello', 'utf16le')],
    ['with binary content', png],
  ])('may be a text %s', async (_, bytes) => {
    const file = new File([bytes], 'notes.txt')
    await expect(read(file)).rejects.toThrow(failure('file-unreadable', /"notes\.txt".*binary content.*UTF-8/))
  })

  it('may be an empty path, a path with a NUL, a URL of another host, or not a file', async () => {
    expect(check({ path: '' })).toThrow(failure('file-unreadable', /path is empty/))
    expect(check(new URL('https://example.com/a.png'))).toThrow(failure('file-unreadable', /file:/))
    expect(check('a.png')).toThrow(failure('file-unreadable', /Blob/))
    await expect(read({ path: 'a\0.txt' })).rejects.toThrow(failure('file-unreadable', /null bytes/))
    if (process.platform !== 'win32')
      await expect(read(new URL('file://host/a.txt'))).rejects.toThrow(failure('file-unreadable', /a\.txt/))
  })
})

describe('an empty file', () => {
  it('is rejected at once as a Blob, whatever its type', () => {
    expect(check(new Blob([]))).toThrow(failure('file-empty', /The file is empty/))
    expect(check(new File([], 'a.txt'))).toThrow(failure('file-empty', /"a\.txt" is empty/))
  })

  it('is rejected as a path', async () => {
    await expect(read({ path: await stored('a.txt', '') })).rejects.toThrow(failure('file-empty', /a\.txt" is empty/))
  })

  it('includes a text of white space', async () => {
    await expect(read(new File(['\uFEFF \n'], 'a.txt'))).rejects.toThrow(failure('file-empty', /white space/))
  })
})

describe('an aborted signal', () => {
  it('prevents any reading when it aborts before', async () => {
    const file = new File([pdf], 'a.pdf')
    const arrayBuffer = vi.spyOn(file, 'arrayBuffer')
    const reason = new Error('changed my mind')
    const thrown = await read(file, AbortSignal.abort(reason)).catch((error: unknown) => error)
    expect(thrown).toEqual(failure('aborted', /"a\.pdf"/))
    expect((thrown as Error).cause).toBe(reason)
    expect(arrayBuffer).not.toHaveBeenCalled()
  })

  it('ends the wait for a Blob, whatever the Blob does later', async () => {
    const controller = new AbortController()
    const file = new File([pdf], 'a.pdf')
    let fail: (error: Error) => void = () => {}
    file.arrayBuffer = () => new Promise((_, reject) => (fail = reject))
    const reading = read(file, controller.signal)
    controller.abort()
    await expect(reading).rejects.toThrow(failure('aborted', /a\.pdf/))
    fail(new Error('too late'))
  })

  it('ends the reading of a path', async () => {
    const controller = new AbortController()
    const reading = read({ path: await stored('a.pdf', pdf) }, controller.signal)
    controller.abort()
    await expect(reading).rejects.toThrow(failure('aborted', /a\.pdf/))
  })

  it('has no listener left once the file was read', async () => {
    const controller = new AbortController()
    const removed = vi.spyOn(controller.signal, 'removeEventListener')
    const added = vi.spyOn(controller.signal, 'addEventListener')
    expect(await read(new File(['Hi'], 'a.txt'), controller.signal)).toMatchObject({ type: 'document' })
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(added.mock.calls.map(([, listener]) => listener))
  })
})
