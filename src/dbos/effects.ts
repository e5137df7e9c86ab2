// What a turn does outside of its journal: requests to a model, and calls of tools. The actor starts them when its chart says so, and
// each of them runs inside of a step of the turn's workflow. The journal alone decides what is done again.
import type { ConversationOptions, MessageSource } from '../index.ts'
import { isObject } from '../objects.ts'

/** One effect, as the workflow runs it: a step with this name. */
export interface Effect {
  /** The same for the same effect, in whichever process: turn, reply and attempt, or turn and call. */
  readonly name: string
  /** Lets it begin. Resolves when it has ended, with how. */
  readonly run: () => Promise<Ended>
}

/** How an effect ended. What it gave is in the journal, not here. */
type Ended = 'done' | 'failed' | 'cut'

/** An effect of an actor that may begin. */
interface Begun {
  /** Says that it has ended. A second call does nothing. */
  readonly end: (how: Ended) => void
}

/** The effects that one conversation has begun and its workflow has not seen yet, in order. */
export class Effects implements AsyncIterable<Effect> {
  readonly #waiting: Effect[] = []
  /** What ends those that have begun. */
  readonly #running = new Set<Begun['end']>()
  #wake: () => void = () => {}
  #phase: 'open' | 'over' = 'open'

  /** Resolves once the workflow runs it. */
  begin(name: string): Promise<Begun> {
    return new Promise((resolve) => {
      const run = () =>
        new Promise<Ended>((ended) => {
          const end = (how: Ended) => {
            this.#running.delete(end)
            ended(how)
          }
          this.#running.add(end)
          resolve({ end })
          if (this.#phase === 'over') end('cut')
        })
      // Nobody runs steps any more: the actor is about to close.
      if (this.#phase === 'over') return resolve({ end: () => {} })
      this.#waiting.push({ name, run })
      this.#wake()
    })
  }

  /** No more effects come: the conversation is closed. Those that are under way are cut, whether or not they notice: a source may hang. */
  end(): void {
    this.#phase = 'over'
    for (const end of this.#running) end('cut')
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Effect, void> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next) yield next
      else if (this.#phase === 'over') return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}

/** What names the effects of a conversation, and runs them as steps. */
export interface Stepping {
  /** Resolves once the step of the next request to a model runs. */
  request(): Promise<Begun>
  /** The same for a call of a tool. */
  call(callId: string): Promise<Begun>
}

/** The options of a conversation, with its requests and tools inside of steps. */
export function stepped<Options extends Pick<ConversationOptions, 'source' | 'tools'>>(
  options: Options,
  stepping: Stepping,
): Options {
  const { source, tools } = options
  return {
    ...options,
    source: steppedSource(source, stepping),
    ...(tools === undefined ? {} : { tools: tools.map((tool) => steppedTool(tool, stepping)) }),
  }
}

const steppedSource =
  (source: MessageSource, stepping: Stepping): MessageSource =>
  (request, options) => ({
    [Symbol.asyncIterator]() {
      let events: AsyncIterator<EventOf> | null = null
      let beginning: Promise<Begun> | null = null
      let begun: Begun | null = null
      const over = { done: true, value: undefined } as const
      const ended = new AbortController()
      return {
        async next() {
          beginning ??= stepping.request()
          begun ??= await beginning
          if (ended.signal.aborted) return over
          events ??= source(request, options)[Symbol.asyncIterator]()
          try {
            const result = await events.next()
            if (result.done === true) begun.end('done')
            return result
          } catch (error) {
            begun.end('failed')
            throw error
          }
        },
        /** May be called while the step has not begun: it ends as soon as it does, and nothing is sent. */
        async return() {
          ended.abort()
          void beginning?.then(({ end }) => end('cut'))
          await events?.return?.()
          return over
        },
      }
    },
  })

type EventOf = ReturnType<MessageSource> extends AsyncIterable<infer Event> ? Event : never

type AnyTool = NonNullable<ConversationOptions['tools']>[number]

/** A tool whose calls are steps. A definition that the API or the app runs has none. */
function steppedTool(tool: AnyTool, stepping: Stepping): AnyTool {
  const inner: unknown = Reflect.get(tool, 'run')
  if (typeof inner !== 'function') return tool
  const run = async (...given: readonly unknown[]): Promise<unknown> => {
    const begun = await stepping.call(callIn(given))
    try {
      const result: unknown = await Reflect.apply(inner, tool, given)
      begun.end('done')
      return result
    } catch (error) {
      begun.end('failed')
      throw error
    }
  }
  // A copy: tools may be frozen.
  const copy = { ...tool }
  Object.setPrototypeOf(copy, Object.getPrototypeOf(tool) === Object.prototype ? Object.prototype : tool)
  return Object.assign(copy, { run })
}

/** The id of the call, as our own tools and those of the SDK are told it. */
function callIn(given: readonly unknown[]): string {
  for (const each of given.toReversed()) {
    if (!isObject(each)) continue
    if (typeof each['callId'] === 'string') return each['callId']
    const use = each['type'] === 'tool_use' ? each : each['toolUse']
    if (isObject(use) && typeof use['id'] === 'string') return use['id']
  }
  return 'unknown'
}
