// The scripted streams, each with a refusal, and the messages before them.
import { z } from 'zod'
import { type ConversationOptions, tool } from '../../src/index.ts'
import { more, type Script, type Word } from './api.ts'
import {
  call,
  type Ending,
  found,
  handover,
  open,
  ownSummary,
  type Part,
  replyOf,
  rounds,
  search,
  summary,
  text,
  thinking,
} from './wire.ts'

export interface Scene extends Script {
  /** Whether the question is sent again on purpose. */
  readonly asksAgain?: true
  readonly options?: Partial<ConversationOptions>
  /** Starts the stream. Default: sends a message. */
  readonly begins?: 'compact' | 'regenerate'
}

const refusal: Ending = { stop: 'refusal', details: { category: 'cyber' } }
const withToken: Ending = { stop: 'refusal', details: { category: null, fallback_credit_token: 'token' } }

type Say = (letter: string) => Part
type Parts = (say: Say, word: Word) => readonly Part[]

/** Two text fragments, each with the word of this letter and multi-byte characters. */
const saying =
  (word: Word): Say =>
  (letter) =>
    text(`${word(letter)} é`, ` ${word(letter)} 🙂.`)

/** A refused reply with these parts. */
const refusing =
  (parts: Parts, ending: Ending = refusal) =>
  (word: Word) =>
    replyOf('m1', parts(saying(word), word), ending)

const look = tool({ name: 'look', input: z.looseObject({}), run: () => 'bad0t was found' })

const fallbacks = { serverFallbacks: [{ model: 'm2' }, { model: 'm3' }] } as const

const ends = (stop: string, usage = {}): Ending => ({ stop, usage })

export const plainScenes: Readonly<Record<string, Scene>> = {
  'refused before any output': { refusing: refusing(() => []) },
  'refused in the middle of its text': { refusing: refusing((say) => [open(say('a'))]) },
  'refused after its text, without details': { refusing: refusing((say) => [say('a')], { stop: 'refusal' }) },
  'refused after a tool call': {
    refusing: refusing((say, word) => [say('a'), call('c1', '{"q":', `"${word('b')}"}`)]),
  },
  'refused in the middle of a tool call': {
    refusing: refusing((say, word) => [say('a'), open(call('c1', '', `{"q":"${word('b')}`))]),
  },
  'refused after thinking': { refusing: refusing((say, word) => [thinking(word('a'), 'sig'), open(say('b'))]) },
  'refused in the middle of thinking': { refusing: refusing((_, word) => [open(thinking(word('a')))]) },
  'refused after a server tool has answered': {
    refusing: refusing((say, word) => [
      say('a'),
      search('s1', `{"q":"${word('b')}"}`),
      found('s1', word('c')),
      say('d'),
    ]),
  },
  'refused before a server tool has answered': {
    refusing: refusing((say, word) => [say('a'), search('s1', `{"q":"${word('b')}"}`)]),
  },
  'refused after the API made a summary on its own': {
    refusing: refusing((say, word) => [ownSummary(word('a')), open(say('b'))]),
  },
  'refused after an unknown block': {
    refusing: (word) => {
      const [start, ...rest] = replyOf('m1', [open(text(word('a'), word('b')))], refusal)
      return [...(start ? [start] : []), { type: 'ping' }, { type: 'of_tomorrow' }, ...rest]
    },
  },
  'refused in the middle of structured output': {
    options: { request: { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } } },
    refusing: refusing((_, word) => [text('{"a":', `"${word('a')}`)]),
  },
}

const paused = (word: Word) =>
  replyOf('m1', [text(word('a'), ` ${word('a')}`), search('s1', '{}')], { stop: 'pause_turn' })

export const laterScenes: Readonly<Record<string, Scene>> = {
  'refused when it continued after a pause': {
    before: [paused],
    refusing: refusing((say, word) => [found('s1', word('c')), open(say('d'))]),
  },
  'refused when it continued after max_tokens': {
    options: { onTruncated: 'continue' },
    before: [() => replyOf('m1', [text('One ', 'two')], { stop: 'max_tokens' })],
    refusing: refusing((say) => [open(say('a'))]),
  },
  'refused after tools of the app have run': {
    options: { tools: [look] },
    before: [(word) => replyOf('m1', [text(word('a')), call('c1', '{}')], { stop: 'tool_use' })],
    refusing: refusing((say) => [open(say('b'))]),
  },
  'a summary by the API, refused': {
    begins: 'compact',
    refusing: refusing((_, word) => [summary(word('a'))]),
  },
  'a summary in words, refused': {
    options: { compaction: { by: 'summary' } },
    begins: 'compact',
    refusing: refusing((say) => [open(say('a'))]),
  },
  'a summary to make room, refused': {
    options: { onOverflow: 'compact', compaction: { by: 'summary' } },
    before: [() => ({ status: 400, message: 'prompt is too long: 2 tokens > 1 maximum' })],
    refusing: refusing((say) => [open(say('a'))]),
  },
  'a regeneration, refused': {
    begins: 'regenerate',
    refusing: refusing((say) => [open(say('a'))]),
    asksAgain: true,
  },
  'refused with a credit token, and sent to another model': {
    options: { onRefusal: [{ fallback: [{ model: 'm2' }] }, 'clear'] },
    refusing: refusing((say) => [open(say('a'))], withToken),
    asksAgain: true,
  },
  'refused, and rephrased': {
    options: { onRefusal: { rephrase: () => `${more} gently.` } },
    refusing: refusing((say) => [open(say('a'))]),
  },
  'refused, and left to a person': {
    options: { onRefusal: 'manual' },
    refusing: refusing((say) => [open(say('a'))]),
  },
}

const good = text('So ', 'be it.')

/** A reply in which server fallbacks took over. */
const hopping = (parts: Parts, ending: Ending): Scene => ({
  options: fallbacks,
  refusing: refusing(parts, ending),
})

const two = rounds(['m1', 4], ['m2', 4])
const three = rounds(['m1', 4], ['m2', 4], ['m3', 4])
const refusedRounds = (usage: Ending['usage']): Ending => ({ ...refusal, usage: usage ?? {} })

export const fallbackScenes: Readonly<Record<string, Scene>> = {
  'a fallback before any output, which answers': hopping(() => [handover('m1', 'm2'), good], ends('end_turn', two)),
  'a fallback before any output, which refuses': hopping(
    (say) => [handover('m1', 'm2'), open(say('a'))],
    refusedRounds(two),
  ),
  'a fallback in mid-text, which answers': hopping(
    (say) => [say('a'), handover('m1', 'm2'), good],
    ends('end_turn', two),
  ),
  'a fallback in mid-text, which refuses at once': hopping(
    (say) => [say('a'), handover('m1', 'm2')],
    refusedRounds(two),
  ),
  'a fallback in mid-text, which refuses too': hopping(
    (say) => [say('a'), handover('m1', 'm2'), open(say('b'))],
    refusedRounds(two),
  ),
  'two fallbacks, the second of which answers': hopping(
    (say) => [say('a'), handover('m1', 'm2'), say('b'), handover('m2', 'm3'), good],
    ends('end_turn', three),
  ),
  'two fallbacks, both of which refuse': hopping(
    (say) => [say('a'), handover('m1', 'm2'), say('b'), handover('m2', 'm3'), open(say('c'))],
    refusedRounds(three),
  ),
  'a fallback after thinking and a tool call': hopping(
    (say, word) => [
      thinking(word('a'), 'sig'),
      say('b'),
      call('c1', `{"q":"${word('c')}"}`),
      handover('m1', 'm2'),
      good,
    ],
    ends('end_turn', two),
  ),
  'a fallback after a server tool has answered': hopping(
    (say, word) => [say('a'), search('s1', `{"q":"${word('b')}"}`), found('s1', word('c')), handover('m1', 'm2'), good],
    ends('end_turn', two),
  ),
  'a fallback that is cut by max_tokens': {
    ...hopping((say) => [say('a'), handover('m1', 'm2'), good], ends('max_tokens', two)),
    options: { ...fallbacks, onTruncated: { continue: 1 } },
  },
  'a fallback whose boundary is lost': hopping((say) => [say('a'), good], ends('end_turn', two)),
  'a pause after a fallback, and then a refusal': {
    options: fallbacks,
    before: [
      (word) =>
        replyOf('m1', [text(word('a')), handover('m1', 'm2'), text(word('b')), search('s1', '{}')], {
          stop: 'pause_turn',
          usage: two,
        }),
    ],
    refusing: refusing((say, word) => [found('s1', word('c')), open(say('d'))]),
  },
}

export const scenes: Readonly<Record<string, Scene>> = { ...plainScenes, ...laterScenes, ...fallbackScenes }
