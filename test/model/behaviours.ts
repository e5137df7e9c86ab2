// How the API may answer one request: what is said, and how it ends.
import * as fc from 'fast-check'
import { TurnstateError } from '../../src/index.ts'
import { connectionFailure, requestFailure, streamError } from '../../src/claude/api-failures.ts'
import {
  type ReplyStep,
  type ScriptedBlock,
  serverToolUse,
  text,
  thinking,
  toolUse,
  webSearchResult,
} from '../../src/testing/index.ts'
import { countScriptedDeltas } from '../../src/testing/plan/plan-blocks.ts'

/** Tools by what happens to a call: see `tools.ts`. `leap` does not exist. */
const toolNames = ['look', 'hold', 'fail', 'remove', 'unsure', 'odd', 'ask', 'leap'] as const
type ToolName = (typeof toolNames)[number]

export type Piece =
  | 'text'
  | 'blank'
  | 'thinking'
  | 'search'
  /** A search whose result does not come with it. */
  | 'search begun'
  | { readonly call: ToolName; readonly id?: 'as before' | 'of the turn'; readonly input?: 'no JSON' | 'misfit' }

const httpFailures = [
  'overloaded',
  'rate limit',
  'long rate limit',
  'server error',
  'unreachable',
  'too long',
  'thinking invalid',
  'invalid',
  'no key',
  'a bug in the source',
] as const
type HttpFailure = (typeof httpFailures)[number]

const breaks = ['drop', 'lost', 'overloaded', 'api error', 'malformed', 'odd events', 'no stop reason'] as const
type Break = (typeof breaks)[number]

type Ending =
  | { readonly stop: string | null }
  | {
      /** After how many deltas, or before or after everything. */
      readonly refuse: 'before' | 'after' | number
      readonly openBlock?: boolean
      readonly category?: string | null
      readonly credit?: boolean
      /** What the API's own fallbacks do, where the request names some. */
      readonly fallbacks?: 'answer' | 'refuse'
    }
  | { readonly break: Break; readonly after: number }
  | { readonly http: HttpFailure }

export interface Behaviour {
  readonly says: readonly Piece[]
  /** Left out: as the blocks have it. */
  readonly ends?: Ending
  /** A request for a compaction gets none. */
  readonly compactsNot?: boolean
}

const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Piece>('text') },
  { weight: 1, arbitrary: fc.constantFrom<Piece[]>('blank', 'search', 'search begun') },
  { weight: 2, arbitrary: fc.constant<Piece>('thinking') },
  {
    weight: 5,
    arbitrary: fc.record(
      {
        call: fc.constantFrom(...toolNames),
        id: fc.constantFrom('as before', 'of the turn'),
        input: fc.constantFrom('no JSON', 'misfit'),
      },
      { requiredKeys: ['call'] },
    ),
  },
)

const ending: fc.Arbitrary<Ending> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      stop: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'pause_turn', 'model_context_window_exceeded', 'new'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        refuse: fc.oneof(fc.constantFrom('before' as const, 'after' as const), fc.nat(9)),
        openBlock: fc.boolean(),
        category: fc.constantFrom('cyber', 'bio', null, 'of_tomorrow'),
        credit: fc.boolean(),
        fallbacks: fc.constantFrom('answer' as const, 'refuse' as const),
      },
      { requiredKeys: ['refuse'] },
    ),
  },
  { weight: 4, arbitrary: fc.record({ break: fc.constantFrom(...breaks), after: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ http: fc.constantFrom(...httpFailures) }) },
)

export const plainly: Behaviour = { says: ['text'] }

export const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(plainly) },
  {
    weight: 5,
    arbitrary: fc.record(
      { says: fc.array(piece, { maxLength: 4 }), ends: ending, compactsNot: fc.constant(true) },
      { requiredKeys: ['says'] },
    ),
  },
)

/** What a behaviour is played upon. */
export interface Asked {
  readonly turnId: string
  readonly purpose: 'compaction' | 'summary' | undefined
  /** Models that the request names for the API to go on with. */
  readonly fallbacks: readonly string[]
  /** The request offers the tool that the API runs itself. */
  readonly canSearch: boolean
  /** The word of everything that is said. */
  readonly word: string
}

/** In an order in which the API may say it: it thinks before it calls, and says nothing while a search is under way. */
function inOrder(says: readonly Piece[], ends: Ending, canSearch: boolean): readonly Piece[] {
  const able = canSearch ? says : says.filter((said) => said !== 'search' && said !== 'search begun')
  const firstCall = able.findIndex((said) => typeof said === 'object')
  const begun = able.indexOf('search begun')
  const ordered = able.filter(
    (said, n) =>
      !(said === 'thinking' && firstCall >= 0 && n > firstCall) &&
      !(begun >= 0 && n > begun && typeof said !== 'object'),
  )
  // It pauses in the middle of its own tools only.
  return 'stop' in ends && ends.stop === 'pause_turn' && canSearch && begun < 0 ? [...ordered, 'search'] : ordered
}

function blocks(says: readonly Piece[], { turnId, word }: Asked): readonly ScriptedBlock[] {
  let id = ''
  return says.flatMap((said, n): readonly ScriptedBlock[] => {
    if (said === 'text') return [text(`${word} `, 'is ', 'said')]
    if (said === 'blank') return [text(' \n')]
    if (said === 'thinking') return [thinking(`${word} `, 'is ', 'thought')]
    const search = serverToolUse('web_search', { query: word }, `srvtoolu_${word.slice(0, -1)}_${n}`)
    if (said === 'search begun') return [search]
    if (said === 'search') return [search, webSearchResult([{ url: `https://example.org/${word}` }], search.id)]
    if (said.id === 'of the turn') id = `toolu_${turnId.replace('~', '_')}`
    else if (said.id === undefined || id === '') id = `toolu_${word.slice(0, -1)}_${n}`
    const call = toolUse(said.call, { at: word, n }, id)
    if (said.input === 'no JSON') return [{ type: 'tool_use', name: said.call, id, json: `{"at":"${word}` }]
    return [said.input === 'misfit' ? toolUse(said.call, { at: n }, id) : call]
  })
}

/** The behaviour as a step of the simulator's; what breaks off is the player's. */
export function stepOf({ says, ends = { stop: '' }, compactsNot }: Behaviour, asked: Asked): ReplyStep {
  const compacts = asked.purpose === 'compaction' && compactsNot !== true
  const content: readonly ScriptedBlock[] = compacts
    ? [{ type: 'compaction', content: `${asked.word} in short`, signed: true }]
    : blocks(inOrder(says, ends, asked.canSearch), asked)
  if ('refuse' in ends) {
    const { refuse, openBlock = false, category = null, credit = false, fallbacks = 'refuse' } = ends
    const at = typeof refuse === 'number' ? { afterDeltas: Math.min(refuse, countScriptedDeltas(content)) } : refuse
    const isOpen = openBlock && content.length > 0 && at !== 'before' && (at === 'after' || at.afterDeltas > 0)
    const hops = asked.fallbacks.map((_, index) => ({
      content: [text(`${asked.word} `, `by ${index}`)],
      ...(fallbacks === 'refuse' ? { refusal: { at: 'before' as const, category } } : {}),
    }))
    return {
      content,
      refusal: {
        at,
        category,
        explanation: 'for logs',
        ...(isOpen ? { openBlock: true } : {}),
        ...(credit ? { creditToken: 'mint' } : {}),
        ...(hops.length > 0 ? { fallbacks: fallbacks === 'refuse' ? hops : hops.slice(0, 1) } : {}),
      },
    }
  }
  const stopReason = 'stop' in ends && !compacts && !(ends.stop === 'pause_turn' && !asked.canSearch) ? ends.stop : ''
  return { content, ...(stopReason === '' ? {} : { stopReason }) }
}

const headers = new Headers({ 'retry-after': '5' })
const errorOf = (status: number, type: string, message: string, more: object = {}) =>
  requestFailure({ status, error: { type: 'error', error: { type, message } }, ...more })

/** What the source throws instead of a reply. */
export function failureFor(http: HttpFailure): Error {
  switch (http) {
    case 'overloaded':
      return errorOf(529, 'overloaded_error', 'Overloaded')
    case 'rate limit':
      return errorOf(429, 'rate_limit_error', 'Slower', { headers })
    case 'long rate limit':
      return errorOf(429, 'rate_limit_error', 'Slower', { headers: new Headers({ 'retry-after': '3600' }) })
    case 'server error':
      return errorOf(500, 'api_error', 'Internal server error')
    case 'unreachable':
      return connectionFailure(new TypeError('fetch failed'), 'connection-failed')
    case 'too long':
      return errorOf(400, 'invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum')
    case 'thinking invalid':
      return errorOf(400, 'invalid_request_error', 'messages.0.content.0: Invalid `signature` in `thinking` block')
    case 'invalid':
      return errorOf(400, 'invalid_request_error', 'something is wrong')
    case 'no key':
      return errorOf(401, 'authentication_error', 'invalid x-api-key')
    case 'a bug in the source':
      return new Error('the source has a bug')
  }
}

/** What ends a reply early; `null` is a clean end of file. */
export function breakOf(what: Break): Error | null {
  switch (what) {
    case 'drop':
    case 'odd events':
    case 'no stop reason':
      return null
    case 'lost':
      return connectionFailure(new TypeError('terminated'), 'connection-lost')
    case 'overloaded':
      return streamError({ type: 'overloaded_error', message: 'Overloaded' })
    case 'api error':
      return streamError({ type: 'api_error', message: 'Internal server error' })
    case 'malformed':
      return new TurnstateError('stream-malformed', 'An event is not JSON.')
  }
}
