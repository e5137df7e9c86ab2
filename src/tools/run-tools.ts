// What fills the conversation's slot `runTools`: the tool charts, with the app's tools in their slots. Whatever a tool
// does becomes a result; nothing that it throws leaves it. Both slots act after the tick in which they start.
import type { EventObject } from 'xstate'
import {
  asSlot,
  type CallInput,
  canStartWithin,
  errorResult,
  type NeedsEvent,
  type OpenCall,
  type RunEvent,
  toolCallMachine,
  toolCallsMachine,
  type ToolsCommand,
  type ToolsInput,
  typedCallback,
} from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { describeThrown } from './describe-thrown.ts'
import type { Block } from '../journal/index.ts'
import { prepareCall, type ReadyCall } from './prepare-call.ts'
import { defaultTimeout, type ToolSet } from './read-tools.ts'
import type { CallInfo } from './tool.ts'
import { isContent, toToolResult } from './tool-result.ts'

export interface RunToolsOptions {
  /** Asked for each call, so that the tools may change between turns. */
  readonly tools: () => ToolSet
  /** Calls that run at the same time. Default 8. */
  readonly limit?: number
  /** Told of a `needsApproval` that threw, and of results that JSON can't hold. */
  readonly onError?: (error: TurnstateError) => void
}

/** The `runTools` slot, filled with tools. Their timeouts run on the clock of the conversation's actor. */
export function runTools({ tools, limit = 8, onError = () => {} }: RunToolsOptions) {
  /** Input that was checked and awaits its run, so that it is checked once. */
  const ready = new WeakMap<OpenCall, ReadyCall>()

  // A reporter that fails must not leave a call without a result.
  const report = (error: TurnstateError) => {
    try {
      onError(error)
    } catch {}
  }

  const learn = async ({ turnId, call }: CallInput, signal: AbortSignal): Promise<NeedsEvent> => {
    const prepared = await prepareCall(tools(), call)
    signal.throwIfAborted()
    if (prepared.kind === 'unmet') return { type: 'needs.unmet', result: errorResult(call.callId, prepared.why) }
    if (prepared.kind === 'app') return { type: 'needs.answer' }
    if (await wantsApproval(prepared, { callId: call.callId, name: call.name, turnId }, report))
      return { type: 'needs.approval' }
    ready.set(call, prepared)
    return { type: 'needs.place' }
  }

  const run = async ({ turnId, call }: CallInput, signal: AbortSignal): Promise<RunEvent> => {
    const { callId, name } = call
    const prepared = ready.get(call) ?? (await prepareCall(tools(), call))
    if (prepared.kind === 'unmet') return failed(callId, prepared.why)
    if (prepared.kind === 'app') return failed(callId, `The tool "${name}" has nothing to run any more.`)
    signal.throwIfAborted()
    const value = await prepared.tool.definition.run(prepared.input, { signal, callId, name, turnId })
    // A value that nobody waits for any more is not looked at.
    signal.throwIfAborted()
    try {
      const result = toToolResult(callId, value)
      return { type: result['is_error'] === true ? 'run.failed' : 'run.settled', result }
    } catch (error) {
      if (TurnstateError.is(error)) report(error)
      return failed(callId, `The tool ran, but what it gave can't be passed on: ${describeThrown(error)}`)
    }
  }

  const learnNeeds = typedCallback<EventObject, CallInput, NeedsEvent>(({ input, sendBack }) =>
    answering(sendBack, (signal) =>
      learn(input, signal).catch((error: unknown) => ({
        type: 'needs.unmet',
        result: failure(input.call.callId, error),
      })),
    ),
  )

  const runTool = typedCallback<EventObject, CallInput, RunEvent>(({ input, sendBack }) =>
    answering(sendBack, (signal) =>
      run(input, signal).catch((error: unknown) => ({ type: 'run.failed', result: failure(input.call.callId, error) })),
    ),
  )

  const toolCall = toolCallMachine.provide({
    actors: { learnNeeds, runTool },
    delays: {
      runTimeout: ({ context }) => {
        const tool = tools().find(context.call)
        return tool?.kind === 'run' ? tool.timeout : defaultTimeout
      },
    },
  })
  return asSlot<ToolsCommand, ToolsInput>(
    toolCallsMachine.provide({
      actors: { toolCall },
      guards: { canStart: ({ context }) => canStartWithin(context, limit) },
    }),
  )
}

/** What the model is told of a tool that threw: its words, or the content that a ToolError of the SDK's carries. */
function failure(callId: string, error: unknown): Block {
  try {
    const content = error instanceof Error && 'content' in error ? error.content : undefined
    if (isContent(content)) return toToolResult(callId, content, true)
  } catch {
    // Content that can't be sent leaves the words.
  }
  return errorResult(callId, `The tool failed: ${describeThrown(error)}`)
}

const failed = (callId: string, why: string): RunEvent => ({ type: 'run.failed', result: errorResult(callId, why) })

async function wantsApproval(
  { tool: { definition }, input }: ReadyCall,
  info: CallInfo,
  report: (error: TurnstateError) => void,
): Promise<boolean> {
  const { needsApproval = false } = definition
  if (typeof needsApproval === 'boolean') return needsApproval
  try {
    const answer: unknown = await needsApproval(input, info)
    // Only a plain no is a no.
    return answer !== false
  } catch (cause) {
    const what = `needsApproval of the tool "${definition.name}" threw: ${describeThrown(cause)}.`
    report(new TurnstateError('tool-invalid', `${what} The call waits for approval.`, { cause }))
    return true
  }
}

/** Sends the answer back, unless it is stopped before. It begins after this tick. */
function answering<Answer>(sendBack: (answer: Answer) => void, answer: (signal: AbortSignal) => Promise<Answer>) {
  const abort = new AbortController()
  let isOver = false
  const begin = async () => {
    if (isOver) return
    const event = await answer(abort.signal)
    if (isOver) return
    // What has ended by itself is not aborted.
    isOver = true
    sendBack(event)
  }
  queueMicrotask(() => void begin())
  return () => {
    if (isOver) return
    isOver = true
    abort.abort()
  }
}
