import { Command, CommanderError, Option } from 'commander'
import { didYouMean } from '../did-you-mean.ts'
import { inFull, messageOf, TurnstateError } from '../errors.ts'
import { withoutPasswords } from '../foreign-text.ts'
import { version } from '../package/version.ts'
import { forTerminal } from '../terminal-text.ts'
import { addClusterCommands } from './cluster-commands.ts'
import { clusterAddress, parseCluster, parseProcess } from './cluster-flags.ts'
import { addChatFlags, type ChatFlags, checkChatFlags, defaultModel, priceOption } from './chat-flags.ts'
import { list } from './explain.ts'
import { type ChartFlags, formats, machines } from './picture-flags.ts'
import type { Host } from './host.ts'
import type { InspectedPlace, InspectFlags } from './inspect.ts'
import { warnOfToken } from './inspector-tokens.ts'
import { typedAs } from './invocation.ts'
import {
  parseCount,
  parseCountFromZero,
  parseInspected,
  parseModel,
  parseNames,
  parsePort,
  parseQuestion,
  parseText,
  parseToken,
  parseUrl,
} from './parse.ts'
import type { ServeFlags } from './serve.ts'
import type { SimulateFlags } from './simulate.ts'
import { parseServedStore, storeAddresses } from './stores/store-address.ts'
import { addStoreCommands } from './stores/store-commands.ts'

/** Runs the command. Exit codes: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  let exitCode = 0
  const program = createProgram(argv, host, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(isVersionAsked(argv) ? ['--version'] : argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      const text = TurnstateError.is(error) ? `${inFull(error)} (${error.code})` : messageOf(error)
      host.errors.write(`turnstate: ${forTerminal(text)}\n`)
      return 1
    }
    if (error.exitCode === 0) return 0
    // For this code commander has printed the help already.
    if (error.code !== 'commander.help')
      host.errors.write(`turnstate: ${forTerminal(explainError(error, program, { argv, host }))}\n`)
    return 2
  }
}

/** Also after the name of a command: in a checkout `npm run chat -- --version` can only be typed so. */
const isVersionAsked = (argv: readonly string[]): boolean => argv.length === 2 && argv[1] === '--version'

/** The commands and their flags. Each command is imported when it runs, so that help and errors appear at once. */
export function createProgram(argv: readonly string[], host: Host, exit: (code: number) => void): Command {
  const program: Command = new Command('turnstate')
    .description('A refusal-safe conversation controller for Claude.')
    .helpCommand(false)
    .version(version(), '--version', 'print the version')
    .configureHelp({ commandUsage: (command) => `${typed(command, program, host)} ${command.usage()}` })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.output.write(text),
      writeErr: (text) => host.errors.write(text),
      outputError: () => {},
    })

  const chatCommand = addChatFlags(program.command('chat'))
    .description(
      'Chat in the terminal; with a question, answer it and exit. Without one, piped input is read as one message per line, and empty input plays a short demonstration. Talks to the API if ANTHROPIC_API_KEY is set, else to the built-in simulator.',
    )
    .argument('[question]', 'answer this alone, with what is piped in, and exit', parseQuestion)
    .action(async (question: string | undefined, flags: ChatFlags, command: Command) => {
      checkChatFlags(flags, command, question)
      warnOfToken(argv, host)
      const { chat } = await import('./chat.ts')
      exit(await chat(flags, host, question))
    })
  chatCommand.addHelpText('after', () => {
    const name = typed(chatCommand, program, host)
    return `
Examples:
  ${name} "What is a statechart?"
  git diff | ${name} "Write a commit message for this."
  ${name} --file report.pdf -- "Summarise this."

Exit codes: 0 answered, 1 failed, 2 wrong use, 3 the question was refused, 128 + n ended by signal n.
In a chat, /help lists its commands and keys.`
  })

  addStoreCommands(program, host, exit)

  program
    .command('simulate')
    .description('Serve a simulated Messages API on this machine, for tests and experiments.')
    .option('--port <n>', 'the port to listen on; 0 picks a free one', parsePort, 0)
    .option('--refuse-after <n>', 'deltas to send before a refusal; 0 refuses at once', parseCountFromZero, 0)
    .option('--refuse-models <names>', 'refuse only for these models; joined by commas', parseNames)
    .option('--cors', 'accept requests from web pages (CORS), as the API does')
    .action(async (flags: SimulateFlags) => {
      const { simulate } = await import('./simulate.ts')
      exit(await simulate(flags, host))
    })

  program
    .command('serve')
    .description(
      'Serve conversations over HTTP, with a chat page for browsers. Replies come from the API if ANTHROPIC_API_KEY is set, else from the built-in simulator.',
    )
    .option(
      '--port <n>',
      'the port to listen on; 0 picks a free one. Default: 8787, or with --open a free one if that is taken',
      parsePort,
    )
    .option(
      '--host <address>',
      'the address to listen on; any but this machine needs a token. Default: 127.0.0.1',
      parseText,
    )
    .option(
      '--store <where>',
      `where conversations are kept: ${storeAddresses}, memory, or user for the user's own chats. Default: memory`,
      parseServedStore,
    )
    .option(
      '--cluster <postgres-url>',
      `be a process of the cluster with this Postgres (${clusterAddress}), which keeps the conversations, too. A password is better in PGPASSWORD`,
      parseCluster,
    )
    .option(
      '--process <name>',
      'with --cluster: the name of this process, which no other has. Default: a new one',
      parseProcess,
    )
    .option(
      '--token <text...>',
      'a token that clients have to send as "authorization: Bearer …". Default: that in TURNSTATE_TOKEN, which other users of this machine can not read',
    )
    .option('--allow-origin <origins...>', 'origins whose pages may ask from browsers, such as https://app.example.com')
    .option('--model <name>', `the model to ask. Default: ${defaultModel}`, parseModel)
    .option('--max-tokens <n>', 'the most tokens of a reply', parseCount, 4_096)
    .addOption(priceOption())
    .option('--base-url <url>', 'the address of a server that speaks the Messages API', parseUrl)
    .option(
      '--config <path>',
      'a module that exports options of conversationServer(): source, tools, policies, authorize. Default: turnstate.config.ts, .mjs, .js or .json, if there is one',
      parseText,
    )
    .option('--no-ui', 'do not serve the chat page')
    .option('--open', 'open the chat page in the browser')
    .option('--inspect', 'serve the inspector beside it')
    .option('--allow-control', 'with --inspect: let the inspector send events to conversations')
    .option('--include-text', 'with --inspect: show texts, which are redacted otherwise')
    .option('--quiet', 'log no requests')
    .option('--json', 'log one JSON object per line')
    .action(async (flags: ServeFlags, command: Command) => {
      checkServeFlags(flags, command)
      warnOfToken(argv, host)
      const { serveConversations } = await import('./serve.ts')
      exit(await serveConversations(flags, host))
    })

  addClusterCommands(program, host, exit)

  program
    .command('inspect')
    .description(
      'Inspect conversations: serves a page on this machine that shows the state of each and how it got there. Processes connect with chat --inspect or connectInspector().',
    )
    .argument(
      '[what]',
      `a file exported from an inspector, or a store (${storeAddresses}), to show as well, read-only`,
      parseInspected,
    )
    .argument(
      '[id]',
      'with a store: the conversation to show, by its id or a beginning of it; default: the latest ten',
      parseText,
    )
    .option('--include-text', 'with a store: show texts, which are redacted otherwise')
    .option('--port <n>', 'the port to listen on; 0 picks a free one', parsePort, 0)
    .option('--open', 'open the page in the browser')
    .option(
      '--allow-control',
      'print a second address, whose page can send events to conversations if their process allows it',
    )
    .option(
      '--token-file <path>',
      'a file that keeps the tokens, so that the addresses stay the same after a restart; created if missing. Default: the token in TURNSTATE_INSPECTOR_TOKEN, or a new one',
      parseText,
    )
    .option('--token <text>', 'the token itself; other users of this machine can read it', parseToken)
    .option('--tty', 'show the conversations in this terminal too')
    .action(async (what: InspectedPlace = {}, id: string | undefined, flags: InspectFlags, command: Command) => {
      if (!what.store && (id ?? flags.includeText) !== undefined)
        command.error(`${id === undefined ? '--include-text' : 'the id of a conversation'} needs a store before it`, {
          exitCode: 2,
        })
      warnOfToken(argv, host)
      const { inspect } = await import('./inspect.ts')
      exit(await inspect({ ...what, ...(id === undefined ? {} : { id }) }, flags, host))
    })

  program
    .command('chart')
    .description('Draw a machine as a picture, a Mermaid diagram, or data.')
    .addOption(new Option('--format <name>', 'the output format').choices(formats).default('svg'))
    .addOption(new Option('--machine <name>', 'the machine to draw').choices(machines).default('conversation'))
    .option('--unfold <states>', 'states to draw with their contents: all, none, or ids joined by commas', parseNames, [
      'all',
    ])
    .option('--states <states>', 'draw only these states and the arrows among them: ids joined by commas', parseNames)
    .option('--compact', 'short labels: guards only where they decide, and a count of what is left out')
    .addOption(new Option('--theme <name>', 'the colours of the picture').choices(['light', 'dark']).default('light'))
    .option('--output <path>', 'the file to write; default: standard output', parseText)
    .action(async (flags: ChartFlags) => {
      const { chart } = await import('./chart.ts')
      exit(await chart(flags, host))
    })

  return program
}

/** @throws CommanderError for flags that can't be combined */
function checkServeFlags(flags: ServeFlags, command: Command): void {
  const { ui, open, inspect, allowControl, includeText, cluster, process, store } = flags
  if (cluster !== undefined && store !== undefined)
    command.error("--cluster can't be combined with --store: a cluster keeps its conversations in its own Postgres", {
      exitCode: 2,
    })
  if (process !== undefined && cluster === undefined)
    command.error('--process needs --cluster: give that too', { exitCode: 2 })
  if (open && !ui) command.error("--open can't be combined with --no-ui: there is no page to open", { exitCode: 2 })
  if (!inspect && (allowControl ?? includeText))
    command.error(`${allowControl ? '--allow-control' : '--include-text'} needs --inspect: give that too`, {
      exitCode: 2,
    })
}

/** How to type a command here. */
function typed(command: Command, program: Command, host: Host): string {
  if (command === program) return typedAs(host)
  const { parent } = command
  return parent && parent !== program
    ? `${typed(parent, program, host)} ${command.name()}`
    : typedAs(host, command.name())
}

/** The command that the arguments name. */
function commandIn(argv: readonly string[], program: Command): Command {
  const command = program.commands.find((known) => argv[0] === known.name())
  return command?.commands.find((known) => argv[1] === known.name()) ?? command ?? program
}

interface Given {
  readonly argv: readonly string[]
  readonly host: Host
}

/** Whether a text reads like `user:password@host`. */
const mayHoldPassword = (text: string): boolean => text.includes(':') && text.lastIndexOf('@') > text.indexOf(':')

/** An error and how to fix it, on one line. */
function explainError({ code, message }: CommanderError, program: Command, { argv, host }: Given): string {
  const command = commandIn(argv, program)
  const name = typed(command, program, host)
  // Commander quotes the arguments; an address in them may hold a password.
  const wrong = withoutPasswords(message)
    // One that is mistyped may hold a password at any place.
    .replaceAll(/'postgres[^']*'/g, "'postgres:…'")
    .replaceAll(/'[^'\s]*'/g, (quoted) => (mayHoldPassword(quoted) ? "'…'" : quoted))
    .replace(/^error: (command-argument value )?/, '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim()
    .replace(/\.$/, '')
  const help = `See ${name} --help.`
  const [, given = ''] = /^unknown (?:option|command) '(.*?)'/.exec(wrong) ?? []
  switch (code) {
    case 'commander.unknownOption': {
      const known = ['--help', ...command.options.map(({ long }) => long ?? '')]
      const option = given.split('=', 1)[0] ?? given
      return `option ${option} not found.${didYouMean(option, known)} ${name} takes ${known.join(', ')}.`
    }
    case 'commander.unknownCommand': {
      if (command !== program) return unknownBelow(given, command, name, help)
      const known = program.commands.map((each) => each.name())
      const ask = `To ask the model, type ${typedAs(host, 'chat')} "your question".`
      return `command "${given}" not found.${didYouMean(given, known)} The commands are ${list(known)}. ${ask} ${help}`
    }
    case 'commander.excessArguments':
      if (command.commands.length > 0) return unknownBelow(argv[1] ?? '', command, name, help)
      if (command.name() === 'chat') return `a question of several words needs quotes: ${name} "your question". ${help}`
      return command.registeredArguments.length > 0
        ? `${wrong}. ${help}`
        : `${command.name()} takes only options. ${help}`
    case 'commander.optionMissingArgument': {
      const option = command.options.find(({ flags }) => wrong.includes(`'${flags}'`))
      return option ? `${option.flags} needs a value: ${option.description}. ${help}` : `${wrong}. ${help}`
    }
    default:
      return `${wrong}. ${help}`
  }
}

function unknownBelow(word: string, command: Command, name: string, help: string): string {
  const known = command.commands.map((each) => each.name())
  return `${command.name()} ${word} not found.${didYouMean(word, known)} ${name} takes ${list(known)}. ${help}`
}
