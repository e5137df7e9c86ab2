import { afterEach, expect, it, vi } from 'vitest'
import { leanFetch, type LeanFetchOptions } from '../../src/node/index.ts'
import { certificate } from './certificate.ts'
import { type Running, serve, serveProxy, serveSecurely } from './servers.ts'

afterEach(() => vi.unstubAllEnvs())

const listening = async (isSecure: boolean): Promise<Running> =>
  (isSecure ? serveSecurely : serve)((request, response) => {
    request.resume().on('end', () => response.end(`${request.method} ${request.headers.host}${request.url}`))
  })

async function said(url: string, options: LeanFetchOptions = {}): Promise<string> {
  const fetch = leanFetch({ tls: { ca: certificate }, ...options })
  try {
    return await (await fetch(url, { method: 'POST', body: 'body' })).text()
  } finally {
    await fetch.close()
  }
}

/** The proxies of the environment: those of whoever runs the tests do not count. */
function environment(variables: Readonly<Record<string, string>>): void {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'])
    vi.stubEnv(name, variables[name])
}

it('goes through a tunnel to a server behind TLS', async () => {
  const proxy = await serveProxy(await listening(true))
  environment({ HTTPS_PROXY: `http://user:pass%20word@127.0.0.1:${proxy.port}` })
  expect(await said('https://api.test/v1')).toBe('POST api.test/v1')
  expect(proxy.asked).toEqual(['CONNECT api.test:443'])
  expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('user:pass word').toString('base64')}`])
})

it('asks a proxy for what is not encrypted', async () => {
  const proxy = await serveProxy(await listening(false))
  environment({ http_proxy: proxy.url.replace('http://', '') })
  expect(await said('http://api.test/v1')).toBe('POST api.test/v1')
  expect(proxy.asked).toEqual(['POST http://api.test/v1'])
})

it('asks directly what NO_PROXY names, this machine, and everything with `proxy: false`', async () => {
  const server = await listening(false)
  const proxy = await serveProxy(server)
  environment({ HTTP_PROXY: proxy.url, NO_PROXY: '.invalid, other.test' })
  expect(await said(`${server.url}/here`)).toMatch('/here')
  await expect(said('http://host.invalid/')).rejects.toThrow('fetch failed')
  expect(proxy.asked).toEqual([])
  environment({ HTTP_PROXY: proxy.url, NO_PROXY: '*' })
  await expect(said('http://api.invalid/')).rejects.toThrow('fetch failed')
  environment({ HTTP_PROXY: proxy.url })
  await expect(said('http://api.invalid/', { proxy: false })).rejects.toThrow('fetch failed')
  expect(proxy.asked).toEqual([])
  expect(await said('http://api.invalid/', { proxy: proxy.url })).toMatch('api.invalid')
})

it('says why when a proxy refuses the tunnel', async () => {
  const proxy = await serveProxy(await listening(true), { refuses: '407 Proxy Authentication Required' })
  const failure = said('https://api.test/v1', { proxy: proxy.url })
  await expect(failure).rejects.toThrow('fetch failed')
  const error: unknown = await failure.catch((reason: unknown) => reason)
  expect(JSON.stringify(causes(error))).toContain('407')
})

const causes = (error: unknown): readonly string[] =>
  error instanceof Error ? [error.message, ...causes(error.cause)] : []

it('does not quote an address that is not the address of a proxy', () => {
  environment({ HTTPS_PROXY: 'socks5://user:secret@host' })
  expect(() => leanFetch()).toThrow(/^HTTPS_PROXY must be the address of an HTTP proxy, such as http:\/\/host:8080\.$/)
})
