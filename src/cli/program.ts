import { Command, CommanderError } from 'commander'
import { messageOf } from '../errors.ts'
import { addChatFlags, type ChatFlags, checkChatFlags } from './chat-flags.ts'
import type { Host } from './host.ts'
import { parseCountFromZero, parseNames, parsePort } from './parse.ts'
import type { SimulateFlags } from './simulate.ts'

/** Exit codes: 0 done, 1 it failed, 2 it was called wrongly, 128 and more: it was told to end. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  let exitCode = 0
  const program = createProgram(host, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      host.errors.write(`turnstate: ${messageOf(error)}\n`)
      return 1
    }
    if (error.exitCode === 0) return 0
    // Commander has printed the help that belongs to this one.
    if (error.code !== 'commander.help') host.errors.write(`turnstate: ${whatIsRight(error, program, argv)}\n`)
    return 2
  }
}

// A command is loaded when it is asked for: help and errors are there at once.
function createProgram(host: Host, exit: (code: number) => void): Command {
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
      const { chat } = await import('./chat.ts')
      exit(await chat(flags, host))
    })

  program
    .command('simulate')
    .description('Serve the simulated Messages API on this machine, for tests and for trying things out.')
    .option('--port <n>', 'the port to listen on; 0 takes a free one', parsePort, 0)
    .option('--refuse-after <n>', 'deltas that are shown before a refusal; 0 refuses before any', parseCountFromZero, 0)
    .option('--refuse-models <names>', 'refuse for these models only, joined by commas', parseNames)
    .action(async (flags: SimulateFlags) => {
      const { simulate } = await import('./simulate.ts')
      exit(await simulate(flags, host))
    })

  return program
}

/** What is wrong and what is right, on one line. */
function whatIsRight({ code, message }: CommanderError, program: Command, argv: readonly string[]): string {
  const command = program.commands.find((known) => argv.includes(known.name())) ?? program
  const name = command === program ? 'turnstate' : `turnstate ${command.name()}`
  const wrong = message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/\.$/, '')
  const help = `See ${name} --help.`
  switch (code) {
    case 'commander.unknownOption':
      return `${wrong}. ${name} takes ${['--help', ...command.options.map(({ long }) => long)].join(', ')}.`
    case 'commander.unknownCommand':
      return `${wrong}. The commands are ${program.commands.map((known) => known.name()).join(' and ')}. ${help}`
    case 'commander.excessArguments':
      return `${command.name()} takes options only${command.name() === 'chat' ? '; messages come from standard input' : ''}. ${help}`
    case 'commander.optionMissingArgument': {
      const option = command.options.find(({ flags }) => wrong.includes(`'${flags}'`))
      return option ? `${option.flags} needs a value: ${option.description}. ${help}` : `${wrong}. ${help}`
    }
    default:
      return `${wrong}. ${help}`
  }
}
