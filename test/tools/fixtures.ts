// The tool charts under a parent that records its events, with tools that the test controls.
import { type AnyActorLogic, createActor, sendTo, setup, SimulatedClock, type Snapshot } from 'xstate'
import {
  asSlot,
  type OpenCall,
  type ToolCallStatus,
  type ToolsCommand,
  type ToolsEvent,
  type ToolsInput,
} from '../../machines/index.ts'
import type { ToolCallsContext } from '../../machines/tool-calls/index.ts'
import type { TurnstateError } from '../../src/errors.ts'
import { readTools } from '../../src/tools/read-tools.ts'
import { runTools } from '../../src/tools/run-tools.ts'
import type { StandardSchema } from '../../src/tools/standard-schema.ts'
import { type RunInfo, tool } from '../../src/tools/tool.ts'

/** Waits for one turn of the event loop, after which everything pending in this process has settled. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const call = (callId: string, name = 'look', more: Partial<OpenCall> = {}): OpenCall => ({
  callId,
  name,
  input: {},
  state: 'new',
  ...more,
})

/** A hand-written schema that accepts everything. */
export const anything: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'nobody',
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: 'object' }) },
  },
}

interface Run {
  readonly input: unknown
  readonly info: RunInfo
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** The tools `look`, `ask` (needs approval) and `form` (the app answers), whose runs the test ends. */
export function drivenTools() {
  const runs: Run[] = []
  const run = (input: unknown, info: RunInfo) =>
    new Promise((resolve, reject) => void runs.push({ input, info, resolve, reject }))
  const tools = [
    tool({ name: 'look', input: anything, run, timeout: 1_000 }),
    tool({ name: 'ask', input: anything, run, needsApproval: true }),
    { name: 'form', input_schema: { type: 'object' } },
  ]
  return {
    tools,
    runs,
    running: () => runs.map(({ info }) => info.callId),
    of: (callId: string): Run => {
      const found = runs.findLast(({ info }) => info.callId === callId)
      if (!found) throw new Error(`${callId} does not run`)
      return found
    },
  }
}

export interface AtWorkOptions {
  readonly limit?: number
  readonly snapshot?: Snapshot<unknown>
  readonly onTold?: (event: ToolsEvent) => void
  /** The calls whose start is not stored before the test sends `call.start`. Default: none. */
  readonly holdsStarts?: readonly string[]
}

/** A parent with this actor in its slot. */
export function under(
  logic: AnyActorLogic,
  calls: readonly OpenCall[],
  { snapshot, onTold, holdsStarts = [], limit }: AtWorkOptions = {},
) {
  const clock = new SimulatedClock()
  const told: ToolsEvent[] = []
  const machine = setup({
    types: { events: {} as ToolsEvent | ToolsCommand | { type: 'leave' } },
    actors: { runTools: asSlot<ToolsCommand, ToolsInput>(logic) },
    actions: {
      keep: (_, event: ToolsEvent) => {
        told.push(event)
        onTold?.(event)
      },
    },
  }).createMachine({
    initial: 'running',
    // Events after the stop of the slot are recorded as well.
    on: { 'tool.*': { actions: { type: 'keep', params: ({ event }) => event } } },
    states: {
      running: {
        invoke: {
          id: 'tools',
          src: 'runTools',
          input: { turnId: 't1', calls, ...(limit === undefined ? {} : { limit }) },
        },
        on: {
          'call.*': { actions: sendTo('tools', ({ event }) => event) },
          'tool.ready': [
            {
              guard: ({ event }) => holdsStarts.includes(event.callId),
              actions: { type: 'keep', params: ({ event }) => event },
            },
            // The start of the call is stored.
            {
              actions: [
                { type: 'keep', params: ({ event }) => event },
                sendTo('tools', ({ event }) => ({ type: 'call.start', callId: event.callId })),
              ],
            },
          ],
          leave: 'left',
        },
      },
      left: {},
    },
  })
  const actor = createActor(machine, { clock, ...(snapshot ? { snapshot } : {}) }).start()
  const slot = () =>
    actor.getSnapshot().children['tools']?.getSnapshot() as
      | {
          context: ToolCallsContext
          children: Record<string, { getSnapshot: () => { value: unknown; status: string } }>
        }
      | undefined
  return {
    clock,
    told,
    send: (command: ToolsCommand) => actor.send(command),
    start: (callId: string) => actor.send({ type: 'call.start', callId }),
    approve: (callId: string) => actor.send({ type: 'call.approve', callId }),
    deny: (callId: string, reason?: string) =>
      actor.send({ type: 'call.deny', callId, ...(reason === undefined ? {} : { reason }) }),
    answer: (callId: string, content: string) =>
      actor.send({ type: 'call.answer', callId, result: { type: 'tool_result', tool_use_id: callId, content } }),
    leave: () => actor.send({ type: 'leave' }),
    persist: () => JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>,
    stop: () => actor.stop(),
    /** The received events in short form: `ready a`. */
    news: () => told.map(({ type, callId }) => `${type.replace('tool.', '')} ${callId}`),
    settled: () => told.filter((event) => event.type === 'tool.settled'),
    /** The status of an ended call, and the result for the model. */
    ending: (callId: string): readonly [ToolCallStatus, unknown] | undefined => {
      const event = told.find((one) => one.type === 'tool.settled' && one.callId === callId)
      return event?.type === 'tool.settled' ? [event.status, event.result['content']] : undefined
    },
    stateOf: (index: number): unknown => slot()?.children[`call${index}`]?.getSnapshot().value,
    context: () => slot()?.context,
  }
}

export type AtWork = ReturnType<typeof under>

/** Starts the tools on these calls. */
export function atWork(tools: readonly unknown[], calls: readonly OpenCall[], options: AtWorkOptions = {}) {
  const errors: TurnstateError[] = []
  const set = readTools(tools)
  const logic = runTools(() => ({ tools: () => set, onError: (error) => void errors.push(error) }))
  return Object.assign(under(logic, calls, options), { errors })
}
