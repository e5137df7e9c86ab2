// A cluster for tests: processes on one database, a model that answers as messages say, and viewers.
import { inject } from 'vitest'
import {
  httpError,
  reply,
  type RecordedRequest,
  type ScriptStep,
  startSimulator,
  text,
  toolUse,
} from '../../src/testing/index.ts'
import { programOf } from '../scripts/programs.ts'
import { received, type Received } from '../server/kills/follower.ts'
import { EffectCounter } from './chaos/effects.ts'
import { Member } from './chaos/members.ts'
import { clusterPlace } from './database.ts'
import type { MemberOptions } from './member.ts'

/** Seconds that the API asks for, by the first word of a message. */
const waits: Readonly<Record<string, number>> = { soon: 6, late: 60 }

/** Answers the last message by its first word. The first reply to one that stalls never ends, and the first to one that waits is an error. */
function scripted(): (request: RecordedRequest) => ScriptStep {
  const [stalled, overloaded] = [new Set<string>(), new Set<string>()]
  return ({ text: asked }) => {
    const [, kind = 'short', name = ''] = [...asked.matchAll(/"(?:text|content)":"(\w+) message (\w+)/g)].at(-1) ?? []
    if (kind === 'stall' && !stalled.has(name)) {
      stalled.add(name)
      return reply([text('Half ', 'of ', 'it.')], { faults: { stallAfterDeltas: 2 } })
    }
    const retryAfter = waits[kind]
    if (retryAfter !== undefined && !overloaded.has(name)) {
      overloaded.add(name)
      return httpError(529, { retryAfter })
    }
    if (kind === 'ask' && !asked.includes('tool_result')) return reply([toolUse('ask')])
    return reply(`All of ${name}.`)
  }
}

/** What a stream of events says. */
class Viewer {
  readonly events: Received[] = []
  readonly #ending = new AbortController()
  #wake: () => void = () => {}

  /** Resolves once it is connected. */
  static async of(url: string, init: RequestInit = {}): Promise<Viewer> {
    const viewer = new Viewer()
    const response = await fetch(url, { ...init, signal: viewer.#ending.signal })
    if (!response.ok) throw new Error(`${url} was answered ${response.status}: ${await response.text()}`)
    viewer.#read(response).catch(() => {})
    return viewer
  }

  /** Resolves with the data of the next event of this name that it has not given before, in order. */
  async next(name: string): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const event = this.events.shift()
      if (event?.name === name) return JSON.parse(event.data) as Readonly<Record<string, unknown>>
      if (!event)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  close(): void {
    this.#ending.abort()
  }

  async #read(response: Response): Promise<void> {
    for await (const event of received(response)) {
      this.events.push(event)
      this.#wake()
    }
  }
}

export async function clusterStage() {
  const place = await clusterPlace()
  const simulator = await startSimulator({ script: scripted() })
  const effects = await EffectCounter.start()
  const members: Member[] = []
  const viewers: Viewer[] = []
  const start = async (options: Pick<MemberOptions, 'build' | 'ahead'> = {}) => {
    const member = await Member.start(programOf(inject('programs'), 'test/dbos/member.ts'), {
      databaseUrl: place.url,
      model: simulator.url,
      effects: effects.url,
      process: `p${members.length + 1}`,
      ...options,
    })
    members.push(member)
    return member
  }
  const post = (member: Member, path: string, body: object = {}, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${member.url}/v1/conversations${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  return {
    place,
    simulator,
    effects,
    members,
    start,
    post,
    /** Creates a conversation. */
    begin: async (member: Member, id: string) => {
      const response = await post(member, '', { id })
      if (response.status !== 201) throw new Error(await response.text())
      await response.body?.cancel()
    },
    /** Sends a message, and does not wait for what becomes of it. Resolves with the id of its turn. */
    send: async (member: Member, id: string, input: string, headers: Readonly<Record<string, string>> = {}) => {
      const response = await post(member, `/${id}/messages`, { input }, { prefer: 'respond-async', ...headers })
      if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`)
      return ((await response.json()) as { readonly turnId: string }).turnId
    },
    view: async (member: Member, id: string) => {
      const viewer = await Viewer.of(`${member.url}/v1/conversations/${id}/events`)
      viewers.push(viewer)
      return viewer
    },
    /** Makes everything that is stored older: the time is the database's own. */
    pass: async (milliseconds: number) => {
      const older = (names: readonly string[]) => names.map((name) => `${name} = ${name} - ${milliseconds}`).join()
      await place.query(`update turnstate_conversations set ${older(['renewed', 'created_at', 'changed_at'])}`)
      await place.query(`update turnstate_dbos.workflow_status set ${older(['created_at', 'updated_at'])}`)
      await place.query(
        `update turnstate_cluster_processes set seen = seen - $1 * interval '1 millisecond', started = started - $1 * interval '1 millisecond'`,
        [milliseconds],
      )
    },
    /** The process that made the last request to the model. */
    asker: () => simulator.requests.at(-1)?.headers['x-member'],
    /** Resolves once no workflow of a conversation is left to run. */
    isQuiet: async (id: string) => {
      for (;;) {
        const left = await place.query(
          `select from turnstate_dbos.workflow_status where status in ('PENDING', 'ENQUEUED') and workflow_uuid like $1`,
          [`${id}:%`],
        )
        if (left.length === 0) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    close: async () => {
      for (const viewer of viewers) viewer.close()
      await Promise.all(members.map((member) => member.kill()))
      effects.close()
      await simulator.close()
      await place.close()
    },
  }
}
