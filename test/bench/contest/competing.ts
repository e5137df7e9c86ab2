// One contestant, in a process of its own: nobody pays for the garbage of another, or for the types that its code has seen.
// Forked; its first argument is a `Task`, and each message asks for a `Sample` or for `Streams`.
import { setTimeout } from 'node:timers/promises'
import { claude, createConversation, leanFetch, tool } from '../built.ts'
import { collectRecent, cpu, quantile } from '../measure.ts'
import type { ReplyKind } from '../replies.ts'
import { prompt } from '../requests.ts'
import { type Contestant, entryOf, type Name, type Talk } from './contestants.ts'
import { checkDelivered } from './delivered.ts'
import { Delays, type Hearing, Page, Words } from './hearing.ts'

export interface Task {
  readonly name: Name
  /** Of the reply that is asked for. */
  readonly url: string
  readonly kind: ReplyKind
  readonly deltas: number
  readonly withTools: boolean
  readonly reader: 'deltas' | 'page'
}

/** So many turns, each in a new conversation or all in one that had a turn before. Answered with microseconds of CPU per turn. */
export interface Sample {
  readonly what: 'sample'
  readonly turns: number
  readonly talks: 'new' | 'kept'
}

/** So many paced replies at once, of so many deltas. Answered with what they took. */
export interface Streams {
  readonly what: 'streams'
  readonly count: number
  readonly deltas: number
}

export interface StreamsTook {
  /** Microseconds for each delta that was heard. */
  readonly cpu: number
  /** Milliseconds from the write of a delta to its listener. */
  readonly p99: number
}

async function take(enter: (hearing: Hearing) => Talk, task: Task, { turns, talks }: Sample): Promise<number> {
  const hearing = task.reader === 'page' ? new Page() : new Words()
  const turn = (talk: Talk) => {
    hearing.begin()
    return talk(prompt)
  }
  const kept = talks === 'kept' ? enter(hearing) : null
  if (kept) await turn(kept)
  const heard: { readonly text: string; readonly input: unknown }[] = []
  // What came before does not count. Not a full collection: after one, everybody would be warming up again.
  collectRecent()
  const before = cpu()
  for (let nth = 0; nth < turns; nth++) {
    const input = await turn(kept ?? enter(hearing))
    heard.push({ text: hearing.text, input })
  }
  // What is left to do once the reply is there belongs to the turn: the end of the body, the connection.
  await setTimeout(2)
  const used = (cpu() - before) / turns
  for (const { text, input } of heard) checkDelivered(task.name, task, text, input)
  return used
}

/** What counts begins when all replies have begun, and ends with the first of them; or is all, when there is no such time. */
async function stream(enter: (hearing: Hearing) => Talk, { count, deltas }: Streams): Promise<StreamsTook> {
  const parts = [new Part()]
  const steady: StreamsTook[] = []
  let begun = 0
  const one = async () => {
    let heard = 0
    const hearing = new Delays((delay) => {
      if (heard++ === 0 && ++begun === count) parts.push(new Part())
      for (const part of parts) part.delays.push(delay)
    })
    await enter(hearing)(prompt)
    if (heard !== deltas) throw new Error(`${heard} deltas were heard of ${deltas}.`)
    if (steady.length === 0 && begun === count) steady.push(...parts.slice(1).map((part) => part.end()))
  }
  const all: Promise<void>[] = []
  for (let nth = 0; nth < count; nth++) {
    all.push(one())
    if (nth % 20 === 19) await setTimeout(20)
  }
  await Promise.all(all)
  const [whole] = parts.map((part) => part.end())
  const [found = whole] = steady
  if (!found) throw new Error('Nothing was measured.')
  return found
}

/** A part of the time in which replies stream. */
class Part {
  readonly delays: number[] = []
  readonly #since = cpu()

  end(): StreamsTook {
    return { cpu: (cpu() - this.#since) / this.delays.length, p99: quantile(this.delays, 0.99) }
  }
}

const [argument = ''] = process.argv.slice(2)
const task: Task = JSON.parse(argument)
const contestant: Contestant = await entryOf(task.name).load()
const enter = contestant({ ...task, turnstate: { claude, createConversation, leanFetch, tool } })
process.on('message', (asked: Sample | Streams) => {
  // A failure ends the process, and with it the run.
  void (asked.what === 'sample' ? take(enter, task, asked) : stream(enter, asked)).then((found) =>
    process.send?.(found),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
