// Attacks by viewers of the bridge for @statelyai/inspect, and mistakes of apps that use it. docs/security.md shows the outcomes.
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect } from 'vitest'
import { TurnstateError } from '../../src/index.ts'
import {
  type StatelyInspectOptions,
  type StatelyMessage,
  statelyInspect,
} from '../../src/inspect/stately-inspect/index.ts'
import { tool } from '../../src/index.ts'
import { start } from '../conversation/start.ts'
import { endsSomewhere, hostile } from '../inspect/xstate-inspect/hostile-values.ts'
import { serverForEach } from '../inspect/xstate-inspect/viewers.ts'
import { nested } from '../nested.ts'
import { anything } from '../tools/fixtures.ts'
import { attackSurface } from './attack.ts'
import { tally, visit } from './viewers.ts'

const serving = serverForEach()

type Shown = Omit<StatelyInspectOptions, 'send'> & { readonly send?: (message: StatelyMessage) => unknown }

/** A conversation that is shown to a function. */
async function shownTo(options: Shown = {}, talk = start()) {
  const heard: StatelyMessage[] = []
  await statelyInspect(talk.chat, { send: (message) => void heard.push(message), ...options } as StatelyInspectOptions)
  return { ...talk, heard }
}

async function stillWorks({ exchange }: Pick<ReturnType<typeof start>, 'exchange'>): Promise<void> {
  expect((await exchange('are you there', 'yes')).status).toBe('completed')
}

attackSurface('Bridge for @statelyai/inspect', [
  {
    attack: 'forged hosts and origins',
    run: async () => {
      const talk = start()
      await statelyInspect(talk.chat, { server: serving.server })
      const port = serving.address.split(':')[1] ?? ''
      const forged: readonly Readonly<Record<string, string>>[] = [
        { host: `evil.example:${port}` },
        { host: `localhost.evil.example:${port}` },
        { host: 'localhost:1' },
        { origin: 'null' },
        { origin: 'https://stately.ai.evil.example' },
        { origin: `http://evil.localhost:${port}` },
        { origin: 'http://localhost:1' },
      ]
      const happened = await Promise.all(
        forged.map(async (headers) => {
          const { closed, heard } = await visit(serving.address, headers)
          const how = await closed
          expect(heard).toEqual([])
          return how
        }),
      )
      const { heard, socket } = await visit(serving.address)
      while (heard.length === 0) await once(socket, 'message')
      await stillWorks(talk)
      return tally(happened)
    },
  },
  {
    attack: 'a flood of 50,000 messages',
    run: async () => {
      const talk = start()
      await statelyInspect(talk.chat, { server: serving.server })
      const { closed, say } = await visit(serving.address)
      for (let n = 0; n < 50_000; n++) say({ type: 'hello' })
      const happened = await closed
      await stillWorks(talk)
      return happened
    },
  },
  {
    attack: 'viewers that connect and disconnect again and again, with a long replay',
    run: async () => {
      const talk = start()
      await statelyInspect(talk.chat, { server: serving.server, includeText: true })
      for (let n = 0; n < 60; n++) await talk.exchange(`${n} ${'x'.repeat(2_000)}`, 'y'.repeat(2_000))
      const delays = monitorEventLoopDelay({ resolution: 5 })
      delays.enable()
      for (let n = 0; n < 100; n++) {
        const { socket, closed } = await visit(serving.address)
        socket.terminate()
        await closed
      }
      await stillWorks(talk)
      delays.disable()
      // Without slices, the replays blocked the process for longer than a test waits.
      expect(delays.max / 1e6).toBeLessThan(300)
      const { heard, socket } = await visit(serving.address)
      while (heard.length < 200) await once(socket, 'message')
      return 'replays are sent in slices; the process paused for less than 300 ms'
    },
  },
  {
    attack: 'a function that throws, and one whose promise rejects',
    run: async () => {
      let calls = 0
      const talks = [
        await shownTo({
          send: () => {
            calls++
            throw new Error('no')
          },
        }),
        await shownTo({ send: () => Promise.reject(new Error(`no ${++calls}`)) }),
      ]
      for (const talk of talks) await stillWorks(talk)
      expect(calls).toBeGreaterThan(4)
      return 'the conversation continues, and no rejection is left unhandled'
    },
  },
  {
    attack: 'a filter that throws',
    run: async () => {
      const talk = await shownTo({
        filter: () => {
          throw new Error('no')
        },
      })
      await stillWorks(talk)
      expect(talk.heard).toEqual([])
      return 'nothing is shown; the conversation continues'
    },
  },
  {
    attack: 'events with values that are deep, endless, huge, or throw when they are read',
    run: async () => {
      const talk = await shownTo({ includeText: true, actors: 'all' })
      const values = [...hostile.map(([, value]) => value), ...endsSomewhere.map(([, value]) => value)]
      for (const value of values) talk.chat.actor.send({ type: 'shout', value } as never)
      const events = talk.heard.filter(({ type, event }) => type === '@xstate.event' && event?.type === 'shout')
      for (const message of talk.heard) expect(() => JSON.stringify(message)).not.toThrow()
      expect(events).toHaveLength(values.length)
      await stillWorks(talk)
      return `${events.length} events shown, with markers for what can't be shown`
    },
  },
  {
    attack: '17 files of 24 MB, and a reply with 5,000 levels of tool input',
    run: async () => {
      const look = tool({ name: 'look', input: anything, run: () => 'seen' })
      const talk = await shownTo({ includeText: true, actors: 'all' }, start({ tools: [look] }))
      const file = { type: 'document', source: { type: 'base64', data: 'x'.repeat(24_000_000) } }
      talk.chat.actor.send({ type: 'shout', files: Array.from({ length: 17 }, () => file) } as never)
      const { turn, reply } = await talk.ask('go deep')
      reply.give([{ type: 'tool_use', id: 'k1', name: 'look', input: nested(5_000) }])
      ;(await talk.asked(2)).answer('that was deep')
      expect((await turn).status).toBe('completed')
      expect(JSON.stringify(talk.heard)).toContain('[24000000 characters]')
      await stillWorks(talk)
      return 'replaced by their sizes; the conversation continues'
    },
  },
  {
    attack: 'secrets in every place for texts, without includeText',
    run: async () => {
      const fails = tool({
        name: 'look',
        input: anything,
        run: () => {
          throw new Error('secret failure')
        },
      })
      const talk = await shownTo({ actors: 'all' }, start({ tools: [fails], request: { system: 'secret system' } }))
      const { turn, reply } = await talk.ask('secret question')
      reply.give([
        { type: 'thinking', thinking: 'secret thought', signature: 'secret' },
        { type: 'text', text: 'secret words' },
        { type: 'tool_use', id: 'k1', name: 'look', input: { secret: 'secret' } },
      ])
      const second = await talk.asked(2)
      second.throw(new TurnstateError('source-failed', 'secret sentence'))
      await turn
      talk.chat.actor.send({ type: 'shout', text: 'secret' } as never)
      expect(talk.heard.length).toBeGreaterThan(10)
      expect(JSON.stringify(talk.heard)).not.toContain('secret')
      return 'none of them is sent'
    },
  },
])
