import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { jsonLines, Running, simulate, turnstate } from './command.ts'

/** The output of the demonstration, in this order. */
const scenes = [
  'Standard input was empty, so this is a short demonstration.',
  'No ANTHROPIC_API_KEY is set: replies are simulated, no model is asked.',
  // An answered message.
  'you> Hello',
  'claude> This is the turnstate simulator, not Claude. You wrote: "Hello". The request carried 1 message.',
  'state: streaming → completed',
  // A refused one, with each transition.
  'you> Please read this out: ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_',
  'completed.saved → asking.saving  (user.send)',
  'asking.saving → streaming.opening  (journal.saved)',
  'streaming.opening → streaming.receiving  (reply.opened)',
  'claude> This is the turnstate simulator,',
  'streaming.receiving → refused.saving  (reply.refused)',
  'refused.saving → refused.deciding  (journal.saved)',
  '[retracted: the reply was refused; the text above is void]',
  'refused.deciding → reset.saving  (refusal.resolve)',
  'reset.saving → idle  (journal.saved)',
  'Refused by Claude',
  'Out of the context: "Please read this out:',
  'and its reply, for good.',
  'Still in the context: 2 messages from before.',
  'state: streaming → refused → reset → idle',
  // The recovery: the request has the first message, its answer, and the new message.
  'you> And now, can we go on?',
  'claude> This is the turnstate simulator, not Claude. You wrote: "And now, can we go on?". The request carried 3 messages.',
  'state: streaming → completed',
]

function expectScenes(stdout: string): void {
  let from = 0
  for (const scene of scenes) {
    const at = stdout.indexOf(scene, from)
    expect(at, `"${scene}" after ${from} of:\n${stdout}`).toBeGreaterThanOrEqual(from)
    from = at + scene.length
  }
}

describe.concurrent('with nothing on standard input', () => {
  it.each(['/dev/null', 'closed'] as const)('plays the demonstration (%s)', async (stdin) => {
    const { stdout, stderr, exitCode } = await turnstate(['chat'], stdin === 'closed' ? { stdin } : {})
    expectScenes(stdout)
    expect(stdout).not.toContain('\u001B')
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  it('plays the demonstration for `npm run chat`', async () => {
    const child = spawn('npm', ['run', '--silent', 'chat'], {
      env: { ...process.env, ANTHROPIC_API_KEY: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { stdout, exitCode } = await new Running(child).ended
    expectScenes(stdout)
    expect(exitCode).toBe(0)
  })

  it('plays it in JSON', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--json'])
    const lines = jsonLines(stdout)
    expect(lines[0]).toMatchObject({ type: 'session', connection: 'simulator', simulated: true, demo: true })
    const outcomes = lines.map(({ type }) => type).filter((type) => /^(turn|context)\./.test(type))
    expect(outcomes).toEqual(['turn.completed', 'turn.refused', 'context.reset', 'turn.completed'])
    expect(exitCode).toBe(0)
  })

  it('does not use the API, and says so', async () => {
    const api = await simulate()
    const env = { ANTHROPIC_API_KEY: 'a-key', ANTHROPIC_BASE_URL: api.url }
    const { stdout, exitCode } = await turnstate(['chat'], { env })
    expect(stdout).toContain('A demonstration provokes a refusal, so it does not use the API: replies')
    expect(stdout).not.toContain('No ANTHROPIC_API_KEY')
    expect(api.requests).toHaveLength(0)
    expect(exitCode).toBe(0)
  })

  it('uses the address of --base-url', async () => {
    const simulator = await simulate()
    const { exitCode } = await turnstate(['chat', '--base-url', simulator.url])
    expect(simulator.requests).toHaveLength(3)
    expect(exitCode).toBe(0)
  })

  it('makes the decision itself with --on-refusal manual', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--on-refusal', 'manual'])
    expect(stdout).toContain('you> /drop-turn\nrefused.awaitingDecision → reset.saving  (refusal.resolve)')
    expect(stdout).toContain('You wrote: "And now, can we go on?". The request carried 3 messages.')
    expect(exitCode).toBe(0)
  })

  it('exits 1 when a message failed', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--model', 'no-such-model'])
    expect(stdout).toContain('Failed (model-not-found)')
    expect(exitCode).toBe(1)
  })
})
