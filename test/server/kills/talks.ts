// Conversations that several clients talk in and follow, for as long as whoever plays it lets them.
import { setTimeout as wait } from 'node:timers/promises'
import { Follower, within, type World } from './follower.ts'
import { Writer } from './writer.ts'

/** A conversation and its clients. */
export interface Talk {
  readonly id: string
  readonly url: string
  readonly followers: readonly Follower[]
  readonly writers: readonly Writer[]
}

/** What all talks share. */
export interface TalkOptions {
  /** Of the server, or of what stands before several. */
  readonly origin: string
  readonly world: World
  readonly draw: () => number
  /** Aborts when no more messages are to be begun. */
  readonly leaving: AbortSignal
  /** Aborts when all clients have to end, whatever they have not been told. */
  readonly ending: AbortSignal
  /** The most milliseconds between two messages of a writer. Default 200. */
  readonly pause?: number
}

/** Creates the nth conversation, and its clients. */
export async function beginTalk(
  nth: number,
  { origin, world, draw, leaving, ending, pause }: TalkOptions,
): Promise<Talk> {
  const id = `c${nth}`
  // The server has fewer of them in memory at a time than there are.
  for (let status = 0; status !== 201; await wait(20)) {
    const made = await fetch(`${origin}/v1/conversations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    })
    ;({ status } = made)
    if (status !== 201 && status !== 503) throw new Error(`${id} was answered ${status}: ${await made.text()}`)
    await made.body?.cancel()
  }
  const url = `${origin}/v1/conversations/${id}`
  const writer = (letter: string) =>
    new Writer({ world, url, name: `${id}${letter}`, draw, leaving, ending, ...(pause === undefined ? {} : { pause }) })
  return {
    id,
    url,
    followers: [0, 1].map((each) => new Follower(world, `follower ${each} of ${id}`)),
    writers: [writer('a'), writer('b')],
  }
}

/** Has all clients of a talk live. Nobody writes before all who follow have begun. */
export function liveTalk(talk: Talk, { draw, ending }: TalkOptions) {
  return {
    following: [
      ...talk.followers.map((follower, nth) => followed(talk, follower, nth, ending)),
      decided(talk, ending, draw),
    ],
    writing: talk.writers.map(async (writer) => {
      await Promise.all(talk.followers.map(({ begun }) => begun))
      await writer.live()
    }),
  }
}

/** Keeps a follower connected. The second one gets deltas as they come, and goes away by itself now and then. */
async function followed({ url }: Talk, follower: Follower, nth: number, signal: AbortSignal): Promise<void> {
  for (let times = 0; !signal.aborted; times++) {
    const follow = async (own: AbortSignal) => {
      const leaving = nth === 1 && times % 2 === 0 ? AbortSignal.any([own, AbortSignal.timeout(200)]) : own
      await follower.follow(`${url}/events${nth === 1 ? '?frame=0' : ''}`, leaving)
    }
    await within(signal, follow).catch(() => {})
    await wait(20)
  }
}

/** Decides what waits for a person, as the first follower sees it. */
async function decided({ url, followers }: Talk, signal: AbortSignal, draw: () => number): Promise<void> {
  const ask = (method: string, path: string, body: object) =>
    within(signal, async (own) => {
      const response = await fetch(url + path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: own,
      })
      await response.text()
    })
  let decidedAbout: unknown = null
  while (!signal.aborted) {
    await wait(50)
    const state = followers[0]?.state
    // What was answered is seen in a moment. Where it was not, it is decided again, after a while.
    if (!state || (state === decidedAbout && draw() < 0.95)) continue
    decidedAbout = state
    const [call] = state.pendingCalls
    // The server may be down, or somebody else may have decided.
    if (call) await ask('POST', `/approvals/${call.callId}`, { approved: draw() < 0.7 }).catch(() => {})
    else if (state.status === 'refused') await ask('POST', '/refusal', { policy: 'drop-turn' }).catch(() => {})
    else if (state.held) await ask('PATCH', '/queue', { release: true }).catch(() => {})
  }
}
