import { beforeAll, describe, expect, it } from 'vitest'
import { type Ended, type JsonLine, jsonLines, refusedLine, simulate, start, turnstate } from './command.ts'

/** The types, with changes of state as arrows and a run of text as one. */
const outline = (lines: readonly JsonLine[]): readonly string[] =>
  lines
    .map((line) => (line.type === 'state' ? `${line.from} → ${line.to} (${line.event})` : line.type))
    .filter((entry, index, all) => entry !== 'text' || all[index - 1] !== 'text')

const ofType = (lines: readonly JsonLine[], type: string): readonly JsonLine[] =>
  lines.filter((line) => line.type === type)

describe.concurrent('chat --json', () => {
  let refusal: Promise<Ended>
  beforeAll(() => {
    refusal = turnstate(['chat', '--json'], { input: `Hello\n${refusedLine}\nAgain\n` })
  })

  it('prints the records of a refusal in this order', async () => {
    const { stdout, stderr, exitCode } = await refusal
    const lines = jsonLines(stdout)
    expect(outline(lines)).toEqual([
      'session',
      'message',
      'idle → asking.saving (user.send)',
      'asking.saving → streaming.opening (journal.saved)',
      'attempt.started',
      'streaming.opening → streaming.receiving (reply.opened)',
      'text',
      'streaming.receiving → completed.saving (reply.finished)',
      'completed.saving → completed.saved (journal.saved)',
      'turn.completed',
      'message',
      'completed.saved → asking.saving (user.send)',
      'asking.saving → streaming.opening (journal.saved)',
      'attempt.started',
      'streaming.opening → streaming.receiving (reply.opened)',
      'text',
      'streaming.receiving → refused.saving (reply.refused)',
      'refused.saving → refused.deciding (journal.saved)',
      'retracted',
      'refused.deciding → reset.saving (refusal.resolve)',
      'reset.saving → idle (journal.saved)',
      'turn.refused',
      'context.reset',
      'message',
      'idle → asking.saving (user.send)',
      'asking.saving → streaming.opening (journal.saved)',
      'attempt.started',
      'streaming.opening → streaming.receiving (reply.opened)',
      'text',
      'streaming.receiving → completed.saving (reply.finished)',
      'completed.saving → completed.saved (journal.saved)',
      'turn.completed',
      'completed.saved → closing (conversation.close)',
      'closing → closed (conversation.close)',
      'total',
    ])
    expect(lines.at(-1)).toEqual({
      type: 'total',
      usage: expect.objectContaining({ inputTokens: expect.any(Number), outputTokens: expect.any(Number) }) as unknown,
      cost: null,
      simulated: true,
    })
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })

    const refusedTurn = ofType(lines, 'turn.refused')[0]?.['turnId']
    expect(ofType(lines, 'turn.refused')).toEqual([
      expect.objectContaining({ category: null, textShown: true, policy: 'drop-turn', nothingLeft: false }),
    ])
    expect(ofType(lines, 'retracted')).toEqual([expect.objectContaining({ turnId: refusedTurn, cause: 'refusal' })])
    expect(ofType(lines, 'context.reset')).toEqual([
      expect.objectContaining({
        cause: 'refusal',
        policy: 'drop-turn',
        turnId: refusedTurn,
        left: [{ turnId: refusedTurn, why: 'refused' }],
        head: ofType(lines, 'turn.completed')[0]?.['turnId'],
      }),
    ])
    // The refused text was printed as it arrived, and is in no outcome.
    const texts = ofType(lines, 'text').filter((line) => line['turnId'] === refusedTurn)
    expect(texts.map((line) => line['text']).join('')).toBe('This is the turnstate simulator, ')
    expect(
      ofType(lines, 'turn.refused')
        .concat(ofType(lines, 'context.reset'))
        .map((line) => line['text']),
    ).toEqual([undefined, undefined])
  })

  it('gives each change of state exactly from, to and event', async () => {
    const lines = jsonLines((await refusal).stdout)
    const changes = ofType(lines, 'state')
    expect(changes[0]).toEqual({ type: 'state', from: 'idle', to: 'asking.saving', event: 'user.send' })
    for (const [index, change] of changes.entries()) {
      expect(Object.keys(change)).toEqual(['type', 'from', 'to', 'event'])
      if (index > 0) expect(change.from).toBe(changes[index - 1]?.to)
    }
    const [completed] = ofType(lines, 'turn.completed')
    expect(completed).toMatchObject({
      text: ofType(lines, 'text')
        .filter((line) => line['turnId'] === completed?.['turnId'])
        .map((line) => line['text'])
        .join(''),
      stopReason: 'end_turn',
      finishReason: 'stop',
    })
  })

  it('climbs the ladder of --on-refusal with each refusal in a row', async () => {
    const args = ['chat', '--json', '--on-refusal', 'drop-turn,rewind:1,clear']
    const input = `One\nTwo\nThree\n${`${refusedLine}\n`.repeat(3)}Again\n${refusedLine}\n`
    const { stdout, exitCode } = await turnstate(args, { input })
    const lines = jsonLines(stdout)
    const resets = ofType(lines, 'context.reset')
    const policies = ['drop-turn', { rewind: 1 }, 'clear', 'drop-turn']
    expect(resets.map((line) => line['policy'])).toEqual(policies)
    expect(ofType(lines, 'turn.refused').map((line) => line['policy'])).toEqual(policies)
    const [one, two, three] = ofType(lines, 'turn.completed').map((line) => line['turnId'])
    const withdrawn = resets.map((line) =>
      (line['left'] as { turnId: string; why: string }[])
        .filter(({ why }) => why === 'withdrawn')
        .map(({ turnId }) => turnId),
    )
    expect(withdrawn).toEqual([[], [three], [one, two], []])
    expect(exitCode).toBe(0)
  })

  it('prints a refusal that waits for a decision, and lines that were not sent', async () => {
    const { stdout, exitCode } = await turnstate(['chat', '--json', '--on-refusal', 'manual'], {
      input: `${refusedLine}\nAgain\n/drop-turn\nOnce more\n`,
    })
    const lines = jsonLines(stdout)
    expect(ofType(lines, 'turn.refused')).toEqual([expect.objectContaining({ policy: 'manual' })])
    expect(ofType(lines, 'error')).toEqual([expect.objectContaining({ code: 'conversation-busy' })])
    expect(ofType(lines, 'context.reset')).toEqual([expect.objectContaining({ policy: 'drop-turn' })])
    expect(ofType(lines, 'turn.completed')).toHaveLength(1)
    expect(exitCode).toBe(1)
  })

  it('prints a failed turn and its retries', async () => {
    const simulator = await simulate({ script: () => ({ httpError: { status: 529, retryAfter: 0 } }) })
    const { stdout, exitCode } = await turnstate(['chat', '--json', '--base-url', simulator.url], { input: 'Hello\n' })
    const lines = jsonLines(stdout)
    expect(ofType(lines, 'retry.scheduled').map((line) => line['attempt'])).toEqual([2, 3])
    expect(ofType(lines, 'turn.failed')).toEqual([expect.objectContaining({ code: 'overloaded', text: '' })])
    expect(exitCode).toBe(1)
  })

  it('prints a stopped turn', async () => {
    const simulator = await simulate({ deltaDelay: 20 })
    const command = start(['chat', '--json', '--base-url', simulator.url], { stdin: 'open' })
    command.write('Hello\n')
    await command.says(/"type":"text"/)
    command.child.kill('SIGINT')
    const { stdout, exitCode } = await command.ended
    expect(ofType(jsonLines(stdout), 'turn.stopped')).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^This/), finishReason: 'other' }),
    ])
    expect(exitCode).toBe(130)
  })

  it('keeps what libraries log out of its lines', async () => {
    const { stdout, stderr } = await turnstate(['chat', '--json'], {
      input: 'Hello\n',
      env: { ANTHROPIC_LOG: 'debug' },
    })
    expect(ofType(jsonLines(stdout), 'turn.completed')).toHaveLength(1)
    expect(stderr).toContain('/v1/messages')
  })

  it('keeps the explanation of the classifier to itself', async () => {
    const simulator = await simulate({ refusal: { category: 'cyber', explanation: 'for integrators' } })
    const { stdout } = await turnstate(['chat', '--json', '--base-url', simulator.url], { input: `${refusedLine}\n` })
    expect(ofType(jsonLines(stdout), 'turn.refused')).toEqual([
      expect.objectContaining({ category: 'cyber', textShown: false, nothingLeft: true }),
    ])
    expect(stdout).not.toContain('for integrators')
  })
})
