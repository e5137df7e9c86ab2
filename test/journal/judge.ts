// The simulator as the judge of requests: what it answers with 200 obeys the API's rules about histories.
import { afterAll, beforeAll, expect } from 'vitest'
import {
  type BuiltRequest,
  buildRequest,
  compactionBeta,
  type Fact,
  fold,
  type RequestTarget,
  step,
  type View,
} from '../../src/journal/index.ts'
import { type Simulator, startSimulator } from '../../src/testing/index.ts'
import { decidedIn, opened, target as defaultTarget } from './fixtures.ts'

let simulator: Simulator

/** Starts the judge for the test file that calls this, and stops it after its last test. */
export function useJudge(): void {
  beforeAll(async () => {
    simulator = await startSimulator()
  })
  afterAll(() => simulator.close())
}

const tools = [
  { name: 'look', input_schema: { type: 'object' } },
  { type: 'web_search_20260318', name: 'web_search' },
]

/** The answer to these messages: `200`, or what is wrong with them. */
export async function verdict(
  { messages, betas: needed }: BuiltRequest,
  model = defaultTarget.model,
  compacts = false,
): Promise<string> {
  const betas = [...new Set([...needed, ...(compacts ? [compactionBeta] : [])])]
  const response = await fetch(`${simulator.url}/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'test',
      'anthropic-version': '2023-06-01',
      ...(betas.length > 0 ? { 'anthropic-beta': betas.join(',') } : {}),
    },
    body: JSON.stringify({
      model,
      max_tokens: 256,
      messages,
      tools,
      ...(compacts ? { compaction: { type: 'summarize' } } : {}),
    }),
  })
  const body = await response.text()
  return response.status === 200 ? '200' : `${response.status} ${body}\n${JSON.stringify(messages, null, 1)}`
}

/** What is sent when the conversation goes on after these facts; the simulator takes it. */
export const accepted = (facts: readonly Fact[], target: RequestTarget = defaultTarget): Promise<BuiltRequest> =>
  acceptedIn(fold(facts), target)

/** What is sent when the conversation goes on from this view; the simulator takes it. */
export async function acceptedIn(view: View, target: RequestTarget = defaultTarget): Promise<BuiltRequest> {
  const free = view.undecided === null ? view : step(view, decidedIn(view, 'drop-turn'))
  const going = free.open ? free : step(free, opened('next', free.head, { input: 'Go on.' }))
  const request = buildRequest(going, target)
  const compacts = going.open?.kind === 'compaction' && going.open.input.length === 0
  expect(await verdict(request, target.model, compacts)).toBe('200')
  return request
}
