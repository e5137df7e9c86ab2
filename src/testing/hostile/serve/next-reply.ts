import { isText, type JsonObject } from '../../api/json.ts'
import { searchedBlocks } from '../program/searched-blocks.ts'
import type { HostileMessage } from '../program/program.ts'
import type { NextReply } from '../program/replies.ts'
import { callIdOf } from '../program/rules.ts'
import { argumentOf } from '../program/tools.ts'
import { namesTool, wordOf } from '../program/words.ts'

/** How often a model makes a call of which the requests show nothing. */
const mostTimes = 3

/** Whether a text after the input of the message names the tool. */
const toldInWords = (message: number, body: JsonObject): boolean => {
  const blocks = searchedBlocks(body).map(({ block }) => block)
  const at = blocks.findLastIndex((block) => JSON.stringify(block).includes(wordOf('in', message)))
  return blocks.slice(Math.max(0, at)).some(({ type, text }) => type === 'text' && isText(text) && namesTool(text))
}

const shows = (message: number, call: number, times: number, body: JsonObject): boolean => {
  const argument = argumentOf(message, call)
  const traces = [
    argument,
    argument.replace('arg', 'res'),
    ...Array.from({ length: times }, (_, time) => callIdOf(message, call, time)),
  ]
  const said = JSON.stringify(body['messages'])
  return traces.some((trace) => said.includes(trace)) || toldInWords(message, body)
}

/**
 * The next reply of a model that knows only the request: it repeats a call of `note`, with the same argument, if the request
 * shows nothing of it. `served` is how often each call was made.
 */
export const nextReply = (
  message: number,
  { calls = [] }: HostileMessage,
  served: readonly number[],
  body: JsonObject,
): NextReply => {
  for (const [call, kind] of calls.entries()) {
    const times = served[call] ?? 0
    if (times === 0) return { call, time: 0 }
    if (kind === 'imagined' || times >= mostTimes || shows(message, call, times, body)) continue
    return { call, time: times }
  }
  return 'answer'
}
