import { type Command, Option } from 'commander'
import { type OverflowPolicy, overflowPolicies, type Prices } from '../journal/index.ts'
import type { RefusalLadder } from '../refusals/policy.ts'
import {
  parseCount,
  parseFile,
  parseInspector,
  parseLadder,
  parseModel,
  parseModels,
  parsePrice,
  parseText,
  parseTools,
  parseUrl,
  refusalChoices,
} from './parse.ts'
import { parseStore, type StoreAddress, storeAddresses } from './stores/store-address.ts'
import { aboutTools } from './tools/index.ts'

export interface ChatFlags {
  readonly json?: boolean
  readonly demo?: boolean
  /** Default: `defaultModel`, or that of a conversation that is opened. */
  readonly model?: string
  readonly system?: string
  readonly onRefusal?: RefusalLadder
  readonly fallback?: readonly string[]
  readonly apiFallback?: readonly string[]
  readonly retryModel?: readonly string[]
  readonly maxTokens: number
  readonly onTruncated?: 'continue' | 'stop'
  readonly onOverflow?: OverflowPolicy
  readonly budgetTokens?: number
  readonly price?: Prices
  readonly tools?: readonly string[]
  readonly file?: readonly string[]
  readonly baseUrl?: string
  /** The address of an inspector; `true`: the address in the environment, or a new inspector. */
  readonly inspect?: string | true
  readonly allowControl?: boolean
  readonly includeText?: boolean
  /** `false`: keep the chat nowhere. */
  readonly store?: StoreAddress | false
  readonly continue?: boolean
  /** The beginning of an id; `true`: one that is chosen from a list. */
  readonly resume?: string | true
}

/** The model of new conversations. */
export const defaultModel = 'claude-opus-5-5'

/** What a model costs, for commands that show it. */
export const priceOption = (): Option =>
  new Option(
    '--price <model=in/out>',
    'dollars per million tokens, to show the cost: claude-opus-5-5=5/25, or with the cache (read, write) =5/25/0.5/6.25; repeat it for other models',
  ).argParser(parsePrice)

/** The flags of the chat command: the only list. Help, errors and docs/command.md are made from it. */
export function addChatFlags(command: Command): Command {
  return command
    .option('--json', 'print one JSON object per line')
    .option('--demo', 'play a tour of ten scripted scenes against the built-in simulator')
    .option('--continue', 'go on with the last conversation')
    .option(
      '--resume [id]',
      'go on with the conversation that has this id, or one that begins so; without an id, choose from the latest ten',
      parseText,
    )
    .option(
      '--store <where>',
      `where conversations are kept: ${storeAddresses}. Default: a chat in a terminal is kept in the user's data folder, everything else in memory`,
      parseStore,
    )
    .option('--no-store', 'keep the chat in memory only')
    .addOption(
      new Option('--model <name>', 'the model to ask')
        .default(undefined, `${defaultModel}, or the model of the conversation`)
        .argParser(parseModel),
    )
    .option('--system <text>', 'the system prompt', parseText)
    .addOption(
      new Option(
        '--on-refusal <policies>',
        `what to do after a refusal: ${refusalChoices}; several, joined by commas, are tried in turn`,
      )
        .default(undefined, 'drop-turn,rewind:1,clear')
        .argParser(parseLadder),
    )
    .option('--fallback <models>', 'models to try after a refusal, before --on-refusal; joined by commas', parseModels)
    .option(
      '--api-fallback <models>',
      'models that the API itself tries after a refusal; joined by commas',
      parseModels,
    )
    .option('--retry-model <models>', 'models to try during an outage; joined by commas', parseModels)
    .option('--max-tokens <n>', 'the maximum number of tokens in a reply', parseCount, 1024)
    .addOption(
      new Option(
        '--on-truncated <what>',
        'what to do when a reply reaches --max-tokens: continue, asking for the rest, or stop',
      )
        .default(undefined, 'stop')
        .choices(['continue', 'stop']),
    )
    .addOption(
      new Option('--on-overflow <what>', 'what to do when the context is full: fail, or compact it into a summary')
        .default(undefined, 'fail')
        .choices(overflowPolicies),
    )
    .option('--budget-tokens <n>', 'send nothing more after this many tokens in total', parseCount)
    .addOption(priceOption())
    .addOption(
      new Option('--tools [names]', `tools for the model, joined by commas; without names, all of them: ${aboutTools}`)
        .preset('all')
        .argParser(parseTools),
    )
    .option('--file <path...>', 'files to send with the first message: images, PDFs, texts', parseFile)
    .option('--base-url <url>', 'the address of the API, or of a simulator', parseUrl)
    .option(
      '--inspect [address]',
      'show the chat in an inspector: the one at this address, or at the address in this file or in TURNSTATE_INSPECTOR; else one that is started for the chat',
      parseInspector,
    )
    .option('--allow-control', 'with --inspect: let the inspector send events to the chat')
    .option('--include-text', 'with --inspect: show texts, which are redacted otherwise')
}

/** @throws CommanderError for flags that can't be combined */
export function checkChatFlags(flags: ChatFlags, command: Command, question?: string): void {
  const conflict =
    conflictIn(flags, question) ?? (flags.demo && flags.baseUrl === undefined ? notForTour(command) : null)
  if (conflict !== null) command.error(conflict, { exitCode: 2 })
}

function notForTour(command: Command): string | null {
  const given = command.options.find((option) => {
    const name = option.attributeName()
    return (
      !(name === 'store' && command.getOptionValue(name) === false) &&
      !['demo', 'json', 'inspect', 'allowControl', 'includeText'].includes(name) &&
      command.getOptionValueSource(name) === 'cli'
    )
  })
  return given === undefined
    ? null
    : `${given.long ?? given.flags} can't be combined with --demo: each scene of the tour has its own settings`
}

/** Why the flags can't be combined; `null` when they can. */
function conflictIn(flags: ChatFlags, question: string | undefined): string | null {
  if (flags.demo && question !== undefined) return "--demo can't be combined with a question: it plays its own"
  const { model = defaultModel, fallback, apiFallback, retryModel, resume, store } = flags
  const opening = flags.continue ? '--continue' : resume === undefined ? null : '--resume'
  if (flags.continue && resume !== undefined) return "--continue can't be combined with --resume: give one of them"
  const demo = opening ?? (store ? '--store' : null)
  if (flags.demo && demo !== null) return `${demo} can't be combined with --demo: a demonstration is not kept`
  if (opening !== null && store === false) return `${opening} can't be combined with --no-store: nothing is kept there`
  if (flags.inspect === undefined && (flags.allowControl ?? flags.includeText))
    return `${flags.allowControl ? '--allow-control' : '--include-text'} needs --inspect: give that too`
  const lists = { '--fallback': fallback, '--api-fallback': apiFallback, '--retry-model': retryModel }
  const [flag] = Object.entries(lists).find(([, models]) => models?.includes(model)) ?? []
  return flag === undefined ? null : `${flag} names ${model}, which is asked first anyway: name other models`
}
