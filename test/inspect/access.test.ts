import { describe, expect, it } from 'vitest'
import { checkAccess, makeToken } from '../../src/inspect/web/access.ts'

const token = 'right-token'
const control = 'control-token'
const place = { port: 4983, tokens: { look: token, control } }

const ask = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  checkAccess({ url, headers: { host: '127.0.0.1:4983', ...headers } }, place)

const passes = (...given: Parameters<typeof ask>) => !('refused' in ask(...given))

describe('access to an inspector', () => {
  it.each(['127.0.0.1:4983', 'localhost:4983', '[::1]:4983'])('is granted at %s', (host) => {
    expect(passes(`/${token}/`, { host })).toBe(true)
  })

  it.each(['evil.example:4983', '127.0.0.1:4984', '127.0.0.1', 'localhost', '127.0.0.1.evil.example:4983', ''])(
    'is denied for the host %j, which stops DNS rebinding',
    (host) => {
      expect(ask(`/${token}/`, { host })).toEqual({ refused: expect.stringContaining('this machine') })
    },
  )

  it('is granted at port 80, which clients omit', () => {
    const at80 = { port: 80, tokens: place.tokens }
    const headers = { host: '127.0.0.1', origin: 'http://127.0.0.1' }
    expect(checkAccess({ url: `/${token}/`, headers }, at80)).not.toHaveProperty('refused')
    expect(checkAccess({ url: `/${token}/`, headers: { host: 'evil.example' } }, at80)).toHaveProperty('refused')
  })

  it('is denied without a host', () => {
    expect(checkAccess({ url: `/${token}/`, headers: {} }, place)).toHaveProperty('refused')
  })

  it.each(['http://127.0.0.1:4983', 'http://localhost:4983'])('is granted to its own pages, from %s', (origin) => {
    expect(passes(`/${token}/`, { origin })).toBe(true)
  })

  it.each([
    'http://evil.example',
    'http://evil.example:4983',
    'https://127.0.0.1:4983',
    'http://127.0.0.1:80',
    'http://127.0.0.1:4983.evil.example',
    'null',
    'file://',
    '',
  ])('is denied to pages from %j', (origin) => {
    expect(ask(`/${token}/`, { origin })).toEqual({ refused: expect.stringContaining('other sites') })
  })

  it.each(['/', '/wrong-token/', '/right-toke/', '/right-tokenn/', '/RIGHT-TOKEN/', `//${token}/`, '*', ''])(
    'is denied at %j, which lacks the token',
    (url) => {
      expect(ask(url)).toEqual({ refused: expect.stringContaining('token') })
    },
  )

  it('has two levels: one token grants viewing, and an optional second one grants control', () => {
    expect(ask(`/${token}/page`)).toMatchObject({ token, mayControl: false })
    expect(ask(`/${control}/page`)).toMatchObject({ token: control, mayControl: true })
    const lookOnly = { port: 4983, tokens: { look: token, control: null } }
    const headers = { host: '127.0.0.1:4983' }
    for (const url of [`/${control}/page`, '/null/page', '//page'])
      expect(checkAccess({ url, headers }, lookOnly)).toHaveProperty('refused')
  })

  it.each([
    [`/${token}`, null],
    [`/${token}/`, ''],
    [`/${token}/index.js`, 'index.js'],
    [`/${token}/export.jsonl?key=a`, 'export.jsonl'],
    [`/${token}/a/../b`, 'b'],
    [`/${token}/..%2f..%2fpackage.json`, '..%2f..%2fpackage.json'],
  ])('resolves %s to %j', (url, path) => {
    expect(ask(url)).toMatchObject({ path })
  })

  it.each([`/${token}/../package.json`, `/${token}/../../package.json`, `/${token}/%2e%2e/package.json`])(
    'never resolves outside of the served files: %s',
    (url) => {
      expect(passes(url)).toBe(false)
    },
  )

  it('includes the query of the URL', () => {
    const access = ask(`/${token}/export.jsonl?key=12-app-1&x=%C3%B1`)
    expect('query' in access && [access.query.get('key'), access.query.get('x')]).toEqual(['12-app-1', 'ñ'])
  })
})

describe('a token', () => {
  it('is different each time and too long to guess', () => {
    const tokens = Array.from({ length: 100 }, makeToken)
    expect(new Set(tokens).size).toBe(100)
    for (const one of tokens) expect(one).toMatch(/^[\w-]{32}$/)
  })
})
