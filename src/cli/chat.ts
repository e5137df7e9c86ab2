import { createConversation } from '../conversation.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import type { OnRefusal } from '../refusals/policy.ts'
import { readLines } from './chat-lines.ts'
import { demonstrate } from './chat-demo.ts'
import { converse } from './chat-terminal.ts'
import type { ChatOutput } from './chat-output.ts'
import { connect, type Connection } from './connection.ts'
import { JsonOutput } from './json-output.ts'
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
export async function chat(flags: ChatFlags): Promise<number> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && !flags.json
  const first = isTerminal ? null : await readLines(process.stdin)
  const isDemo = first?.isEmpty === true
  const connection = await connect({
    baseUrl: flags.baseUrl,
    // A demonstration asks for a refusal on purpose; that is not a thing to do to the API, or to a bill.
    apiKey: isDemo ? undefined : process.env['ANTHROPIC_API_KEY'] || undefined,
    paced: process.stdout.isTTY,
  })
  const output = flags.json ? new JsonOutput(process.stdout) : new TextOutput(process.stdout, { showEachState: isDemo })
  try {
    const conversation = startConversation(flags, connection, output)
    output.begin({ model: flags.model, connection, isDemo })
    const failures = isTerminal
      ? await converse(conversation, output, connection)
      : await (isDemo ? demonstrate(conversation, output) : first?.sendAll(conversation, output))
    await conversation.close()
    return failures ? 1 : 0
  } catch (error) {
    output.problem(
      TurnstateError.is(error) ? error : new TurnstateError('internal-error', messageOf(error), { cause: error }),
    )
    return 1
  } finally {
    await connection.close()
  }
}

function startConversation(flags: ChatFlags, connection: Connection, output: ChatOutput) {
  const conversation = createConversation({
    source: connection.source,
    model: flags.model,
    maxTokens: flags.maxTokens,
    ...(flags.system === undefined ? {} : { request: { system: flags.system } }),
    ...(flags.onRefusal === undefined ? {} : { onRefusal: flags.onRefusal }),
  })
  conversation.on('*', (notice) => output.notice(notice, conversation))
  return conversation
}
