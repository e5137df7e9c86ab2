// Attacks by viewers of the bridge for @xstate/inspect, over real sockets. docs/security.md shows the outcomes.
import { once } from 'node:events'
import { expect } from 'vitest'
import { xstateInspect } from '../../src/inspect/xstate-inspect/index.ts'
import { mostViewers } from '../../src/inspect/xstate-inspect/server-audience.ts'
import { start } from '../conversation/start.ts'
import { nested, nestedJson } from '../nested.ts'
import { endsSomewhere, hostile } from '../inspect/xstate-inspect/hostile-values.ts'
import { serverForEach } from '../inspect/xstate-inspect/viewers.ts'
import { attackSurface } from './attack.ts'
import { tally, type Visit, visit } from './viewers.ts'

const serving = serverForEach()

/** A conversation that is shown to every viewer that is let in. */
function shown(options: { readonly allowControl?: boolean; readonly includeText?: boolean } = {}) {
  const talk = start()
  xstateInspect(talk.chat, { ...options, server: serving.server })
  return talk
}

const asks = { type: 'xstate.inspecting' }

/** Checks that a well-behaved viewer sees the conversation, and that it continues. */
async function theOthersAreAnswered({ chat, exchange }: ReturnType<typeof start>): Promise<void> {
  const { say, heard, settled, socket } = await visit(serving.address)
  say(asks)
  while (heard.length === 0) await Promise.race([once(socket, 'message'), settled()])
  const { status } = await exchange('are you there', 'yes')
  expect(status).toBe('completed')
  await settled()
  expect(JSON.stringify(heard)).toContain('reply.finished')
  expect(chat.status).toBe('ready')
}

/** The outcome for a viewer with these headers that asks for everything: `shown`, or the close code and reason. */
async function treatmentOf(headers: Readonly<Record<string, string>>): Promise<string> {
  const { closed, heard, say, socket } = await visit(serving.address, headers)
  say(asks)
  const happened = await Promise.race([closed, once(socket, 'message').then(() => 'shown')])
  if (happened !== 'shown') expect(heard).toEqual([])
  return happened
}

attackSurface('Bridge for @xstate/inspect', [
  {
    attack: 'other names, and this machine with another port, as host',
    run: async () => {
      const talk = shown()
      const port = serving.address.split(':')[1] ?? ''
      const forged = [
        `evil.example:${port}`,
        `localhost.evil.example:${port}`,
        `127.0.0.1.evil.example:${port}`,
        `evil-localhost:${port}`,
        `localhost.:${port}`,
        `LOCALHOST:${port}`,
        `127.1:${port}`,
        `2130706433:${port}`,
        `0.0.0.0:${port}`,
        `[::ffff:127.0.0.1]:${port}`,
        `localhost@evil.example:${port}`,
        'localhost',
        '127.0.0.1:1',
        `127.0.0.1:${port}0`,
      ]
      const happened = await Promise.all(forged.map((host) => treatmentOf({ host })))
      expect(await treatmentOf({ host: `localhost:${port}` })).toBe('shown')
      await theOthersAreAnswered(talk)
      return tally(happened)
    },
  },
  {
    attack: 'pages of other origins, and without an origin',
    run: async () => {
      const talk = shown()
      const port = serving.address.split(':')[1] ?? ''
      const forged = [
        'null',
        '*',
        'https://evil.example',
        `http://evil.example:${port}`,
        `http://localhost.evil.example:${port}`,
        `http://127.0.0.1.evil.example:${port}`,
        `http://evil-localhost:${port}`,
        'http://localhost',
        'http://localhost:1',
        `http://localhost:${port}0`,
        `http://localhost:${port}/`,
        `http://LOCALHOST:${port}`,
        `file://localhost:${port}`,
        `http://localhost:${port}, https://evil.example`,
        `http://localhost@evil.example:${port}`,
      ]
      const happened = await Promise.all(forged.map((origin) => treatmentOf({ origin })))
      expect(await treatmentOf({ origin: `http://127.0.0.1:${port}` })).toBe('shown')
      await theOthersAreAnswered(talk)
      return tally(happened)
    },
  },
  {
    attack: 'a page that connects before the inspection begins, when its origin is not checked',
    run: async () => {
      const early = await visit(serving.address, { origin: 'https://evil.example' })
      const talk = shown()
      early.say(asks)
      const happened = await early.closed
      expect(early.heard).toEqual([])
      await theOthersAreAnswered(talk)
      return happened
    },
  },
  {
    attack: 'xstate.inspecting, 50,000 times at once',
    run: async () => {
      const talk = shown()
      const { closed, heard, say } = await visit(serving.address)
      for (let n = 0; n < 50_000; n++) say(asks)
      const happened = await closed
      await theOthersAreAnswered(talk)
      return `shown ${heard.length} time, then closed: ${happened}`
    },
  },
  {
    attack: 'xstate.inspecting, 150 times at once, which is within the limit',
    run: async () => {
      const talk = shown()
      const { heard, say, settled, socket } = await visit(serving.address)
      for (let n = 0; n < 150; n++) say(asks)
      await settled()
      const atOnce = heard.length
      await once(socket, 'message')
      await settled()
      await theOthersAreAnswered(talk)
      return `shown ${atOnce} time at once, and once more after a second`
    },
  },
  {
    attack: 'floods of invalid JSON, of pings, and of bytes',
    run: async () => {
      const talk = shown()
      const flood = async (times: number, send: (viewer: Visit) => void) => {
        const viewer = await visit(serving.address)
        for (let n = 0; n < times; n++) send(viewer)
        return viewer.closed
      }
      const happened = [
        await flood(1_000, ({ say }) => say('{')),
        await flood(100, ({ say }) => say('x'.repeat(100_000))),
      ]
      // ws may close it first, without a reason: it has its own limit for pings.
      expect(await flood(1_000, ({ socket }) => socket.ping())).toMatch(/^1006|^1008/)
      await theOthersAreAnswered(talk)
      return `${tally(happened)}; the flood of pings is cut off too`
    },
  },
  {
    attack: 'one message of 5 MB',
    run: async () => {
      const talk = shown()
      const { closed, say } = await visit(serving.address)
      say(JSON.stringify({ ...asks, more: 'x'.repeat(5_000_000) }))
      const happened = await closed
      await theOthersAreAnswered(talk)
      return happened
    },
  },
  {
    attack: 'messages of 20,000 levels, and of 100,000 values',
    run: async () => {
      const talk = shown({ allowControl: true })
      const happened: string[] = []
      for (const message of [
        nestedJson(20_000),
        '['.repeat(100_000),
        JSON.stringify(Array.from({ length: 100_000 }, () => 1)),
      ]) {
        const { closed, say } = await visit(serving.address)
        say(message)
        happened.push(await closed)
      }
      await theOthersAreAnswered(talk)
      return tally(happened)
    },
  },
  {
    attack: 'events whose input has 10,000 levels, from a viewer that may control',
    run: async () => {
      const talk = shown({ allowControl: true })
      const { heard, say, settled, socket } = await visit(serving.address)
      say(asks)
      await once(socket, 'message')
      const [{ sessionId }] = heard as [{ readonly sessionId: string }]
      const input = `[{"type":"text","text":"hi","more":${nestedJson(10_000)}}]`
      const event = `{"type":"user.send","turnId":"r1","at":1,"input":${input}}`
      say({ type: 'xstate.event', service: sessionId, event })
      await settled()
      expect(talk.chat.messages).toEqual([])
      await theOthersAreAnswered(talk)
      return 'ignored'
    },
  },
  {
    attack: 'events without allowControl',
    run: async () => {
      const talk = shown()
      const { heard, say, settled, socket } = await visit(serving.address)
      say(asks)
      await once(socket, 'message')
      const [{ sessionId }] = heard as [{ readonly sessionId: string }]
      const events = [
        { type: 'user.send', turnId: 'r1', at: 1, input: 'hi' },
        { type: 'model.switch', model: 'm2' },
        { type: 'context.clear' },
        { type: 'conversation.close' },
        { type: 'xstate.stop' },
      ]
      for (const event of events) say({ type: 'xstate.event', service: sessionId, event: JSON.stringify(event) })
      await settled()
      expect([talk.chat.model, talk.chat.status, talk.chat.messages]).toEqual(['m1', 'ready', []])
      await theOthersAreAnswered(talk)
      return `${events.length} events, none accepted`
    },
  },
  {
    attack: 'more viewers than are allowed',
    run: async () => {
      const talk = shown()
      const viewers = await Promise.all(Array.from({ length: mostViewers }, () => visit(serving.address)))
      const { closed } = await visit(serving.address)
      const happened = await closed
      viewers[0]?.socket.terminate()
      await viewers[0]?.closed
      await theOthersAreAnswered(talk)
      return `viewer ${mostViewers + 1}: ${happened}`
    },
  },
  {
    attack: 'a viewer that does not read, of a conversation with long texts',
    run: async () => {
      const talk = shown({ includeText: true })
      for (const letter of ['a', 'b', 'c', 'd']) await talk.exchange(letter.repeat(40_000), letter.repeat(10_000))
      const { closed, heard, say, socket } = await visit(serving.address)
      say(asks)
      await once(socket, 'message')
      // What happens while it is shown the past is kept until that is over, and sent then.
      talk.chat.setModel('the newest')
      while (!JSON.stringify(heard.at(-1)).includes('the newest')) await once(socket, 'message')
      socket.pause()
      let sends = 0
      for (; sends < 2_000 && serving.server.clients.size > 0; sends++) {
        talk.chat.setModel(`m${sends % 2}`)
        if ([...serving.server.clients].every(({ readyState }) => readyState !== socket.OPEN)) break
      }
      expect(sends).toBeLessThan(2_000)
      const buffered = Math.max(...[...serving.server.clients].map(({ bufferedAmount }) => bufferedAmount))
      expect(buffered).toBeLessThan(70 * 1_024 * 1_024)
      await new Promise<void>((resolve) => {
        const [client] = serving.server.clients
        if (client) client.once('close', () => resolve())
        else resolve()
      })
      expect(serving.server.clients.size).toBe(0)
      socket.terminate()
      await closed
      await theOthersAreAnswered(talk)
      return 'cut off when 64 MB wait for it, which are freed within a second'
    },
  },
  {
    attack: 'events with values that are deep, endless, huge, or throw when they are read',
    run: async () => {
      const talk = shown({ includeText: true })
      const { heard, say, settled, socket } = await visit(serving.address)
      say(asks)
      await once(socket, 'message')
      const values = [...hostile.map(([, value]) => value), ...endsSomewhere.map(([, value]) => value)]
      for (const value of values) talk.chat.actor.send({ type: 'shout', value } as never)
      await settled()
      const events = heard.filter((message) => /"service.event".*shout/.test(JSON.stringify(message)))
      expect(events).toHaveLength(values.length)
      await theOthersAreAnswered(talk)
      return `${events.length} events shown, with markers for what can't be shown`
    },
  },
  {
    attack: '17 files of 24 MB at once, and a reply with 5,000 levels of tool input',
    run: async () => {
      const talk = shown({ includeText: true })
      const { heard, say, settled, socket } = await visit(serving.address)
      say(asks)
      await once(socket, 'message')
      const file = { type: 'document', source: { type: 'base64', data: 'x'.repeat(24_000_000) } }
      talk.chat.actor.send({ type: 'shout', files: Array.from({ length: 17 }, () => file) } as never)
      const { turn, reply } = await talk.ask('go deep')
      reply.give([{ type: 'tool_use', id: 'k1', name: 'look', input: nested(5_000) }])
      ;(await talk.asked(2)).answer('that was deep')
      expect((await turn).status).toBe('completed')
      await settled()
      expect(JSON.stringify(heard)).toContain('[24000000 characters]')
      await theOthersAreAnswered(talk)
      return 'replaced by their sizes; the conversation continues'
    },
  },
])
