// What is said in random conversations: replies, with what may be in them, and the results of their calls.
import * as fc from 'fast-check'
import { type Block, type Fact, unansweredCalls, type View } from '../../src/journal/index.ts'
import {
  answered,
  cached,
  call,
  fallback,
  found,
  model,
  otherModel,
  replied,
  result,
  search,
  text,
  thinking,
  tokens,
} from './fixtures.ts'

export type Command = (view: View, serial: string) => Fact | null

export const models = [model, otherModel, 'claude-opus-5'] as const

/** This model, or another where the conversation is with this one already. */
export const otherThan = (current: string, wanted: string): string =>
  wanted === current ? (models.find((name) => name !== current) ?? wanted) : wanted

// Few ids, so that they clash. What a turn says carries its id, so that it is found wherever it goes.
const callId = fc.constantFrom('t1', 't2', 't3')
const serverId = fc.constantFrom('s1', 's2')
export const marker = fc.constantFrom({}, cached)

const inOpen =
  (make: (turnId: string, view: View) => Fact): Command =>
  (view) =>
    view.open && view.open.kind !== 'compaction' ? make(view.open.id, view) : null

const block = (word: string): fc.Arbitrary<Block> =>
  fc.oneof(
    fc.tuple(fc.constantFrom('', ' ', `${word}.`, `${word} \n`), marker).map(([said, mark]) => text(said, mark)),
    callId.map((id) => call(id)),
    fc.constant(thinking(`Thought ${word}`)),
    fc.constant({ ...thinking(`Cut ${word}`), signature: '' }),
    serverId.map((id) => search(`${word}_${id}`)),
    serverId.map((id) => found(`${word}_${id}`)),
    fc.constant(fallback),
    // What the API makes by itself in the middle of a turn is not signed.
    fc.constant({ type: 'compaction', content: `Short ${word}` }),
  )

// At most one use of each server tool id in a reply, as the API makes them.
const content = (word: string) =>
  fc.uniqueArray(block(word), {
    maxLength: 6,
    size: 'max',
    // Blocks without an id may come again.
    selector: ({ type, id, tool_use_id: of }) => (id === undefined && of === undefined ? {} : String([type, id, of])),
  })

/** The same blocks with the turn's id in their words; thinking is signed as it then stands, by who thought it. */
function inWords(blocks: readonly Block[], turnId: string, by: string): readonly Block[] {
  const said: readonly Block[] = JSON.parse(JSON.stringify(blocks).replaceAll('WORD', turnId))
  const lastFallback = said.findLastIndex(({ type }) => type === 'fallback')
  return said.map((one, index) =>
    one.type === 'thinking' && one['signature'] !== ''
      ? thinking(String(one['thinking']), index > lastFallback && lastFallback >= 0 ? otherModel : by)
      : one,
  )
}

const byFallback = (requestedModel: string, isFallback: boolean) =>
  isFallback && requestedModel !== otherModel
    ? {
        model: otherModel,
        requestedModel,
        servedAfterRefusal: true as const,
        iterations: [
          { type: 'message', model: requestedModel, usage: tokens },
          { type: 'fallback_message', model: otherModel, usage: tokens },
        ],
        hops: [{ model: requestedModel, category: 'cyber', textShown: false }],
      }
    : { model: requestedModel }

export const reply: fc.Arbitrary<Command> = fc
  .record({
    blocks: content('WORD'),
    stopReason: fc.constantFrom(
      'end_turn',
      'tool_use',
      'max_tokens',
      'pause_turn',
      'model_context_window_exceeded',
      null,
    ),
    isStructured: fc.constantFrom(false, false, false, true),
    told: fc.constantFrom<object[]>(
      {},
      { terms: { speed: 'fast' } },
      { usage: { ...tokens, cacheWrite1hTokens: 1, toolRequests: { web_search: 1 } } },
    ),
  })
  .map(({ blocks, stopReason, isStructured, told }) =>
    inOpen((turnId, { open, model: asked }) =>
      replied(turnId, inWords(blocks, turnId, asked), {
        stopReason,
        ...told,
        ...(isStructured ? { structured: true } : {}),
        attempt: (open?.attempts.at(-1)?.attempt ?? 0) + 1,
        ...byFallback(
          asked,
          blocks.some(({ type }) => type === 'fallback'),
        ),
      }),
    ),
  )

/** What tools say; `null` where one has not said it yet. */
const said = fc.constantFrom('ok', '', [text('')], [text('ok', cached)], null)

export const results: fc.Arbitrary<Command> = fc
  .record({ contents: fc.array(said, { minLength: 6, maxLength: 6 }), isLastFirst: fc.boolean() })
  .map(({ contents, isLastFirst }): Command => (view) => {
    const given = unansweredCalls(view).flatMap(({ id }, index) => {
      const output = contents[index % contents.length] ?? null
      return output === null ? [] : [result(String(id), { content: output })]
    })
    return view.open && given.length > 0 ? answered(view.open.id, ...(isLastFirst ? given.toReversed() : given)) : null
  })
