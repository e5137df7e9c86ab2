import { describe, expect, it } from 'vitest'
import { simulate, turnstate } from './command.ts'

const input = 'Hello\n'

describe.concurrent('the connection of a chat', () => {
  it('sends requests for --model to --base-url, with --system and --max-tokens', async () => {
    const simulator = await simulate()
    const flags = ['--model', 'claude-sonnet-5-5', '--system', 'Be brief.', '--max-tokens', '77']
    const { stdout, exitCode } = await turnstate(['chat', '--base-url', `${simulator.url}/`, ...flags], { input })
    expect(simulator.requests).toHaveLength(1)
    expect(simulator.requests[0]).toMatchObject({
      path: '/v1/messages',
      body: { model: 'claude-sonnet-5-5', system: 'Be brief.', max_tokens: 77, stream: true },
    })
    expect(stdout).toContain(`turnstate chat with claude-sonnet-5-5, by ${simulator.url}\n`)
    expect(stdout).not.toContain('the replies are simulated')
    expect(exitCode).toBe(0)
  })

  it('never shows the password or the query of an address', async () => {
    const simulator = await simulate()
    const address = simulator.url.replace('//', '//me:hunter2@')
    const typed = await turnstate(['chat', '--base-url', address], { input })
    expect(typed.stderr).toContain('put the key into ANTHROPIC_API_KEY')
    const env = { ANTHROPIC_API_KEY: 'the-key', ANTHROPIC_BASE_URL: address }
    const usual = await turnstate(['chat'], { input, env })
    expect(usual.stdout).toContain(`by ${simulator.url}/\n`)
    for (const { stdout, stderr } of [typed, usual]) expect(stdout + stderr).not.toContain('hunter2')
    const wrong = await turnstate(['chat', '--base-url', 'ftp://me:hunter2@localhost'], { input })
    expect(wrong.stderr).toContain('Give an address such as')
    expect(wrong.stderr).not.toContain('hunter2')
  })

  it('uses the key unchanged', async () => {
    const simulator = await simulate({ apiKeys: ['the-key'] })
    const args = ['chat', '--base-url', simulator.url]
    const right = await turnstate(args, { input, env: { ANTHROPIC_API_KEY: 'the-key' } })
    expect(simulator.requests[0]?.headers['authorization']).toBe('Bearer the-key')
    expect(right.exitCode).toBe(0)
    // Without flags.
    expect(simulator.requests[0]?.body).toMatchObject({ model: 'claude-opus-5-5', max_tokens: 1024 })
    expect(simulator.requests[0]?.body).not.toHaveProperty('system')
    const wrong = await turnstate(args, { input, env: { ANTHROPIC_API_KEY: 'another' } })
    expect(wrong.stdout).toContain('Failed (authentication-failed)')
    expect(wrong.exitCode).toBe(1)
  })

  it('uses ANTHROPIC_BASE_URL if a key is set, and shows the address', async () => {
    const simulator = await simulate()
    const env = { ANTHROPIC_API_KEY: 'the-key', ANTHROPIC_BASE_URL: simulator.url }
    const { stdout } = await turnstate(['chat'], { input, env })
    expect(simulator.requests).toHaveLength(1)
    expect(stdout).toContain(`by ${simulator.url}\n`)
  })

  it('exits 1 for a model that does not exist', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--model', 'no-such-model'], { input })
    expect(stdout).toContain('Failed (model-not-found): The API answered 404. Check the name')
    expect(exitCode).toBe(1)
  })

  it('exits 1 when nothing answers', async () => {
    const simulator = await simulate()
    await simulator.close()
    const { stdout, exitCode } = await turnstate(['chat', '--base-url', simulator.url], { input })
    expect(stdout).toContain('Trying again (attempt 2).')
    expect(stdout).toContain('Failed (connection-failed): The API could not be reached')
    expect(exitCode).toBe(1)
  })
})
