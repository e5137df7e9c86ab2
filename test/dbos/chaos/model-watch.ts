// What the model is asked, as it is asked: which conversation by which process, whether two requests of one conversation overlap, and which
// words of refused replies come again.
import { setTimeout as wait } from 'node:timers/promises'
import type { RecordedRequest } from '../../../src/testing/index.ts'
import type { World } from '../../server/kills/follower.ts'
import { secrets } from '../../server/kills/replies.ts'

/** A request that is being answered. */
interface UnderWay {
  readonly conversation: string
  readonly process: string
  readonly request: RecordedRequest
  isOver: boolean
}

/** Milliseconds after which the end of a request has been noticed here. */
const noticed = 300

export class ModelWatch {
  /** Words of refused replies that were sent. */
  readonly sent = new Set<string>()
  readonly #world: World
  /** Whether a process may not know that it is to end its requests. */
  readonly #isAtFault: (process: string) => boolean
  readonly #underWay = new Map<string, Set<UnderWay>>()
  readonly #asked: ((conversation: string, process: string) => void)[] = []

  constructor(world: World, isAtFault: (process: string) => boolean) {
    this.#world = world
    this.#isAtFault = isAtFault
  }

  /** Calls back with each request. */
  onRequest(asked: (conversation: string, process: string) => void): void {
    this.#asked.push(asked)
  }

  /** The conversations of which a process has a request under way. */
  streamingOn(process: string): readonly string[] {
    return [...this.#underWay].flatMap(([conversation, all]) =>
      [...all].some((each) => each.process === process) ? conversation : [],
    )
  }

  see(request: RecordedRequest): void {
    for (const word of request.text.match(secrets) ?? []) this.sent.add(word)
    const conversation = [...request.text.matchAll(/ message ([a-z]\d+)[a-z]-\d+/g)].at(-1)?.[1] ?? ''
    const process = request.headers['x-member'] ?? ''
    const seen: UnderWay = { conversation, process, request, isOver: false }
    const others = this.#underWay.get(conversation) ?? new Set()
    this.#underWay.set(conversation, others)
    for (const other of others) if (!this.#isAtFault(other.process)) void this.#compare(other, seen)
    others.add(seen)
    const close = async () => {
      await request.closed
      seen.isOver = true
      others.delete(seen)
    }
    void close()
    for (const asked of this.#asked) asked(conversation, process)
  }

  async #compare(other: UnderWay, seen: UnderWay): Promise<void> {
    await wait(noticed)
    if (!other.isOver && !seen.isOver && !this.#isAtFault(other.process))
      this.#world.fault(
        `${seen.conversation} had two requests under way: ${other.request.index} by ${other.process}, ${seen.request.index} by ${seen.process}`,
      )
  }
}
