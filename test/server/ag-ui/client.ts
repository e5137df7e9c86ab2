// The real client of AG-UI. Each event that arrives is checked by its own schema.
import { type BaseEvent, EventType, HttpAgent, type Interrupt, type RunAgentParameters } from '@ag-ui/client'
import { EventSchemas } from '@ag-ui/core/schemas'
import { expect, vi } from 'vitest'
import type { ConversationOptions } from '../../../src/index.ts'
import { aguiRoutes, type AguiOptions } from '../../../src/server/ag-ui/index.ts'
import type { ScriptStep, SimulatorOptions } from '../../../src/testing/index.ts'
import { serving, simulatedClaude, smallRooms } from '../small-rooms.ts'

/** What one run brought. */
export interface SeenRun {
  readonly events: readonly BaseEvent[]
  /** `success`, `interrupt`, `cancelled`, or the code of an error. */
  readonly outcome: string
  readonly interrupts: readonly Interrupt[]
  readonly pendingToolCallIds: readonly string[]
  readonly result: unknown
  readonly message: string
}

export const typesOf = ({ events }: SeenRun): readonly string[] => events.map(({ type }) => type)

export const customs = ({ events }: SeenRun) => events.filter(({ type }) => type === EventType.CUSTOM)

/** A server of AG-UI with a simulated Claude behind it. */
export async function aguiServer(
  steps: readonly ScriptStep[] = [],
  options: Partial<ConversationOptions> = {},
  simulator: SimulatorOptions = {},
  routes: AguiOptions = { frame: 0 },
) {
  // The client warns of what its schemas do not know, and of what it can't place.
  const warn = vi.spyOn(console, 'warn').mockImplementation((...said) => expect.fail(said.join(' ')))
  const { sim, conversation } = await simulatedClaude(steps, simulator)
  const rooms = smallRooms({ ...conversation, ...options })
  const url = `${await serving(aguiRoutes(rooms, routes))}/agui`
  const agent = (threadId = 'c1', headers: Record<string, string> = {}) => new HttpAgent({ url, threadId, headers })
  return { sim, rooms, url, agent, warn }
}

/** Runs an agent, and says how the run ended. */
export async function run(agent: HttpAgent, parameters: RunAgentParameters = {}): Promise<SeenRun> {
  const seen = { events: [] as BaseEvent[], outcome: '', message: '', result: undefined as unknown }
  let interrupts: readonly Interrupt[] = []
  let pendingToolCallIds: readonly string[] = []
  await agent.runAgent(parameters, {
    onEvent: ({ event }) => {
      expect(EventSchemas.safeParse(event).error).toBeUndefined()
      seen.events.push(event)
    },
    onRunFinishedEvent: (params) => {
      seen.outcome = params.outcome
      if (params.outcome === 'interrupt') interrupts = params.interrupts
      if (params.outcome === 'success') {
        pendingToolCallIds = params.pendingToolCallIds
        seen.result = params.result
      }
    },
    onRunErrorEvent: ({ event }) => {
      seen.outcome = event.code ?? ''
      seen.message = event.message
    },
  })
  return { ...seen, interrupts, pendingToolCallIds }
}

let count = 0

/** Adds a user's message, and runs. */
export function say(agent: HttpAgent, content: string, parameters: RunAgentParameters = {}): Promise<SeenRun> {
  agent.addMessage({ id: `said-${(count += 1)}`, role: 'user', content })
  return run(agent, parameters)
}

/** What is on the screen of a client. */
export const screen = ({ messages }: HttpAgent): readonly string[] =>
  messages.map((message) => {
    const { role, content } = message
    const said = typeof content === 'string' ? content : content === undefined ? '' : JSON.stringify(content)
    const calls = 'toolCalls' in message ? (message.toolCalls ?? []).map(({ function: { name } }) => `[${name}]`) : []
    return `${role}: ${said}${calls.join('')}`
  })
