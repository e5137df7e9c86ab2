import { describe, expect, it } from 'vitest'
import { refusalTestString } from '../../src/testing/index.ts'
import { ask, request } from '../simulator/http.ts'
import { type Running, simulate, start, turnstate } from './command.ts'

const address = async (command: Running): Promise<string> =>
  (await command.says(/^turnstate simulator on (http:\/\/127\.0\.0\.1:\d+) .*\n/))[1] ?? ''

const body = (text: string, model = 'claude-opus-4-6') =>
  JSON.stringify({ ...request({ messages: [{ role: 'user', content: text }] }), model })

const post = async (url: string, text: string, model?: string): Promise<string> => {
  const headers = { 'content-type': 'application/json', 'x-api-key': 'any', 'anthropic-version': '2023-06-01' }
  return (await fetch(`${url}/v1/messages`, { method: 'POST', headers, body: body(text, model) })).text()
}

describe.concurrent('simulate', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints its address, serves, and ends on %s', async (signal) => {
    const command = start(['simulate', '--port', '0'])
    const url = await address(command)
    expect(await post(url, 'Hello')).toContain('You wrote: \\"Hello\\"')
    command.child.kill(signal)
    const { stderr, exitCode } = await command.ended
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  it('serves a chat', async () => {
    const url = await address(start(['simulate']))
    const { stdout, exitCode } = await turnstate(['chat', '--base-url', url], { input: 'Hello\n' })
    expect(stdout).toContain('claude> This is the turnstate simulator, not Claude. You wrote: "Hello".')
    expect(exitCode).toBe(0)
  })

  it('refuses after the given number of deltas, for the given models', async () => {
    const url = await address(start(['simulate', '--refuse-after', '2', '--refuse-models', 'claude-opus-4-6']))
    const refused = JSON.parse(await post(url, refusalTestString)) as { stop_reason: string; content: unknown }
    expect(refused).toMatchObject({ stop_reason: 'refusal', content: [{ type: 'text', text: 'This is ' }] })
    expect(await post(url, refusalTestString, 'claude-sonnet-4-6')).toContain('"stop_reason":"end_turn"')
  })

  it.each([
    [[], null],
    [['--cors'], '*'],
  ])('with the flags %j lets the origin %j ask', async (flags, allowed) => {
    const url = await address(start(['simulate', ...flags]))
    const preflight = { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' }
    const answer = await fetch(`${url}/v1/messages`, { method: 'OPTIONS', headers: preflight })
    expect(answer.headers.get('access-control-allow-origin')).toBe(allowed)
  })

  it('exits 1 when the port is in use, and says what to do', async () => {
    const taken = await simulate()
    const { stdout, stderr, exitCode } = await turnstate(['simulate', '--port', String(taken.port)])
    expect(stderr).toMatch(/^turnstate: The simulator can't listen on [^\n]+ or choose another one[^\n]+\n$/)
    expect(stderr).toContain(`127.0.0.1:${taken.port}`)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
    expect((await ask(taken, request())).content).toHaveLength(1)
  })
})
