import { describe, expect, it } from 'vitest'
import { refusalTestString, refuse, reply, type Script } from '../../src/testing/index.ts'
import { type CommandOptions, jsonLines, refusedLine, simulate, start, turnstate } from './command.ts'
import { withoutCounts } from './counts.ts'
import { FakeTerminal } from './terminal.ts'

const isSimulated = 'No ANTHROPIC_API_KEY is set: replies are simulated, no model is asked.\n'

/** Asks a simulator that follows a script. */
async function ask(script: Script, flags: readonly string[] = [], options: CommandOptions = {}) {
  const simulator = await simulate({ script, onExhausted: 'answer' })
  const ended = await turnstate(['chat', 'Hello', '--base-url', simulator.url, ...flags], options)
  return { ...ended, simulator }
}

const sent = (body: unknown): unknown => (body as { messages: { content: unknown }[] }).messages.at(-1)?.content

describe.concurrent('a single question', () => {
  it('is answered on standard output alone, and the command exits 0', async () => {
    const { stdout, stderr, exitCode } = await turnstate(['chat', 'Hello there'])
    expect(stdout).toBe(
      'This is the turnstate simulator, not Claude. You wrote: "Hello there". The request carried 1 message.\n',
    )
    expect(withoutCounts(stderr)).toBe(`${isSimulated}tokens: N in, N out; simulated, nothing is charged\n`)
    expect(exitCode).toBe(0)
  })

  it('is sent together with what is piped in', async () => {
    const { simulator, exitCode } = await ask([], [], { input: '\nfrom a file\nof two lines\n' })
    expect(sent(simulator.requests[0]?.body)).toBe('Hello\n\nfrom a file\nof two lines')
    expect(exitCode).toBe(0)
  })

  it('is sent alone when standard input is closed', async () => {
    const { simulator, stdout } = await ask([reply('Hi.')], [], { stdin: 'closed' })
    expect(sent(simulator.requests[0]?.body)).toBe('Hello')
    expect(stdout).toBe('Hi.\n')
  })

  it('waits for the end of standard input, and says so after a while', async () => {
    const command = start(['chat', 'Hello'], { stdin: 'open' })
    await command.complains(/waiting for the end of standard input\. To send the question alone, add <\/dev\/null\./)
    command.child.stdin?.end('late')
    const { stdout, exitCode } = await command.ended
    expect(stdout).toContain('You wrote: "Hello late"')
    expect(exitCode).toBe(0)
  })

  it('exits 3 when it is refused, and no refused text reaches standard output', async () => {
    const { stdout, stderr, exitCode } = await turnstate(['chat', refusedLine])
    expect(stderr).toContain("Refused by Claude's safety classifiers.")
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
  })

  it('exits 3 when a refusal waits for a decision, which nobody can make', async () => {
    const { stdout, exitCode } = await turnstate(['chat', refusedLine, '--on-refusal', 'manual'])
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
  })

  it('exits 0 with the answer of another model after a refusal', async () => {
    const script = [refuse({ at: { afterDeltas: 2 } }, 'This is not'), reply('Here you are.')]
    const { stdout, stderr, exitCode } = await ask(script, ['--fallback', 'claude-opus-5'])
    expect(stderr).toContain('The model is claude-opus-5 now')
    expect({ stdout, exitCode }).toEqual({ stdout: 'Here you are.\n', exitCode: 0 })
  })

  it('exits 1 when it failed, and says why on standard error', async () => {
    const { stdout, stderr, exitCode } = await ask([], ['--model', 'no-such-model'])
    expect(stderr).toContain('Failed (model-not-found)')
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
  })

  it('exits 1 for input that is not text', async () => {
    const { stdout, stderr, exitCode } = await ask([], [], { input: new Uint8Array([0x89, 0x50, 0, 1]) })
    expect(stderr).toContain('Standard input is not text. Send pictures and PDFs with --file. (message-invalid)')
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
  })

  it('denies tool calls that need a person', async () => {
    const script = [
      { content: [{ type: 'tool_use', id: 'c1', name: 'read_file', input: { path: 'package.json' } }] },
      reply('I could not read it.'),
    ] as const
    const { stdout, stderr, exitCode } = await ask(script, ['--tools'])
    expect(stderr).toContain('Denied read_file: for a single question nobody is asked. A chat asks you.')
    expect({ stdout, exitCode }).toEqual({ stdout: 'I could not read it.\n', exitCode: 0 })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('is stopped by %s, with the exit code of the signal', async (signal) => {
    const simulator = await simulate({ deltaDelay: 50 })
    const command = start(['chat', 'Hello', '--base-url', simulator.url])
    while (simulator.requests.length === 0) await new Promise(setImmediate)
    command.child.kill(signal)
    const { stdout, exitCode } = await command.ended
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: signal === 'SIGINT' ? 130 : 143 })
  })

  it('is answered in JSON lines with --json', async () => {
    const { stdout, stderr, exitCode } = await turnstate(['chat', 'Hello', '--json'])
    const types = jsonLines(stdout).map(({ type }) => type)
    expect(types).toContain('turn.completed')
    expect(types.at(-1)).toBe('total')
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  it('is answered while the reply arrives in a terminal, where refused text is erased', async () => {
    const terminal = new FakeTerminal({ columns: 60 })
    const shown = terminal.shows('simulator, ')
    const exitCode = terminal.run(['chat', `Say ${refusalTestString}`])
    await shown
    expect(await exitCode).toBe(3)
    expect(terminal.text).toMatch(
      /^No ANTHROPIC_API_KEY is set: replies are simulated, no model\nis asked\.\nRefused by/,
    )
  })

  it('is answered on the rows of a terminal, wrapped between words', async () => {
    const terminal = new FakeTerminal({ columns: 40 })
    expect(await terminal.run(['chat', 'Hello'])).toBe(0)
    expect(terminal.text).toContain(
      '\nThis is the turnstate simulator, not\nClaude. You wrote: "Hello". The request\ncarried 1 message.\ntokens: N in, N out; simulated,\nnothing is charged',
    )
  })
})

describe.concurrent('the cost', () => {
  it('is shown for known prices, after each turn and in total', async () => {
    const simulator = await simulate({ script: [reply('One.'), reply('Two.')] })
    const flags = ['--base-url', simulator.url, '--price', 'claude-opus-5-5=5000/25000']
    const { stdout } = await turnstate(['chat', ...flags], { input: 'One\nTwo\n' })
    const counts = [...stdout.matchAll(/^(total )?tokens: (\d+) in, (\d+) out; \$([\d.]+)$/gm)].map(
      ([, , input, output, cost]) => [Number(input), Number(output), Number(cost)] as const,
    )
    expect(counts).toHaveLength(3)
    for (const [input, output, cost] of counts) expect(cost).toBeCloseTo((input * 5000 + output * 25_000) / 1e6, 3)
    expect(counts[2]?.[0]).toBe((counts[0]?.[0] ?? 0) + (counts[1]?.[0] ?? 0))
  })

  it('is an unknown price for a model without one', async () => {
    const { stderr } = await ask([reply('Hi.')], ['--price', 'claude-sonnet-5-5=3/15'])
    expect(withoutCounts(stderr)).toBe('tokens: N in, N out; unknown price\n')
  })

  it('is in the lines of --json', async () => {
    const { stdout } = await ask([reply('Hi.')], ['--json', '--price', 'claude-opus-5-5=5/25/0.5/6.25'])
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      type: 'total',
      cost: expect.any(Number) as number,
      simulated: false,
    })
  })
})
