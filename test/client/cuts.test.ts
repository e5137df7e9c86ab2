// Whatever is cut, wherever, however often: in the end the client shows what the server has, and every message has the outcome that the
// server announced.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConversationNotice, Turn, TurnOutcome } from '../../src/index.ts'
import { collect } from '../conversation/start.ts'
import { runs } from '../runs.ts'
import { connected, shownBy, until } from './connected.ts'
import { ready } from './test-clock.ts'
import type { Mishap } from './wire-server.ts'

type Act =
  | { readonly do: 'send'; readonly by: 'client' | 'other' }
  | { readonly do: 'say'; readonly kind: 'text' | 'thinking' | 'toolInput'; readonly text: string }
  | { readonly do: 'settle'; readonly as: 'completed' | 'refused' | 'stopped' | 'failed'; readonly early: boolean }
  | { readonly do: 'retract' | 'continue' | 'close' | 'forget' | 'rest' }
  | { readonly do: 'title'; readonly title: string | null }
  | { readonly do: 'cut'; readonly after: number }
  | { readonly do: 'repeat'; readonly events: number }
  | { readonly do: 'mishap'; readonly mishap: Mishap }

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('send'), by: fc.constantFrom('client', 'client', 'other') }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('say'),
      kind: fc.constantFrom('text', 'text', 'text', 'thinking', 'toolInput'),
      text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle'),
      as: fc.constantFrom('completed', 'completed', 'refused', 'stopped', 'failed'),
      early: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constantFrom('retract', 'continue', 'close', 'forget') }),
  { weight: 5, arbitrary: fc.record({ do: fc.constant('rest') }) },
  fc.record({ do: fc.constant('title'), title: fc.option(fc.string({ minLength: 1 })) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cut'), after: fc.nat({ max: 400 }) }) },
  fc.record({ do: fc.constant('repeat'), events: fc.nat({ max: 5 }) }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('mishap'),
      mishap: fc.constantFrom<Mishap>('unreachable', 'answer-lost', 'portal', 'bad-gateway', 'closing'),
    }),
  },
) as fc.Arbitrary<Act>

const pieces = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 })

/** Plays the acts, repairs everything, and waits until the client has all of it. */
async function play(acts: readonly Act[], sizes: readonly number[]) {
  const { chat, server, clock, logged } = await connected()
  server.pieces = sizes
  const turns: Turn[] = []
  const heard: ConversationNotice[] = []
  chat.on('*', (notice) => void heard.push(notice))
  let others = 0
  for (const each of acts) {
    switch (each.do) {
      case 'send':
        if (each.by === 'other') server.send(`other${++others}`, 'from elsewhere')
        else turns.push(chat.sendMessage(`message ${turns.length}`))
        break
      case 'say':
        server.say(each.kind, each.text)
        break
      case 'settle':
        server.settle(each.as, each.early)
        break
      case 'title':
        server.change({ title: each.title })
        break
      case 'cut':
        server.cutAfter(each.after)
        break
      case 'repeat':
        server.repeats = each.events
        break
      case 'mishap':
        server.mishaps.push(each.mishap)
        break
      case 'rest':
        await ready()
        clock.next(20_000)
        await ready()
        break
      case 'retract':
      case 'continue':
      case 'close':
      case 'forget':
        server[each.do]()
    }
  }
  const isThere = () => {
    if (server.openTurn !== null) server.settle('completed')
    return (
      chat.connection === 'online' &&
      server.requests.filter(({ method }) => method === 'POST').length >= turns.length &&
      server.mishaps.length === 0 &&
      server.openTurn === null &&
      JSON.stringify(shownBy(chat).messages) === JSON.stringify(server.state.messages) &&
      chat.revision === server.state.revision &&
      chat.title === server.state.title
    )
  }
  server.cutAfter(0)
  await until(clock, isThere)
  const outcomes = new Map<string, TurnOutcome>()
  for (const turn of turns) void turn.then((outcome) => outcomes.set(turn.id, outcome))
  await until(clock, () => outcomes.size === turns.length)
  await chat.close()
  return { server, chat, turns, heard, outcomes, logged, shown: shownBy(chat) }
}

describe('a connection that is cut at random places', () => {
  it('leaves the client with what the server has, and each message with its outcome', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), pieces, async (acts, sizes) => {
        const { server, turns, outcomes, shown, logged } = await play(acts, sizes)
        const { error: _, ...state } = server.state
        expect({ ...shown, status: state.status, canSend: state.canSend }).toEqual(state)
        for (const { id } of turns) expect(outcomes.get(id)).toEqual(server.outcomes.get(id))
        // No message was sent twice, or in another order.
        expect(server.opened.filter((id) => !id.startsWith('other'))).toEqual(turns.map(({ id }) => id))
        expect(logged).toEqual([])
      }),
      { numRuns: runs(150) },
    )
  })

  it('neither loses nor repeats an event while the server still has those that were missed', async () => {
    const noLoss = act.filter((each) => each.do !== 'forget')
    await fc.assert(
      fc.asyncProperty(fc.array(noLoss, { maxLength: 40 }), pieces, async (acts, sizes) => {
        const { server, heard, turns } = await play(acts, sizes)
        const sent = server.log.filter(({ type }) => type !== 'change').map(({ type, data }) => ({ ...data, type }))
        const plain = sent.map(({ message: _message, ...notice }: { type: string; message?: string }) => notice)
        expect(heard).toEqual(plain)
        // The handle of a message has the same events, but what was retracted.
        for (const turn of turns) {
          const events = await collect(turn)
          const own = plain.filter(
            (event) => 'turnId' in event && String(event.turnId).replace(/~\d+$/, '') === turn.id,
          )
          const isSaid = ({ type }: { readonly type: string }) => type !== 'delta'
          expect(events.filter(isSaid)).toEqual(own.filter(isSaid))
        }
      }),
      { numRuns: runs(100) },
    )
  })
})
