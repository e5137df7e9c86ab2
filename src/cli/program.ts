import { Command, CommanderError, Option } from 'commander'
import { messageOf } from '../errors.ts'
import { withoutPasswords } from '../quote.ts'
import { forTerminal } from '../terminal-text.ts'
import { addChatFlags, type ChatFlags, checkChatFlags } from './chat-flags.ts'
import { list } from './explain.ts'
import { type ChartFlags, formats, machines } from './picture-flags.ts'
import type { Host } from './host.ts'
import type { InspectFlags } from './inspect.ts'
import { warnOfToken } from './inspector-tokens.ts'
import { parseCountFromZero, parseExported, parseNames, parsePort, parseText, parseToken } from './parse.ts'
import type { SimulateFlags } from './simulate.ts'

/** Exit codes: 0 done, 1 it failed, 2 it was called wrongly, 128 and more: it was told to end. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  let exitCode = 0
  const program = createProgram(argv, host, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      host.errors.write(`turnstate: ${forTerminal(messageOf(error))}\n`)
      return 1
    }
    if (error.exitCode === 0) return 0
    // Commander has printed the help that belongs to this one.
    if (error.code !== 'commander.help')
      host.errors.write(`turnstate: ${forTerminal(whatIsRight(error, program, argv))}\n`)
    return 2
  }
}

// A command is loaded when it is asked for: help and errors are there at once.
function createProgram(argv: readonly string[], host: Host, exit: (code: number) => void): Command {
  const program = new Command('turnstate')
    .description('A refusal-safe conversation controller for Claude.')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.output.write(text),
      writeErr: (text) => host.errors.write(text),
      outputError: () => {},
    })

  addChatFlags(program.command('chat'))
    .description(
      'Chat in the terminal; piped, one message per line; with nothing on standard input, a short demonstration. With ANTHROPIC_API_KEY it talks to the API, without it to the built-in simulator.',
    )
    .action(async (flags: ChatFlags, command: Command) => {
      checkChatFlags(flags, command)
      warnOfToken(argv, host)
      const { chat } = await import('./chat.ts')
      exit(await chat(flags, host))
    })

  program
    .command('simulate')
    .description('Serve the simulated Messages API on this machine, for tests and for trying things out.')
    .option('--port <n>', 'the port to listen on; 0 takes a free one', parsePort, 0)
    .option('--refuse-after <n>', 'deltas that are shown before a refusal; 0 refuses before any', parseCountFromZero, 0)
    .option('--refuse-models <names>', 'refuse for these models only, joined by commas', parseNames)
    .option('--cors', 'let web pages ask, as the API does')
    .action(async (flags: SimulateFlags) => {
      const { simulate } = await import('./simulate.ts')
      exit(await simulate(flags, host))
    })

  program
    .command('inspect')
    .description(
      'Watch conversations: serves a page on this machine that shows the state of each, and why. Processes connect to it with chat --inspect or connectInspector().',
    )
    .argument('[file]', 'a file that an inspector exported, to be shown too', parseExported)
    .option('--port <n>', 'the port to listen on; 0 takes a free one', parsePort, 0)
    .option('--open', 'open the page in the browser')
    .option(
      '--allow-control',
      'print a second address, whose page sends events to conversations whose process allows it',
    )
    .option(
      '--token-file <path>',
      'a file with the tokens of its addresses, so that pages and processes find it again; made where there is none. Without it, TURNSTATE_INSPECTOR_TOKEN',
      parseText,
    )
    .option('--token <text>', 'the same, where everybody on this machine can read it', parseToken)
    .option('--tty', 'show it in this terminal too')
    .action(async (file: string | undefined, flags: InspectFlags) => {
      warnOfToken(argv, host)
      const { inspect } = await import('./inspect.ts')
      exit(await inspect(file, flags, host))
    })

  program
    .command('chart')
    .description('Draw a machine: as a picture, as a Mermaid diagram, or as data.')
    .addOption(new Option('--format <name>', 'what to draw').choices(formats).default('svg'))
    .addOption(new Option('--machine <name>', 'which one').choices(machines).default('conversation'))
    .option('--unfold <states>', 'states that show what is inside: all, none, or ids joined by commas', parseNames, [
      'all',
    ])
    .option('--states <states>', 'draw only these states of the machine, ids joined by commas', parseNames)
    .option('--compact', 'short labels: guards only where they choose, and a count of what is left out')
    .addOption(new Option('--theme <name>', 'the colours of a picture').choices(['light', 'dark']).default('light'))
    .option('--output <path>', 'the file to write; without it, standard output', parseText)
    .action(async (flags: ChartFlags) => {
      const { chart } = await import('./chart.ts')
      exit(await chart(flags, host))
    })

  return program
}

/** What is wrong and what is right, on one line. */
function whatIsRight({ code, message }: CommanderError, program: Command, argv: readonly string[]): string {
  const command = program.commands.find((known) => argv.includes(known.name())) ?? program
  const name = command === program ? 'turnstate' : `turnstate ${command.name()}`
  // What was typed is quoted: not the password in an address.
  const wrong = withoutPasswords(message)
    .replace(/^error: /, '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim()
    .replace(/\.$/, '')
  const help = `See ${name} --help.`
  switch (code) {
    case 'commander.unknownOption':
      return `${wrong}. ${name} takes ${['--help', ...command.options.map(({ long }) => long)].join(', ')}.`
    case 'commander.unknownCommand':
      return `${wrong}. The commands are ${list(program.commands.map((known) => known.name()))}. ${help}`
    case 'commander.excessArguments':
      if (command.registeredArguments.length > 0) return `${wrong}. ${help}`
      return `${command.name()} takes options only${command.name() === 'chat' ? '; messages come from standard input' : ''}. ${help}`
    case 'commander.optionMissingArgument': {
      const option = command.options.find(({ flags }) => wrong.includes(`'${flags}'`))
      return option ? `${option.flags} needs a value: ${option.description}. ${help}` : `${wrong}. ${help}`
    }
    default:
      return `${wrong}. ${help}`
  }
}
