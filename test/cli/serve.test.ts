// The command that serves conversations.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { refusalTestString } from '../../src/testing/index.ts'
import { allOf } from '../server/stage.ts'
import { type CommandOptions, start, turnstate } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnstate-serve-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const serving = async (flags: readonly string[] = [], options: CommandOptions = {}) => {
  const command = start(['serve', '--port', '0', ...flags], { cwd: folder, ...options })
  const [, url = ''] = await command.says(/serves conversations on (http:\/\/127\.0\.0\.1:\d+)\n/)
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  return { command, url, post }
}

describe.concurrent('serve', () => {
  it('says where it is and that replies are simulated, answers, and shows a refusal and the turn after it', async () => {
    const { command, post } = await serving()
    await command.says(/Replies come from the built-in simulator \(simulated: no model is asked/)
    await command.says(/Conversations are kept in memory until the server ends\./)
    await post('/v1/conversations', { id: 'c1' })
    const refused = await allOf(await post('/v1/conversations/c1/messages', { input: refusalTestString }))
    expect(refused.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['retracted', 'turn.refused', 'context.reset']),
    )
    expect(refused.at(-1)?.data.outcome).toMatchObject({ status: 'refused' })
    const good = await allOf(await post('/v1/conversations/c1/messages', { input: 'Hello' }))
    expect(good.at(-1)?.data.outcome).toMatchObject({ status: 'completed' })
    await command.says(/Z POST \/v1\/conversations\/c1\/messages 200 \d+ ms\n/)
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('says what was spent, by prices that it is given', async () => {
    const { url, post } = await serving(['--price', 'claude-opus-5-5=5/25', '--price', 'other=1/2'])
    await post('/v1/conversations', { id: 'c1' })
    await allOf(await post('/v1/conversations/c1/messages', { input: 'Hello' }))
    const { cost } = (await (await fetch(`${url}/v1/conversations/c1`)).json()) as { cost: number | null }
    expect(cost).toBeGreaterThan(0)
  })

  it('keeps conversations in a store, and has them after kill -9', async () => {
    const flags = ['--store', `sqlite:${join(folder, 'chat.db')}`]
    const first = await serving(flags)
    await first.post('/v1/conversations', { id: 'c1' })
    await allOf(await first.post('/v1/conversations/c1/messages', { input: 'Hello' }))
    first.command.child.kill('SIGKILL')
    await first.command.ended
    const second = await serving(flags)
    const { messages } = (await (await fetch(`${second.url}/v1/conversations/c1`)).json()) as { messages: unknown[] }
    expect(messages).toHaveLength(2)
  })

  it('takes tokens from the environment, and answers nobody without one', async () => {
    const { url, post } = await serving([], { env: { TURNSTATE_TOKEN: 'secret-token' } })
    expect((await fetch(`${url}/v1/conversations`)).status).toBe(401)
    expect((await post('/v1/conversations', {}, { authorization: 'Bearer secret-token' })).status).toBe(201)
    expect((await post('/v1/conversations', {}, { authorization: 'Bearer secret-toke' })).status).toBe(401)
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
    expect((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer secret-token' } })).status).toBe(200)
  })

  it('refuses to listen beyond this machine without a token', async () => {
    const { stderr, exitCode } = await turnstate(['serve', '--host', '0.0.0.0', '--port', '0'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('needs the option `authorize`')
    expect(stderr).toContain('(invalid-option)')
  })

  it('reads a configuration: a source, tools, who may ask', async () => {
    const config = join(folder, 'own.mjs')
    writeFileSync(
      config,
      `export default {
        source: async function* () {
          yield { type: 'message.started', model: 'mine', usage: {} }
          yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
          yield { type: 'block.delta', index: 0, kind: 'text', text: 'From the configuration.' }
          yield { type: 'block.stopped', index: 0 }
          yield { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 1 } }
          yield { type: 'message.stopped' }
        },
        authorize: (request) => (request.headers.get('x-user') ? { id: request.headers.get('x-user') } : null),
      }`,
    )
    const { url, post } = await serving(['--config', config])
    expect((await fetch(`${url}/v1/conversations`)).status).toBe(401)
    await post('/v1/conversations', { id: 'c1' }, { 'x-user': 'ann' })
    const events = await allOf(await post('/v1/conversations/c1/messages', { input: 'hi' }, { 'x-user': 'ann' }))
    expect(events.at(-1)?.data.outcome.text).toBe('From the configuration.')
    const missing = await turnstate(['serve', '--config', join(folder, 'none.mjs')])
    expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('There is no configuration')])
  })

  it('logs one object per line with --json, without what was said', async () => {
    const command = start(['serve', '--port', '0', '--json'], { cwd: folder })
    const [line = ''] = await command.says(/\{"type":"listening".*\}\n/)
    const { url } = JSON.parse(line) as { url: string }
    await fetch(`${url}/v1/conversations?after=secret`)
    const [logged = ''] = await command.says(/\{"type":"request".*\}\n/)
    expect(JSON.parse(logged)).toMatchObject({
      method: 'GET',
      path: '/v1/conversations',
      status: 400,
      principal: 'local',
    })
    expect(logged).not.toContain('secret')
  })

  it('serves the inspector beside it', async () => {
    const { command } = await serving(['--inspect'])
    const [, page = ''] = await command.says(/Inspector: (http\S+)\n/)
    expect((await fetch(page)).status).toBe(200)
  })
})
