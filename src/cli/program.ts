import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { messageOf } from '../errors.ts'
import type { OnRefusal, RefusalPolicy } from '../refusals/policy.ts'
import { chat, type ChatFlags } from './chat.ts'
import { simulate, type SimulateFlags } from './simulate.ts'

/** Exit codes: 0 done, 1 it failed, 2 it was called wrongly. */
export async function run(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = createProgram((code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`turnstate: ${messageOf(error)}\n`)
    return 1
  }
}

function createProgram(exit: (code: number) => void): Command {
  const program = new Command('turnstate')
    .description('A refusal-safe conversation controller for Claude.')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })

  program
    .command('chat')
    .description(
      'Chat in the terminal; piped, one message per line; with nothing on standard input, a short demonstration. With ANTHROPIC_API_KEY it talks to the API, without it to the built-in simulator.',
    )
    .option('--json', 'print one JSON object per line')
    .option('--model <name>', 'the model to ask', 'claude-opus-5-5')
    .option('--system <text>', 'the system prompt')
    .addOption(
      new Option(
        '--on-refusal <policies>',
        'what follows a refusal: drop-turn, rewind:N, clear or manual; joined by commas they are a ladder',
      )
        .default(undefined, 'drop-turn,rewind:1,clear')
        .argParser(parseLadder),
    )
    .option('--max-tokens <n>', 'the most tokens of a reply', parseCount, 1024)
    .option('--base-url <url>', 'the address of the API, or of a simulator', parseUrl)
    .action(async (flags: ChatFlags) => exit(await chat(flags)))

  program
    .command('simulate')
    .description('Serve the simulated Messages API on this machine, for tests and for trying things out.')
    .option('--port <n>', 'the port to listen on; 0 takes a free one', parsePort, 0)
    .option('--refuse-after <n>', 'deltas that are shown before a refusal; 0 refuses before any', parseCountFromZero, 0)
    .option('--refuse-models <names>', 'refuse for these models only, joined by commas', parseNames)
    .action(async (flags: SimulateFlags) => exit(await simulate(flags)))

  return program
}

/** What is wrong and what is right, on one line. */
function oneLine(text: string): string {
  const said = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
  return `turnstate: ${said}. See turnstate --help, or --help on a command.\n`
}

function parseLadder(value: string): OnRefusal {
  const [first, ...rest] = value.split(',').map((name) => parsePolicy(name.trim()))
  if (!first) throw new InvalidArgumentError('Give drop-turn, rewind:N, clear or manual')
  return [first, ...rest]
}

export function parsePolicy(name: string): RefusalPolicy {
  if (name === 'drop-turn' || name === 'clear' || name === 'manual') return name
  const rewind = /^rewind:(\d+)$/.exec(name)?.[1]
  if (rewind !== undefined) return { rewind: Number(rewind) }
  throw new InvalidArgumentError(`"${name}" is none of drop-turn, rewind:N (N a whole number), clear, manual`)
}

const parseCount = (value: string): number => wholeNumber(value, 1, Number.MAX_SAFE_INTEGER)
const parseCountFromZero = (value: string): number => wholeNumber(value, 0, Number.MAX_SAFE_INTEGER)
const parsePort = (value: string): number => wholeNumber(value, 0, 65_535)

function wholeNumber(value: string, least: number, most: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number <= most) return number
  throw new InvalidArgumentError(
    most === Number.MAX_SAFE_INTEGER
      ? `Give a whole number from ${least}`
      : `Give a whole number from ${least} to ${most}`,
  )
}

function parseUrl(value: string): string {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new InvalidArgumentError('Give an address such as http://127.0.0.1:8080')
  return value.replace(/\/+$/, '')
}

const parseNames = (value: string): readonly string[] => value.split(',').map((name) => name.trim())
