// What the simulated model answers. The message says it: its first word is the kind of reply.
import {
  httpError,
  type RecordedRequest,
  refuse,
  reply,
  type ScriptStep,
  text,
  toolUse,
} from '../../../src/testing/index.ts'

/** Kinds of replies, by how often messages ask for them. */
export const kinds = [
  ['short', 3],
  ['long', 4],
  ['refuse', 1],
  ['midway', 3],
  ['tool', 1],
  ['approve', 1],
  ['overloaded', 1],
  ['cut', 1],
] as const

type Kind = (typeof kinds)[number][0]

const kindIn = (request: RecordedRequest): Kind => {
  const all = kinds.map(([kind]) => kind)
  // The last one that is named: what the user asked last.
  const named = [...request.text.matchAll(/"(?:text|content)":"(\w+) message/g)].at(-1)?.[1]
  return all.find((kind) => kind === named) ?? 'short'
}

const words = (count: number, word: (nth: number) => string) =>
  text(...Array.from({ length: count }, (_, nth) => `${word(nth)} `))

/** Words that a refused reply had shown. */
export const secrets = /secret\d+/g

/** A model that refuses some messages in mid-stream, after words that never come again. */
export function createScript(draw: () => number): (request: RecordedRequest) => ScriptStep {
  let refused = 0
  return (request) => {
    const kind = kindIn(request)
    const isResult = request.text.lastIndexOf('tool_result') > request.text.lastIndexOf(' message ')
    const delay = 2 + Math.floor(draw() * 20)
    switch (kind) {
      case 'short':
        return reply('A short answer.')
      case 'long':
        return reply([words(30, (nth) => `word${nth}`)], { faults: { delay } })
      case 'refuse':
        return refuse({ category: 'cyber' })
      case 'midway': {
        // The model that takes over refuses now and then, too.
        if (request.model === 'claude-sonnet-5' && draw() < 0.5) return reply('A careful answer.')
        const secret = `secret${++refused}`
        const afterDeltas = 1 + Math.floor(draw() * 10)
        return refuse({ category: 'cyber', at: { afterDeltas } }, [words(12, () => secret)], { faults: { delay } })
      }
      case 'tool':
      case 'approve':
        if (isResult) return reply([words(10, (nth) => `done${nth}`)], { faults: { delay } })
        return reply([words(4, (nth) => `doing${nth}`), toolUse(kind === 'tool' ? 'act' : 'ask')], {
          faults: { delay },
        })
      case 'overloaded':
        return draw() < 0.6 ? httpError(529) : reply('At last.')
      case 'cut':
        return draw() < 0.6
          ? reply([words(20, (nth) => `half${nth}`)], { faults: { delay, truncateAfterDeltas: 10 } })
          : reply([words(20, (nth) => `whole${nth}`)], { faults: { delay } })
    }
  }
}
