// Fills the conversation's slot `runTools`: with the tool charts, whose slots run the app's tools. Everything that a tool
// returns or throws becomes a result. Both slots do nothing in the tick in which they start.
import type { EventObject } from 'xstate'
import {
  asSlot,
  type CallInput,
  errorResult,
  type NeedsEvent,
  type OfConversation,
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

/** What the tools of a conversation are run with. */
export interface RunToolsOptions {
  /** Returns the current tools. Called for each call, because the tools may change between turns. */
  readonly tools: () => ToolSet
  /** Called when a `needsApproval` function throws, and for results that JSON can't hold. Default: nothing. */
  readonly onError?: (error: TurnstateError) => void
}

/** Calls with checked input that have not run yet, so that the input is checked once. */
const ready = new WeakMap<OpenCall, ReadyCall>()

/** Creates the actor logic for the `runTools` slot. Timeouts run on the clock of the conversation's actor. */
export function runTools(optionsOf: OfConversation<RunToolsOptions>) {
  const learnNeeds = typedCallback<EventObject, CallInput, NeedsEvent>(({ input, sendBack, system }) => {
    const options = optionsOf(system)
    return answering(sendBack, (signal) =>
      learn(input, options, signal).catch((error: unknown) => ({
        type: 'needs.unmet',
        result: failure(input.call.callId, error),
      })),
    )
  })

  const runTool = typedCallback<EventObject, CallInput, RunEvent>(({ input, sendBack, system }) => {
    const options = optionsOf(system)
    return answering(sendBack, (signal) =>
      run(input, options, signal).catch((error: unknown) => ({
        type: 'run.failed',
        result: failure(input.call.callId, error),
      })),
    )
  })

  const toolCall = toolCallMachine.provide({
    actors: { learnNeeds, runTool },
    delays: {
      runTimeout: ({ context, system }) => {
        const tool = optionsOf(system).tools().find(context.call)
        return tool?.kind === 'run' ? tool.timeout : defaultTimeout
      },
    },
  })
  return asSlot<ToolsCommand, ToolsInput>(toolCallsMachine.provide({ actors: { toolCall } }))
}

async function learn(
  { turnId, call }: CallInput,
  { tools, onError }: RunToolsOptions,
  signal: AbortSignal,
): Promise<NeedsEvent> {
  if (call.state === 'interrupted') return { type: mayRunAgain(tools(), call) ? 'needs.rerun' : 'needs.nothing' }
  const prepared = await prepareCall(tools(), call)
  signal.throwIfAborted()
  if (prepared.kind === 'unmet') return { type: 'needs.unmet', result: errorResult(call.callId, prepared.why) }
  if (prepared.kind === 'app') return { type: 'needs.answer' }
  if (await wantsApproval(prepared, { callId: call.callId, name: call.name, turnId }, reporting(onError)))
    return { type: 'needs.approval' }
  ready.set(call, prepared)
  return { type: 'needs.place' }
}

function mayRunAgain(tools: ToolSet, call: OpenCall): boolean {
  const tool = tools.find(call)
  return tool?.kind === 'run' && tool.definition.idempotent === true
}

async function run(
  { turnId, call }: CallInput,
  { tools, onError }: RunToolsOptions,
  signal: AbortSignal,
): Promise<RunEvent> {
  const { callId, name } = call
  const prepared = ready.get(call) ?? (await prepareCall(tools(), call))
  if (prepared.kind === 'unmet') return failed(callId, prepared.why)
  if (prepared.kind === 'app') return failed(callId, `The tool "${name}" can no longer be run.`)
  signal.throwIfAborted()
  const value = await prepared.tool.definition.run(prepared.input, { signal, callId, name, turnId })
  // After an abort the value is not read.
  signal.throwIfAborted()
  try {
    const result = toToolResult(callId, value)
    return { type: result['is_error'] === true ? 'run.failed' : 'run.settled', result }
  } catch (error) {
    if (TurnstateError.is(error)) reporting(onError)(error)
    return failed(callId, `The tool ran, but its result can't be passed on: ${describeThrown(error)}`)
  }
}

/** A throwing onError must not leave a call without a result. */
const reporting =
  (onError: RunToolsOptions['onError']) =>
  (error: TurnstateError): void => {
    try {
      onError?.(error)
    } catch {}
  }

/** The error result for a tool that threw: its message, or the content that the SDK's ToolError carries. */
function failure(callId: string, error: unknown): Block {
  try {
    const content = error instanceof Error && 'content' in error ? error.content : undefined
    if (isContent(content)) return toToolResult(callId, content, true)
  } catch {
    // The content can't be sent, so the message is used.
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
    // Anything but `false` requires approval.
    return answer !== false
  } catch (cause) {
    const what = `needsApproval of the tool "${definition.name}" threw: ${describeThrown(cause)}.`
    report(new TurnstateError('tool-invalid', `${what} The call waits for approval.`, { cause }))
    return true
  }
}

/** Sends the answer back, unless the returned function stops it first. Starts after this tick. */
function answering<Answer>(sendBack: (answer: Answer) => void, answer: (signal: AbortSignal) => Promise<Answer>) {
  const abort = new AbortController()
  let isOver = false
  const begin = async () => {
    if (isOver) return
    const event = await answer(abort.signal)
    if (isOver) return
    // Set before sending, so that an answer that has ended by itself is not aborted.
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
