import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compact, httpError, refuse, reply, type Script } from '../../src/testing/index.ts'
import { jsonLines, simulate, turnstate } from './command.ts'
import { withoutCounts } from './counts.ts'

const directory = mkdtemp(join(tmpdir(), 'turnstate-'))
afterAll(async () => rm(await directory, { recursive: true, force: true }))

async function chat(script: Script, input: string, ...flags: readonly string[]) {
  const simulator = await simulate({ script, onExhausted: 'answer' })
  const ended = await turnstate(['chat', '--base-url', simulator.url, ...flags], { input })
  return { ...ended, stdout: withoutCounts(ended.stdout), simulator }
}

describe.concurrent('a chat shows', () => {
  it('a fallback, its credit, and the models that were asked', async () => {
    const script = [
      refuse({ at: { afterDeltas: 2 }, creditToken: 'mint', category: 'cyber' }, 'This is not'),
      reply('Here you are.'),
    ]
    const { stdout, exitCode, simulator } = await chat(script, 'Hello\n', '--fallback', 'claude-opus-5')
    expect(stdout).toContain(
      [
        '[retracted: the reply was refused; the text above is void]',
        "Refused by Claude's safety classifiers (category: cyber). claude-opus-5 is asked instead.",
        'New since the last good reply: your message.',
        '  Out of the context: "Hello" and its reply, for good.',
        'The model is claude-opus-5 now: claude-opus-5-5 refused.',
        'claude> Here you are.',
        'Fallback credit: redeemed.',
        'tokens: N in, N out; unknown price',
        'state: streaming → refused → reset → streaming → completed',
      ].join('\n'),
    )
    expect(simulator.requests.map(({ model }) => model)).toEqual(['claude-opus-5-5', 'claude-opus-5'])
    expect(exitCode).toBe(0)
  })

  it('a fallback that refuses too, and the ladder after it', async () => {
    const { stdout } = await chat(
      [reply('One.'), refuse(), refuse()],
      'One\nTwo\n',
      '--fallback',
      'claude-opus-5',
      '--on-refusal',
      'clear',
    )
    expect(stdout).toContain('claude-opus-5 is asked instead.')
    expect(stdout).toContain(
      '  The context is empty now.\ntokens: N in, N out; unknown price\nstate: streaming → refused → reset → streaming → refused → reset → idle\n',
    )
  })

  it('a fallback within the API', async () => {
    const script = [refuse({ fallbacks: [reply('The second says this.')] })]
    const { stdout } = await chat(script, 'Hello\n', '--api-fallback', 'claude-opus-5')
    expect(stdout).toContain(
      'claude> The second says this.\nThe first model refused; the API continued with claude-opus-5.\ntokens: N in, N out; unknown price\nstate: streaming → completed\n',
    )
  })

  it('an outage, and the model that finally answers', async () => {
    const busy = httpError(529, { retryAfter: 0 })
    const { stdout } = await chat([busy, busy, busy, reply('Hi.')], 'Hello\n', '--retry-model', 'claude-sonnet-5-5')
    expect(stdout).toContain('Trying again (attempt 2).')
    expect(stdout).toContain("The model is claude-sonnet-5-5 now: claude-opus-5-5 can't be reached.\nclaude> Hi.\n")
  })

  it('a reply that is continued', async () => {
    const cut = reply('The beginning, ', { stopReason: 'max_tokens' })
    const { stdout, exitCode } = await chat([cut, reply('and the end.')], 'Hello\n', '--on-truncated', 'continue')
    expect(stdout).toContain(
      'claude> The beginning, \nThe reply reached the maximum length; the rest is being requested.\nclaude> and the end.\ntokens: N in, N out; unknown price\nstate: streaming → completed → streaming → completed\n',
    )
    expect(exitCode).toBe(0)
  })

  const tooLong = httpError(400, { message: 'prompt is too long: 1000012 tokens > 1000000 maximum' })

  it('a summary that makes room', async () => {
    const script = [reply('One.'), tooLong, compact('They counted.'), reply('Two.')]
    const { stdout, exitCode } = await chat(script, 'One\nTwo\n', '--on-overflow', 'compact')
    expect(stdout).toContain(
      [
        'you> Two',
        'The API rejected the request (400, prompt-too-long). New in it: your message and the last answer.',
        'It does not fit into the context (prompt-too-long); the conversation is summarised first.',
        'A summary now replaces everything before it.',
        'claude> Two.',
        'tokens: N in, N out; unknown price',
        'state: streaming → overflowed → streaming → completed → streaming → completed',
      ].join('\n'),
    )
    expect(exitCode).toBe(0)
  })

  it('a context that is full and its summary, as JSON', async () => {
    const script = [reply('One.'), tooLong, compact('They counted.'), reply('Two.')]
    const { stdout } = await chat(script, 'One\nTwo\n', '--on-overflow', 'compact', '--json')
    const outcomes = jsonLines(stdout).filter(({ type }) => type.startsWith('turn.'))
    expect(outcomes.map(({ type }) => type)).toEqual([
      'turn.completed',
      'turn.continued',
      'turn.continued',
      'turn.completed',
    ])
    expect(outcomes.at(-1)).toMatchObject({ text: 'Two.', model: 'claude-opus-5-5', truncated: false })
  })

  it('a note about a summary, but not its text, which is for the model only', async () => {
    const script = [reply('One.'), tooLong, reply('They counted to one.'), reply('Two.')]
    const flags = ['--on-overflow', 'compact', '--model', 'claude-haiku-4-5']
    const { stdout } = await chat(script, 'One\nTwo\n', ...flags)
    expect(stdout).toContain("The API can't summarise for this model; the model is asked for a summary in text.\n")
    expect(stdout).not.toContain('They counted to one.')
    expect(stdout).toContain('claude> Two.')
  })

  it('a budget that is spent', async () => {
    const { stdout, exitCode, simulator } = await chat([reply('One.')], 'One\nTwo\n', '--budget-tokens', '1')
    expect(stdout).toContain('Failed (budget-exceeded): Nothing was sent: the conversation is over its budget')
    expect(simulator.requests).toHaveLength(1)
    expect(exitCode).toBe(1)
  })

  it('the files that are sent with the first message only', async () => {
    const notes = join(await directory, 'notes.txt')
    const more = join(await directory, 'more.md')
    await writeFile(notes, 'the notes')
    await writeFile(more, '# more')
    const { stdout, simulator, exitCode } = await chat([], 'Look\nAgain\n', '--file', notes, more)
    expect(stdout).toContain(`Sent with the first message: ${notes} and ${more}.\n`)
    const messages = simulator.requests[1]?.body?.['messages'] as { content: { type: string; title?: string }[] }[]
    expect(messages[0]?.content.map(({ type, title }) => title ?? type)).toEqual(['notes.txt', 'more.md', 'text'])
    expect(messages[2]?.content).toEqual(expect.not.arrayContaining([expect.objectContaining({ type: 'document' })]))
    expect(exitCode).toBe(0)
  })

  it('an error for a file that the API does not accept', async () => {
    const path = join(await directory, 'program.exe')
    await writeFile(path, 'MZ')
    const { stdout, simulator, exitCode } = await chat([], 'Look\n', '--file', path)
    expect(stdout).toContain('file-type-unsupported')
    expect(simulator.requests).toHaveLength(0)
    expect(exitCode).toBe(1)
  })
})
