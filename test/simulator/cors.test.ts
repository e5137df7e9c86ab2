import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { errorOf, request, send, simulate } from './http.ts'

const origin = 'https://app.invalid'
const permission = { 'anthropic-dangerous-direct-browser-access': 'true' }

const preflight = (url: string, headers: string): Promise<Response> =>
  fetch(`${url}/v1/messages`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
  })

describe('a simulator for web pages', () => {
  it('allows all headers of the SDK in a preflight request', async () => {
    const simulator = await simulate({ cors: true })
    const client = new Anthropic({ apiKey: 'any', baseURL: simulator.url, dangerouslyAllowBrowser: true })
    const messages = [{ role: 'user' as const, content: 'Hello' }]
    await client.messages.create({ model: 'claude-opus-5-5', max_tokens: 10, messages })
    const sent = Object.keys(simulator.requests[0]?.headers ?? {})
    expect(sent).toContain('anthropic-dangerous-direct-browser-access')

    const answer = await preflight(simulator.url, sent.join(','))
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST')
    expect(answer.headers.get('access-control-allow-headers')?.split(',')).toEqual(sent)
    expect(simulator.requests).toHaveLength(1)
  })

  it('lets a page with the permission header read answers and errors, including their headers', async () => {
    const simulator = await simulate({ cors: true })
    for (const body of [request(), request({ stream: true }), {}]) {
      const { headers } = await send(simulator, body, { origin, ...permission })
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toBe('*')
    }
  })

  it('answers 401 to a page without the permission header, and still serves other clients', async () => {
    const simulator = await simulate({ cors: true })
    const denied = await send(simulator, request(), { origin })
    expect(denied.headers.get('access-control-allow-origin')).toBeNull()
    expect(await errorOf(denied)).toMatchObject({
      status: 401,
      error: {
        type: 'authentication_error',
        message: "CORS requests must set 'anthropic-dangerous-direct-browser-access' header",
      },
    })
    expect((await send(simulator, request())).status).toBe(200)
  })

  it('sends no CORS headers by default', async () => {
    const simulator = await simulate()
    expect((await preflight(simulator.url, 'x-api-key')).status).toBe(405)
    const { headers } = await send(simulator, request(), { origin, ...permission })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})
