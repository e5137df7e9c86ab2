import type { OnEvent, Params } from './floor.ts'
import { floor, floorOverHttp } from './floor.ts'
import type { Contestant, History, Talk } from './contestants.ts'
import type { Hearing } from './hearing.ts'
import { paramsOf } from '../requests.ts'

/** A conversation kept by hand: what was said goes along with what is asked next, and an input is parsed when it is whole. */
export function keptByHand(ask: (messages: History, onEvent: OnEvent) => Promise<void>): (hearing: Hearing) => Talk {
  return (hearing) => {
    const messages: History = []
    return async (prompt) => {
      messages.push({ role: 'user', content: prompt })
      let json = ''
      let input: unknown
      await ask(messages, (event) => {
        if (event.type === 'content_block_delta') {
          if (event.delta.type === 'text_delta') hearing.delta(event.delta.text)
          else if (event.delta.type === 'thinking_delta') hearing.delta(event.delta.thinking)
          else if (event.delta.type === 'input_json_delta') {
            json += event.delta.partial_json
            hearing.delta(event.delta.partial_json)
          }
        } else if (event.type === 'content_block_stop' && json !== '') input = JSON.parse(json)
      })
      messages.push({ role: 'assistant', content: hearing.text })
      return input
    }
  }
}

const by =
  (loop: (url: string, params: Params, onEvent: OnEvent) => Promise<void>): Contestant =>
  (setting) => {
    const params = paramsOf(setting)
    return keptByHand((messages, onEvent) => loop(setting.url, { ...params, messages }, onEvent))
  }

export const byFetch = by(floor)
export const byHttp = by(floorOverHttp)
