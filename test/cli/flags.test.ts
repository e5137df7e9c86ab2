import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { turnstate } from './command.ts'

describe.concurrent('wrong use of the command', () => {
  it.each([
    [
      ['chat', '--bogus'],
      'option --bogus not found',
      'takes --help, --json, --demo, --continue, --resume, --store, --no-store, --model, --system, --on-refusal, --fallback, --api-fallback, --retry-model, --max-tokens, --on-truncated, --on-overflow, --budget-tokens, --price, --tools, --file, --base-url, --inspect, --allow-control, --include-text',
    ],
    [['chat', '--modle', 'x'], 'option --modle not found', 'Did you mean "--model"?'],
    [['chat', '--modle=x'], 'option --modle not found', 'Did you mean "--model"?'],
    [['chat', '--model'], '--model <name> needs a value', 'the model to ask'],
    [['chat', '--model', '--json'], "argument '--json' is invalid", 'such as claude-opus-5-5'],
    [['chat', '--model', ''], "argument '' is invalid", 'such as claude-opus-5-5'],
    [['chat', '--system', ' '], "argument ' ' is invalid", 'Give a text that is not empty'],
    [
      ['chat', '--on-refusal', 'forget'],
      '"forget"',
      'Give drop-turn, rewind:N, clear or manual, where N is a whole number',
    ],
    [
      ['chat', '--on-refusal', 'drop-turn,'],
      '""',
      'Give drop-turn, rewind:N, clear or manual, where N is a whole number',
    ],
    [['chat', '--on-refusal', 'rewind:-1'], '"rewind:-1"', 'where N is a whole number'],
    [['chat', '--max-tokens', '0'], "argument '0' is invalid", 'Give a whole number from 1'],
    [['chat', '--max-tokens', '1e3'], "argument '1e3' is invalid", 'Give a whole number from 1'],
    [['chat', '--base-url', 'localhost:80'], "argument 'localhost:80' is invalid", 'such as http://127.0.0.1:8080'],
    [['chat', '--fallback', 'a,,b'], "argument 'a,,b' is invalid", 'Give names joined by commas'],
    [['chat', '--fallback', 'a,a'], "argument 'a,a' is invalid", 'Name each model once'],
    [['chat', '--fallback', 'claude-opus-5-5'], '--fallback names claude-opus-5-5', 'name other models'],
    [['chat', '--api-fallback', '-x'], "argument '-x' is invalid", 'such as claude-opus-5-5'],
    [['chat', '--model', 'm', '--api-fallback', 'm'], '--api-fallback names m', 'name other models'],
    [['chat', '--retry-model'], '--retry-model <models> needs a value', 'models to try during an outage'],
    [['chat', '--retry-model', 'claude-opus-5-5'], '--retry-model names claude-opus-5-5', 'name other models'],
    [['chat', '--on-overflow', 'forget'], "argument 'forget' is invalid", 'fail, compact'],
    [['chat', '--budget-tokens', '0'], "argument '0' is invalid", 'Give a whole number from 1'],
    [['chat', '--tools', 'clock,hammer'], '"hammer" is not a tool', 'give clock, calculate, read_file, ask_user'],
    [['chat', '--file', 'no-such-file'], "'no-such-file' is invalid. File not found", 'the path of an existing file'],
    [['chat', '--file', 'src'], "argument 'src' is invalid. It is a folder", 'the path of an existing file'],
    [['chat', '--demo', '--tools'], "--tools can't be combined with --demo", 'its own settings'],
    [['chat', 'Hello', 'there'], 'a question of several words needs quotes', 'turnstate chat "your question"'],
    [['chat', ' '], "' ' is invalid for argument 'question'", 'Give a question that is not empty'],
    [['chat', '--demo', 'Hello'], "--demo can't be combined with a question", 'its own'],
    [
      ['chat', '--tools', 'What is it?'],
      '"What is it?" is not a tool',
      'a question comes before the options, or after --',
    ],
    [['chat', '--file', 'package.json', 'What is it?'], 'File not found', 'a question comes before the options'],
    [['chat', '--price', '5/25'], "argument '5/25' is invalid", 'such as claude-opus-5-5=5/25'],
    [['chat', '--price', 'm=5'], "argument 'm=5' is invalid", 'such as claude-opus-5-5=5/25'],
    [['chat', '--price', 'm=5/x'], "argument 'm=5/x' is invalid", 'such as claude-opus-5-5=5/25'],
    [['chat', '--price', 'm=1/2/3/4/5'], 'is invalid', 'such as claude-opus-5-5=5/25'],
    [['simulate', '--port', '65536'], "argument '65536' is invalid", 'Give a whole number from 0 to 65535'],
    [['simulate', '--refuse-models', 'a,,b'], "argument 'a,,b' is invalid", 'Give names joined by commas'],
    [
      ['chat', '--inspect', 'localhost'],
      "argument 'localhost' is invalid",
      'the address that turnstate inspect printed',
    ],
    [['chat', '--inspect', 'http://127.0.0.1:80'], 'is invalid', 'with its token'],
    [['chat', '--allow-control'], '--allow-control needs --inspect', 'give that too'],
    [['chat', '--include-text'], '--include-text needs --inspect', 'give that too'],
    [
      ['inspect', 'no-such-file'],
      "'no-such-file' is invalid for argument 'what'. File not found",
      'a file exported from an inspector',
    ],
    [['inspect', '--token', 'short'], "argument 'short' is invalid", 'at least 16 letters'],
    [['inspect', '--port', 'x'], "argument 'x' is invalid", 'Give a whole number from 0 to 65535'],
    [
      ['inspect', 'package.json', 'README.md'],
      'the id of a conversation needs a store before it',
      'See turnstate inspect --help',
    ],
    [['chart', '--format', 'gif'], "argument 'gif' is invalid", 'svg, png, mermaid, json'],
    [['chart', '--machine', 'robot'], "argument 'robot' is invalid", 'conversation, toolCalls, toolCall'],
    [['chart', 'svg'], 'chart takes only options', 'See turnstate chart --help'],
    [
      ['talk'],
      'command "talk" not found',
      'The commands are chat, conversations, transcript, check, simulate, serve, cluster, inspect and chart.',
    ],
    [['caht'], 'command "caht" not found', 'Did you mean "chat"?'],
    [['Hello there'], 'command "Hello there" not found', 'type turnstate chat "your question"'],
  ])('%j', async (args, wrong, right) => {
    const { stdout, stderr, exitCode } = await turnstate(args, { input: 'Hello\n' })
    expect(stderr).toMatch(/^turnstate: [^\n]+\n$/)
    expect(stderr).toContain(wrong)
    expect(stderr).toContain(right)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  })

  it.each([[['--version']], [['chat', '--version']]])('%j prints the version', async (args) => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    const { stdout, stderr, exitCode } = await turnstate(args)
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: `${version}\n`, stderr: '', exitCode: 0 })
  })

  it('shows the commands when none is given', async () => {
    const { stdout, stderr, exitCode } = await turnstate([])
    expect(stderr).toContain('Usage: turnstate [options] [command]')
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  })
})

describe.concurrent('--help', () => {
  it.each([
    [['--help'], ['chat', 'simulate', 'inspect', 'chart']],
    [
      ['chat', '--help'],
      '--json --demo --continue --resume --store --no-store --model --system --on-refusal --fallback --api-fallback --retry-model --max-tokens --on-truncated --on-overflow --budget-tokens --price --tools --file --base-url --inspect --allow-control --include-text rewind:N compact Examples: Exit clock calculate read_file ask_user'.split(
        ' ',
      ),
    ],
    [
      ['simulate', '--help'],
      ['--port', '--refuse-after', '--refuse-models', '--cors'],
    ],
  ])('%j', async (args, words) => {
    const { stdout, stderr, exitCode } = await turnstate(args)
    expect(stdout).toContain(`Usage: turnstate ${args.length > 1 ? args[0] : '[options] [command]'}`)
    for (const word of words) expect(stdout).toContain(word)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })
})
