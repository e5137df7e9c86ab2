// The same over HTTP: the real SDK, the simulator's server, and what goes wrong between the two.
import Anthropic from '@anthropic-ai/sdk'
import * as fc from 'fast-check'
import { claude, type MessageSource } from '../../src/index.ts'
import {
  httpError,
  type ReplyStep,
  type ScriptFaults,
  type ScriptStep,
  type Simulator,
  startSimulator,
} from '../../src/testing/index.ts'
import { deltasOf } from '../../src/testing/plan/plan-step.ts'
import { behaviour, type Behaviour, plainly, stepOf } from './behaviours.ts'
import type { GivenOptions } from './options.ts'
import type { Talk } from './talk.ts'
import { type Asker, createWorld, refusedWordIn, type World } from './world.ts'

const faults = [
  'reset before headers',
  'stall before headers',
  'end at a byte',
  'reset at a byte',
  'end after deltas',
  'end without its last event',
  'stall after deltas',
  'overloaded after deltas',
  'malformed after deltas',
  'byte by byte',
  'unknown events',
  'one document',
] as const

export interface OverHttp {
  readonly how: Behaviour
  readonly fault?: (typeof faults)[number]
  /** Where the fault strikes. */
  readonly at?: number
  readonly status?: 429 | 500 | 529
}

export const overHttp: fc.Arbitrary<OverHttp> = fc.record(
  {
    how: behaviour.map(({ says, ends }): Behaviour =>
      ends && ('http' in ends || 'break' in ends) ? { says } : { says, ...(ends ? { ends } : {}) },
    ),
    fault: fc.constantFrom(...faults),
    at: fc.nat(9),
    status: fc.constantFrom(429 as const, 500 as const, 529 as const),
  },
  { requiredKeys: ['how'] },
)

function faultsOf({ fault, at = 0 }: OverHttp, deltas: number): ScriptFaults {
  if (fault === undefined) return {}
  const after = Math.min(at, deltas)
  const byte = 1 + at * 70
  switch (fault) {
    case 'reset before headers':
      return { resetBeforeHeaders: true }
    case 'stall before headers':
      return { stallBeforeHeaders: true }
    case 'end at a byte':
      return { dropAtByte: byte }
    case 'reset at a byte':
      return { resetAtByte: byte }
    case 'end after deltas':
      return { truncateAfterDeltas: after }
    case 'end without its last event':
      return { truncateBeforeStop: true }
    case 'stall after deltas':
      return { stallAfterDeltas: after }
    case 'overloaded after deltas':
      return { midStreamError: { afterDeltas: after } }
    case 'malformed after deltas':
      return { malformedAfterDeltas: after }
    case 'byte by byte':
      return { splitEveryByte: true }
    case 'unknown events':
      return { unknownEvents: true, comments: true, pingEvery: 1 }
    case 'one document':
      return { answerAsJson: true }
  }
}

const calls = ({ content, stopReason, refusal }: ReplyStep): boolean =>
  refusal === undefined && (stopReason ?? 'tool_use') === 'tool_use' && content.some(({ type }) => type === 'tool_use')

interface Exchange extends Asker {
  readonly word: string
  readonly canSearch: boolean
  readonly purpose: 'compaction' | 'summary' | undefined
  readonly fallbacks: readonly string[]
  wasServed: boolean
  /** Nothing more of its reply arrives, and its connection stays open. */
  isStalled: boolean
}

async function noteStall(exchange: Exchange, stalled: Promise<void> | undefined): Promise<void> {
  await stalled
  exchange.isStalled = stalled !== undefined
}

export type HttpWorld = World & {
  /** How the next requests are answered; later ones get a plain reply. */
  readonly coming: OverHttp[]
  /** The reply that a conversation waits for has stalled. */
  readonly isStalled: (talk: Talk) => boolean
  /** Records what the simulator rejected. */
  readonly judge: () => void
}

/** One server for all programs: each request names its program. */
export async function startHttp() {
  const exchanges: { readonly world: HttpWorld; readonly exchange: Exchange }[] = []
  const simulator: Simulator = await startSimulator({ script: (request) => serve(request.index, request.body) })
  const client = new Anthropic({ apiKey: 'any', baseURL: simulator.url })
  let judged = 0

  const numberOf = (body: Readonly<Record<string, unknown>> | undefined): number =>
    Number((body?.['metadata'] as { readonly user_id?: string } | undefined)?.user_id)

  function serve(index: number, body: Readonly<Record<string, unknown>> | undefined): ScriptStep {
    const entry = exchanges[numberOf(body)]
    if (!entry) throw new Error('a request of no program')
    const { world, exchange } = entry
    const { talk, turnId, attempt, word } = exchange
    exchange.wasServed = true
    void noteStall(exchange, simulator.requests[index]?.stalled)
    world.said.push({ talk, turnId, attempt, word })
    const coming = world.coming.shift() ?? { how: plainly }
    if (coming.status !== undefined) return httpError(coming.status, coming.status === 429 ? { retryAfter: 5 } : {})
    const step = stepOf(coming.how, exchange)
    if (calls(step)) world.licensed.add(word)
    return { ...step, faults: faultsOf(coming, deltasOf(step)) }
  }

  return {
    simulator,
    createWorld(given: GivenOptions): HttpWorld {
      const sourceOf =
        (who: (signal: AbortSignal) => Asker): MessageSource =>
        (request, options) => {
          const leak = refusedWordIn(world, request)
          if (leak !== null) world.problems.push(leak)
          const { fallbacks, fields, model, purpose } = request
          const exchange: Exchange = {
            ...who(options.signal),
            word: world.nextWord(),
            canSearch: JSON.stringify(fields['tools'] ?? []).includes('web_search'),
            purpose,
            fallbacks:
              fallbacks === 'default'
                ? ['claude-opus-4-8', 'claude-opus-5'].slice(0, model === 'claude-opus-5-5' ? 2 : 0)
                : (fallbacks ?? []).map((entry) => entry.model),
            wasServed: false,
            isStalled: false,
          }
          const number = exchanges.push({ world, exchange }) - 1
          return claude(client)({ ...request, fields: { ...fields, metadata: { user_id: String(number) } } }, options)
        }
      const isStalled = (talk: Talk) => {
        const { exchange } = exchanges.findLast((entry) => entry.exchange.talk === talk) ?? {}
        const snapshot = talk.chat.actor.getSnapshot()
        return (
          exchange?.isStalled === true &&
          snapshot.matches('streaming') &&
          exchange.turnId === snapshot.context.view.open?.id &&
          exchange.attempt === snapshot.context.view.attempt
        )
      }
      const judge = () => {
        for (; judged < simulator.requests.length; judged++) {
          const request = simulator.requests[judged]
          const entry = exchanges[numberOf(request?.body)]
          if (request?.status !== 400 || entry?.exchange.wasServed === true) continue
          if (request.problem?.startsWith('compaction: not supported') !== true)
            world.problems.push(`the API does not take a request: ${request.problem}\n${request.text}`)
        }
      }
      const world: HttpWorld = Object.assign(createWorld(given, sourceOf), { coming: [], isStalled, judge })
      return world
    },
  }
}
