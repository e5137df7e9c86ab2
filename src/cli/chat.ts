import { createConversation } from '../conversation.ts'
import type { Conversation } from '../conversation/conversation-interface.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import type { OnRefusal } from '../refusals/policy.ts'
import { demonstrate } from './chat-demo.ts'
import { Lines } from './chat-lines.ts'
import type { ChatOutput } from './chat-output.ts'
import { converse } from './chat-terminal.ts'
import { connect, type Connection } from './connection.ts'
import { type Host, leavingCode } from './host.ts'
import { JsonOutput } from './json-output.ts'
import { Screen } from './screen.ts'
import { TextOutput } from './text-output.ts'

export interface ChatFlags {
  readonly json?: boolean
  readonly model: string
  readonly system?: string
  readonly onRefusal?: OnRefusal
  readonly maxTokens: number
  readonly baseUrl?: string
}

/** The chat command: on a terminal, from a pipe, or by itself. Gives the exit code. */
export async function chat(flags: ChatFlags, host: Host): Promise<number> {
  const { input, output: stream, leaving } = host
  const screen = new Screen(host)
  const isTerminal = input.isTTY === true && screen.isTerminal && !flags.json
  const lines = isTerminal ? null : new Lines(host)
  let connection: Connection | null = null
  let output: ChatOutput = flags.json ? new JsonOutput(stream) : new TextOutput(screen, { showEachState: false })
  try {
    // Who sits at a keyboard has just not typed yet.
    const isDemo = lines !== null && input.isTTY !== true && (await lines.isEmpty())
    if (leaving.aborted) return leavingCode(leaving)
    if (isDemo && !flags.json) output = new TextOutput(screen, { showEachState: true })
    connection = await connect(addressFor(flags, host, isDemo))
    const conversation = startConversation(flags, connection, output)
    leaving.addEventListener('abort', () => void conversation.close())
    output.begin({ model: flags.model, connection, isDemo, hasKey: keyIn(host) !== undefined })
    const failures = isDemo
      ? await demonstrate(conversation, output, leaving)
      : await (lines ? lines.sendAll(conversation, output) : converse(conversation, { output, screen, host }))
    await conversation.close()
    return leaving.aborted ? leavingCode(leaving) : failures > 0 ? 1 : 0
  } catch (error) {
    output.problem(
      TurnstateError.is(error) ? error : new TurnstateError('internal-error', messageOf(error), { cause: error }),
    )
    return 1
  } finally {
    lines?.close()
    await connection?.close()
  }
}

const keyIn = ({ env }: Host): string | undefined => env['ANTHROPIC_API_KEY'] || undefined

function addressFor(flags: ChatFlags, host: Host, isDemo: boolean) {
  const isPaced = host.output.isTTY === true
  // A demonstration asks for a refusal on purpose; that is not a thing to do to the API, or to a bill, unless told to.
  if (isDemo && flags.baseUrl === undefined) return { isPaced }
  const apiKey = keyIn(host)
  // The SDK would go there by itself; this way the chat says so.
  const usual = apiKey === undefined ? undefined : host.env['ANTHROPIC_BASE_URL'] || undefined
  return { isPaced, apiKey, baseUrl: flags.baseUrl ?? usual }
}

function startConversation(flags: ChatFlags, connection: Connection, output: ChatOutput): Conversation {
  const conversation = createConversation({
    source: connection.source,
    model: flags.model,
    maxTokens: flags.maxTokens,
    ...(flags.system === undefined ? {} : { request: { system: flags.system } }),
    ...(flags.onRefusal === undefined ? {} : { onRefusal: flags.onRefusal }),
    logger: { warn: (message) => output.say(message), error: (message) => output.say(message) },
  })
  conversation.on('*', (notice) => output.notice(notice, conversation))
  return conversation
}
