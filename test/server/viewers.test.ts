// Whatever happens and whenever a viewer is cut: at the end it has the picture of the journal, and each outcome once.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { fold, originOf, outcomeOf, transcript, type StoredFact } from '../../src/journal/index.ts'
import { memoryStore } from '../../src/index.ts'
import { conversationServer } from '../../src/server/index.ts'
import { turns } from '../durability/faulty-store.ts'
import { quiet } from '../durability/stage.ts'
import { answering } from '../durability/talks.ts'
import { runs } from '../runs.ts'
import { afterRetraction, CutViewer, soon } from './cut-viewer.ts'

type Deed = 'say' | 'say again' | 'take back' | 'stop' | 'clear' | 'retry' | 'move' | 'cut' | 'wait'

interface Program {
  readonly deeds: readonly (readonly [deed: Deed, turns: number])[]
  readonly answers: readonly ('text' | 'long' | 'refusal' | 'late refusal' | 'overload')[]
  /** The frame of each viewer, in milliseconds. */
  readonly frames: readonly number[]
  readonly events: number
}

const anyDeed: readonly Deed[] = [
  'say',
  'say',
  'say',
  'say again',
  'take back',
  'stop',
  'clear',
  'retry',
  'move',
  'cut',
  'cut',
  'wait',
]

const program: fc.Arbitrary<Program> = fc.record({
  deeds: fc.array(fc.tuple(fc.constantFrom(...anyDeed), fc.oneof(fc.nat(4), fc.integer({ min: 8, max: 25 }))), {
    minLength: 2,
    maxLength: 16,
  }),
  answers: fc.array(fc.constantFrom('text', 'long', 'refusal', 'late refusal', 'overload'), {
    minLength: 1,
    maxLength: 6,
  }),
  // With 0 deltas are sent as they come; with 33, the usual frame, most are sent with something else.
  frames: fc.array(fc.constantFrom(0, 1, 33), { minLength: 1, maxLength: 3 }),
  // Small: viewers fall behind what is kept.
  events: fc.constantFrom(600, 4_000, 262_144),
})

it('a viewer that is cut again and again ends with the picture of the journal, and is given each outcome once', async () => {
  await fc.assert(
    fc.asyncProperty(program, async ({ deeds, answers, frames, events }) => {
      const store = memoryStore()
      const { source, refused } = answering(answers)
      const make = () =>
        conversationServer({
          store,
          source,
          model: 'm1',
          maxTokens: 10,
          whenBusy: 'queue',
          clock: soon,
          logger: quiet,
          limits: { events, requests: 1e9, allRequests: 1e9, streams: 1e6, allStreams: 1e6, turns: 1e6, allTurns: 1e6 },
        })
      let server = make()
      const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
        const response = await server.fetch(
          new Request(`http://localhost/v1/conversations${path}`, {
            method,
            headers: { 'content-type': 'application/json', prefer: 'respond-async', ...headers },
            body: JSON.stringify(body ?? {}),
          }),
        )
        await response.body?.cancel()
        // A server that shuts down says so.
        expect([200, 201, 202, 204, 404, 409, 503]).toContain(response.status)
      }
      const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
        send('POST', path, body, headers)
      const takeBack = async () => {
        const response = await server.fetch(new Request('http://localhost/v1/conversations/c1'))
        const last = response.status === 200 ? (await response.json()).queue.at(-1)?.turnId : undefined
        if (last !== undefined) await send('PATCH', '/c1/queue', { withdraw: last })
      }
      await post('', { id: 'c1' })
      const viewers = frames.map((frame) => new CutViewer(frame))
      for (const viewer of viewers) await viewer.connect(server)
      for (const [nth, [deed, pause]] of deeds.entries()) {
        if (deed === 'say') void post('/c1/messages', { input: `message ${nth}` }, { 'idempotency-key': `k${nth}` })
        else if (deed === 'say again')
          await post('/c1/messages', { input: `message ${nth - 1}` }, { 'idempotency-key': `k${nth - 1}` })
        else if (deed === 'take back') void takeBack()
        else if (deed === 'stop') void post('/c1/stop')
        else if (deed === 'clear') void post('/c1/clear')
        else if (deed === 'retry') void post('/c1/retry')
        else if (deed === 'move') {
          const left = server
          server = make()
          await left.close()
        } else if (deed === 'cut') await viewers[nth % frames.length]?.connect(server)
        await turns(pause)
        // A stream that the server ended is opened again, as clients do.
        for (const viewer of viewers) if (!viewer.isConnected) await viewer.connect(server)
      }
      await turns(80)
      await server.close()
      await turns(5)
      const last = make()
      for (const viewer of viewers) await viewer.connect(last)
      await turns(20)
      const facts: StoredFact[] = []
      for await (const page of store.facts('c1')) facts.push(...page)
      const view = fold(JSON.parse(JSON.stringify(facts)))
      const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
      // A refusal that no policy was asked about before the server closed is decided when somebody opens the conversation.
      const ended = new Set(
        view.turns.filter(({ id }) => outcomeOf(view, id) && view.undecided !== id).map(({ id }) => originOf(view, id)),
      )
      for (const { picture, outcomes, seen } of viewers) {
        expect(json(picture.state?.messages)).toEqual(json(transcript(view)))
        expect(picture.state?.revision).toBe(facts.length)
        // Those that never became a turn, such as a message that was stopped while it waited, have no fact of their own.
        const ofTurns = outcomes.filter((message) => ended.has(message))
        expect(ofTurns.toSorted()).toEqual([...ended].toSorted())
        for (const words of refused) expect(afterRetraction(seen, words)).toEqual([])
      }
      await last.close()
    }),
    // A program that hangs is reported with its seed.
    { numRuns: runs(40), timeout: 20_000 },
  )
}, 240_000)
