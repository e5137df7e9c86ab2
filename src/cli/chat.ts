import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createConversation, openConversation } from '../conversation.ts'
import type { Conversation } from '../conversation/conversation-interface.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import { demonstrate } from './chat-demo.ts'
import { Lines } from './chat-lines.ts'
import type { ConversationListing } from '../stores/index.ts'
import { type ChatFlags, defaultModel } from './chat-flags.ts'
import { optionsOf } from './chat-options.ts'
import type { Beginning, ChatOutput } from './chat-output.ts'
import { converse } from './chat-terminal.ts'
import { askOnce, readPiped } from './chat-once.ts'
import { connect, type Connection } from './connection.ts'
import { type ChatInspector, inspectorFor } from './chat-inspector.ts'
import { Desk } from './desk.ts'
import { list } from './explain.ts'
import { type Host, leavingCode, wasInterrupted } from './host.ts'
import { JsonOutput } from './json-output.ts'
import { chosen, goesOn, howToContinue, type Kept, Left, storeFor } from './keeping.ts'
import { localUser } from './local-user.ts'
import { OnceOutput } from './once-output.ts'
import { Screen } from './screen.ts'
import { Attachments } from './send.ts'
import { chatLease } from './stores/take-over.ts'
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
  const isInTerminal = isTerminal(flags, host, screen)
  const lines = isInTerminal || isAskedFor ? null : new Lines(host)
  let connection: Connection | null = null
  let inspector: ChatInspector | null = null
  let desk: Desk | null = null
  let output = outputFor(flags, host, screen, isAskedFor)
  const begin = async (): Promise<number> => {
    // In a terminal, empty input only means that nothing was typed yet.
    const isDemo = isAskedFor || (lines !== null && !goesOn(flags) && input.isTTY !== true && (await lines.isEmpty()))
    if (leaving.aborted) return leavingCode(leaving)
    output = outputFor(flags, host, screen, isDemo)
    const kept = isDemo ? null : await storeFor(flags, host, isInTerminal)
    desk = deskFor(kept, { flags, host, output, connected: () => ({ connection, inspector }) })
    const listing = kept && (await chosen(flags, kept, isInTerminal ? { host, screen } : null))
    connection = await connect(addressFor(flags, host, isDemo))
    inspector = await inspectorFor(flags, host)
    const { file: files = [] } = flags
    const plays = isDemo ? 'demonstration' : 'nothing'
    const beginning = { connection, plays, isAskedFor, hasKey: keyIn(host) !== undefined, files } as const
    await openFirst({ desk, kept, listing, flags, beginning, output })
    if (inspector) sayWhere(inspector, output)
    const opened = desk
    const scene = {
      get conversation() {
        return opened.conversation
      },
      output,
      attachments: new Attachments(files),
      desk,
    }
    const failures = isDemo
      ? await demonstrate(scene, leaving)
      : await (lines ? lines.sendAll(scene) : converse(scene, { screen, host }))
    const isKept = await desk.close()
    output.end(desk.conversation)
    if (isKept && isInTerminal) output.say(howToContinue(flags, host))
    if (isDemo) await untilSeen(inspector, host, output)
    return leaving.aborted ? leavingCode(leaving) : failures > 0 ? 1 : 0
  }
  try {
    return await guarded({ problem: (error) => output.problem(error) }, begin)
  } finally {
    lines?.close()
    await closed(desk)
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
  let desk: Desk | null = null
  try {
    return await guarded(output, async () => {
      const piped = await readPiped(host)
      if (leaving.aborted) return leavingCode(leaving)
      const kept = await storeFor(flags, host, false)
      desk = deskFor(kept, { flags, host, output, connected: () => ({ connection, inspector }) })
      const listing = await chosen(flags, kept, null)
      connection = await connect(addressFor(flags, host, false))
      inspector = await inspectorFor(flags, host)
      const { file: files = [] } = flags
      const hasKey = keyIn(host) !== undefined
      const beginning = { connection, plays: 'nothing', isAskedFor: false, hasKey, files } as const
      await openFirst({ desk, kept, listing, flags, beginning, output })
      if (inspector) sayWhere(inspector, output)
      const text = piped === '' ? question : `${question}\n\n${piped}`
      const { conversation } = desk
      const exitCode = await askOnce(text, { conversation, output, attachments: new Attachments(files) })
      await desk.close()
      output.end(conversation)
      return leaving.aborted ? leavingCode(leaving) : exitCode
    })
  } finally {
    await closed(desk)
    await closed(inspector)
    await closed(connection)
  }
}

interface First {
  readonly desk: Desk
  /** `null`: a demonstration, which is never kept. */
  readonly kept: Kept | null
  /** `null`: a new conversation. */
  readonly listing: ConversationListing | null
  readonly flags: ChatFlags
  readonly beginning: Omit<Beginning, 'model'>
  readonly output: ChatOutput
}

/** Opens the conversation that the chat begins with. */
async function openFirst({ desk, kept, listing, flags, beginning, output }: First): Promise<void> {
  const id = listing?.id ?? randomUUID()
  output.begin({
    ...beginning,
    model: flags.model ?? listing?.model ?? defaultModel,
    ...(kept?.store ? { kept: { id, where: kept.where } } : {}),
  })
  if (kept?.obstacle) output.say(kept.obstacle)
  if (goesOn(flags) && !listing) output.say('There is no conversation to go on with yet; this is a new one.')
  if (!listing) return desk.startNew(id)
  await desk.open(listing)
  const { conversation } = desk
  // What the store has is changed only by what was asked for.
  if (flags.model !== undefined && flags.model !== conversation.model) conversation.setModel(flags.model)
  if (flags.budgetTokens !== undefined) conversation.setBudget({ tokens: flags.budgetTokens })
}

const closed = async (opened: { close(): Promise<unknown> } | null): Promise<void> => void (await opened?.close())

/** Shows an error and returns the exit code 1. */
async function guarded(output: Pick<ChatOutput, 'problem'>, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Left) return 0
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

interface DeskParts {
  readonly flags: ChatFlags
  readonly host: Host
  readonly output: ChatOutput
  readonly connected: () => { readonly connection: Connection | null; readonly inspector: ChatInspector | null }
}

/** A desk for the conversations of a chat. It needs the connection when it creates or opens one. */
function deskFor(kept: Kept | null, { flags, host, output, connected }: DeskParts): Desk {
  const store = kept?.store ?? null
  const create = async (id: string): Promise<Conversation> => {
    const { connection, inspector } = connected()
    if (!connection) throw new TurnstateError('internal-error', 'There is no connection.')
    const options = {
      ...optionsOf(flags),
      id,
      source: connection.source,
      ...(inspector ? { inspect: inspector } : {}),
      logger: { warn: (message: string) => output.say(message), error: (message: string) => output.say(message) },
    }
    return store
      ? openConversation({ ...options, store, lease: chatLease, owner: localUser })
      : createConversation(options)
  }
  return new Desk({
    store,
    create,
    leaving: host.leaving,
    notice: (notice, conversation) => output.notice(notice, conversation),
    opened: (conversation, listing) => {
      output.opened(conversation, listing)
      const missing = conversation.pendingCalls.flatMap(({ name, needs }) =>
        needs === 'approval' && !flags.tools?.includes(name) ? [name] : [],
      )
      if (missing.length > 0)
        output.say(
          `This chat has no tool ${list(missing)}: a call that you allow will fail. Give --tools when you start it.`,
        )
    },
    say: (text) => output.say(text),
  })
}
