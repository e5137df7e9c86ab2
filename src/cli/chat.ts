import { once } from 'node:events'
import { createConversation } from '../conversation.ts'
import type { Conversation } from '../conversation/conversation-interface.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import { demonstrate } from './chat-demo.ts'
import { Lines } from './chat-lines.ts'
import type { ChatFlags } from './chat-flags.ts'
import { optionsOf } from './chat-options.ts'
import type { ChatOutput } from './chat-output.ts'
import { converse } from './chat-terminal.ts'
import { askOnce, readPiped } from './chat-once.ts'
import { connect, type Connection } from './connection.ts'
import { type ChatInspector, inspectorFor } from './chat-inspector.ts'
import { type Host, leavingCode, wasInterrupted } from './host.ts'
import { JsonOutput } from './json-output.ts'
import { OnceOutput } from './once-output.ts'
import { Screen } from './screen.ts'
import { Attachments } from './send.ts'
import { TextOutput } from './text-output.ts'

/**
 * The chat command: in a terminal, piped, as a demonstration, or for a single question. Returns the exit code.
 *
 * @param question Answered alone. Default: none.
 */
export async function chat(flags: ChatFlags, host: Host, question?: string): Promise<number> {
  if (question !== undefined) return chatOnce(question, flags, host)
  const screen = new Screen(host)
  // The tour needs its own simulators, so with --base-url --demo is the short demonstration.
  if (!flags.demo || flags.baseUrl !== undefined) return chatWith(flags, host, screen)
  const output = outputFor(flags, host, screen, true)
  let inspector: ChatInspector | null = null
  try {
    return await guarded(output, async () => {
      const { playTour } = await import('./tour/play.ts')
      inspector = await inspectorFor(flags, host)
      if (inspector) sayWhere(inspector, output)
      const exitCode = await playTour({ host, output, screen, inspector, isTerminal: isTerminal(flags, host, screen) })
      if (!wasInterrupted(exitCode)) await untilSeen(inspector, host, output)
      return exitCode
    })
  } finally {
    await closed(inspector)
  }
}

function sayWhere({ url, controlUrl }: ChatInspector, output: ChatOutput): void {
  output.say(`Inspector: ${url}`)
  if (controlUrl !== null) output.say(`Inspector with control: ${controlUrl}`)
}

/** After a demonstration keeps an inspector that the chat started running, because it would end with the chat. */
async function untilSeen(
  inspector: ChatInspector | null,
  { output: { isTTY }, leaving }: Host,
  output: ChatOutput,
): Promise<void> {
  if (!inspector?.isOwn || isTTY !== true || leaving.aborted) return
  output.say('The inspector keeps running. Press Ctrl-C to end it.')
  await once(leaving, 'abort')
}

async function chatWith(flags: ChatFlags, host: Host, screen: Screen): Promise<number> {
  const { input, leaving } = host
  const isAskedFor = flags.demo === true
  const lines = isTerminal(flags, host, screen) || isAskedFor ? null : new Lines(host)
  let connection: Connection | null = null
  let inspector: ChatInspector | null = null
  let output = outputFor(flags, host, screen, isAskedFor)
  const begin = async (): Promise<number> => {
    // In a terminal, empty input only means that nothing was typed yet.
    const isDemo = isAskedFor || (lines !== null && input.isTTY !== true && (await lines.isEmpty()))
    if (leaving.aborted) return leavingCode(leaving)
    output = outputFor(flags, host, screen, isDemo)
    connection = await connect(addressFor(flags, host, isDemo))
    inspector = await inspectorFor(flags, host)
    const conversation = startConversation(flags, connection, output, inspector)
    const { file: files = [], model } = flags
    leaving.addEventListener('abort', () => void conversation.close())
    const plays = isDemo ? 'demonstration' : 'nothing'
    output.begin({ model, connection, plays, isAskedFor, hasKey: keyIn(host) !== undefined, files })
    if (inspector) sayWhere(inspector, output)
    const scene = { conversation, output, attachments: new Attachments(files) }
    const failures = isDemo
      ? await demonstrate(scene, leaving)
      : await (lines ? lines.sendAll(scene) : converse(scene, { screen, host }))
    await conversation.close()
    output.end(conversation)
    if (isDemo) await untilSeen(inspector, host, output)
    return leaving.aborted ? leavingCode(leaving) : failures > 0 ? 1 : 0
  }
  try {
    return await guarded({ problem: (error) => output.problem(error) }, begin)
  } finally {
    lines?.close()
    await closed(inspector)
    await closed(connection)
  }
}

/** Answers a question, with what is piped into the command. */
async function chatOnce(question: string, flags: ChatFlags, host: Host): Promise<number> {
  const { leaving } = host
  const output = flags.json ? new JsonOutput(host.output) : new OnceOutput(host)
  let connection: Connection | null = null
  let inspector: ChatInspector | null = null
  try {
    return await guarded(output, async () => {
      const piped = await readPiped(host)
      if (leaving.aborted) return leavingCode(leaving)
      connection = await connect(addressFor(flags, host, false))
      inspector = await inspectorFor(flags, host)
      const conversation = startConversation(flags, connection, output, inspector)
      leaving.addEventListener('abort', () => void conversation.close())
      const { file: files = [], model } = flags
      output.begin({ model, connection, plays: 'nothing', isAskedFor: false, hasKey: keyIn(host) !== undefined, files })
      if (inspector) sayWhere(inspector, output)
      const text = piped === '' ? question : `${question}\n\n${piped}`
      const exitCode = await askOnce(text, { conversation, output, attachments: new Attachments(files) })
      await conversation.close()
      output.end(conversation)
      return leaving.aborted ? leavingCode(leaving) : exitCode
    })
  } finally {
    await closed(inspector)
    await closed(connection)
  }
}

const closed = (opened: { close(): Promise<void> } | null): Promise<void> => opened?.close() ?? Promise.resolve()

/** Shows an error and returns the exit code 1. */
async function guarded(output: Pick<ChatOutput, 'problem'>, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    output.problem(
      TurnstateError.is(error)
        ? error
        : new TurnstateError('internal-error', 'This is a bug in turnstate. Please report it.', {
            cause: error,
            ...quoteOf(error),
          }),
    )
    return 1
  }
}

const isTerminal = ({ json }: ChatFlags, { input }: Host, screen: Screen): boolean =>
  input.isTTY === true && screen.isTerminal && !json

const outputFor = ({ json }: ChatFlags, host: Host, screen: Screen, showEachState: boolean): ChatOutput =>
  json ? new JsonOutput(host.output) : new TextOutput(screen, { states: showEachState ? 'each' : 'turn' })

const keyIn = ({ env }: Host): string | undefined => env['ANTHROPIC_API_KEY'] || undefined

function addressFor(flags: ChatFlags, host: Host, isDemo: boolean) {
  const isPaced = host.output.isTTY === true
  // A demonstration provokes a refusal. It uses the API only with --base-url, because of the costs and the refusal.
  if (isDemo && flags.baseUrl === undefined) return { isPaced }
  const apiKey = keyIn(host)
  // The SDK would read this variable itself; passing it lets the chat show the address.
  const usual = apiKey === undefined ? undefined : host.env['ANTHROPIC_BASE_URL'] || undefined
  return { isPaced, apiKey, baseUrl: flags.baseUrl ?? usual }
}

function startConversation(
  flags: ChatFlags,
  { source }: Connection,
  output: ChatOutput,
  inspector: ChatInspector | null,
): Conversation {
  const conversation = createConversation({
    ...optionsOf(flags),
    source,
    ...(inspector ? { inspect: inspector } : {}),
    logger: { warn: (message) => output.say(message), error: (message) => output.say(message) },
  })
  conversation.on('*', (notice) => output.notice(notice, conversation))
  return conversation
}
