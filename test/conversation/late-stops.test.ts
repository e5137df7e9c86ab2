// A stop during the delivery of a chunk that contains the reply up to its end.
import * as fc from 'fast-check'
import { describe, expect, it, type MockInstance, vi } from 'vitest'
import { z } from 'zod'
import { type Conversation, type ConversationOptions, type SourceEvent, tool, type Turn } from '../../src/index.ts'
import {
  block,
  ends,
  fields,
  over,
  says,
  started,
  stopped,
  textBlock,
  toolBlock,
  types,
  wholeReply,
} from '../reply/fixtures.ts'
import { type Chunk, handedOver, type InChunks, mark, startInChunks, twoRounds } from '../refused-text/chunks.ts'

const greeting = [started(), textBlock(), says('Hel'), says('lo '), says('there.'), stopped(), ends('end_turn'), over]

interface Scene extends InChunks {
  readonly controller: AbortController
  readonly ask: (text?: string) => Turn
  /** All deltas, joined. */
  readonly heard: () => string
}

/** Ways in which a listener to deltas can end the turn. */
const ways: Readonly<Record<string, (scene: Scene) => void>> = {
  'stop()': ({ chat }) => void chat.stop(),
  'an aborted signal': ({ controller }) => controller.abort(),
}

function begin(replies: readonly (readonly Chunk[])[], options: Partial<ConversationOptions> = {}): Scene {
  const talk = startInChunks(replies, options)
  const controller = new AbortController()
  return {
    ...talk,
    controller,
    ask: (text = 'Hi') => talk.chat.sendMessage(text, { signal: controller.signal }),
    heard: () => talk.notices.map((notice) => (notice.type === 'delta' ? notice.text : '')).join(''),
  }
}

/** Starts it with a listener that ends the turn at every delta of the first reply. */
function ending(way: (scene: Scene) => void, ...[replies, options]: Parameters<typeof begin>): Scene {
  const scene = begin(replies, options)
  scene.chat.on('delta', () => {
    if (scene.requests.length === 1) way(scene)
  })
  return scene
}

const statusInJournal = (chat: Conversation) => chat.actor.getSnapshot().context.view.turns.map(({ status }) => status)

const split = (events: readonly SourceEvent[], at: number): readonly Chunk[] => [events.slice(0, at), events.slice(at)]

describe.each(Object.entries(ways))('%s in a listener, at a delta of a reply that has arrived in full', (name, way) => {
  const error = name === 'stop()' ? undefined : { code: 'aborted' }

  it.each(['end_turn', 'stop_sequence'])(
    'comes too late when the reply ends with %s: the rest is delivered',
    async (stopReason) => {
      const reply = [...greeting.slice(0, -2), ends(stopReason), over]
      const scene = ending(way, [[reply]])
      const outcome = await scene.ask()
      expect(outcome).toMatchObject({ status: 'completed', text: 'Hello there.', finishReason: 'stop' })
      expect([outcome.error, outcome.usage.estimated]).toEqual([undefined, undefined])
      expect(scene.heard()).toBe('Hello there.')
      expect([statusInJournal(scene.chat), scene.told('turn.completed'), scene.told('turn.stopped')]).toEqual([
        ['completed'],
        1,
        0,
      ])
      expect(scene.chat.messages.at(-1)?.status).toBe('complete')
    },
  )

  it('leaves the conversation ready for the next message', async () => {
    const scene = ending(way, [[greeting]])
    await scene.ask()
    expect((await scene.chat.sendMessage('More')).status).toBe('completed')
    expect(scene.said(2)).toMatch(/Hello there\..*More/)
  })

  it.each(Array.from({ length: 5 }, (_, index) => greeting.length - 1 - index))(
    'stops the turn when the chunk ends before event %i, and the rest is not delivered',
    async (at) => {
      const scene = ending(way, [split(greeting, at)])
      expect(await scene.ask()).toMatchObject({
        status: 'stopped',
        text: 'Hel',
        finishReason: 'other',
        ...(error && { error }),
      })
      expect([scene.heard(), statusInJournal(scene.chat)]).toEqual(['Hel', ['stopped']])
    },
  )

  it('comes too late exactly when the end of the reply is in the chunk of the delta', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.array(fc.nat({ max: 10 }), { maxLength: 3 }),
        async (texts, which, cuts) => {
          const reply = [started(), textBlock(), ...texts.map((text) => says(text)), stopped(), ends('end_turn'), over]
          const bounds = [...new Set([0, ...cuts, reply.length])]
            .filter((at) => at <= reply.length)
            .toSorted((a, b) => a - b)
          const chunks = bounds.slice(1).map((to, index) => reply.slice(bounds[index], to))
          const last = which % texts.length
          const scene = begin([chunks])
          scene.chat.on('delta', ({ seq }) => {
            if (seq === last) way(scene)
          })
          const { status } = await scene.ask()
          const isWhole = (bounds.at(-2) ?? 0) <= last + 2
          expect([status, scene.heard()]).toEqual(
            isWhole ? ['completed', texts.join('')] : ['stopped', texts.slice(0, last + 1).join('')],
          )
        },
      ),
    )
  })

  it('stops the turn when the reply calls a tool, and the tool never runs', async () => {
    let runs = 0
    const look = tool({ name: 'look', input: z.object({}), run: () => ++runs })
    for (const reason of ['tool_use', 'end_turn']) {
      const reply = [
        started(),
        textBlock(),
        says('I look.'),
        stopped(),
        toolBlock(1),
        types('{}', 1),
        stopped(1),
        ends(reason),
        over,
      ]
      const scene = ending(way, [[reply]], { tools: [look] })
      expect(await scene.ask()).toMatchObject({ status: 'stopped', text: 'I look.' })
      expect([scene.requests.length, scene.told('toolCall.started'), runs]).toEqual([1, 0, 0])
      expect((await scene.chat.sendMessage('More')).status).toBe('completed')
    }
  })

  it.each(['pause_turn', 'max_tokens', 'model_context_window_exceeded', 'compaction', 'tomorrow', null])(
    'stops the turn when the reply ends with %s, and no further request is sent',
    async (reason) => {
      const reply = [...greeting.slice(0, -2), ends(reason), over]
      const scene = ending(way, [[reply]], { onTruncated: 'continue', onOverflow: 'compact' })
      expect(await scene.ask()).toMatchObject({ status: 'stopped', text: 'Hel' })
      expect([scene.requests.length, scene.heard()]).toEqual([1, 'Hel'])
    },
  )

  it('depends on the last stop reason, not on events after the end', async () => {
    const late = ending(way, [[[...greeting.slice(0, -2), ends('end_turn'), ends('max_tokens'), over]]])
    expect((await late.ask()).status).toBe('stopped')
    const behind = ending(way, [[[...greeting, { type: 'failed', error: new Error('no JSON') }, toolBlock(1)]]])
    expect((await behind.ask()).status).toBe('completed')
  })

  it('stops the turn when the rest is malformed, and no attempt is repeated', async () => {
    const garbled = { type: 'failed', error: new Error('no JSON') } as const
    const scene = ending(way, [[[...greeting.slice(0, 4), garbled, ...greeting.slice(4)]]], {
      retry: { maxAttempts: 3 },
    })
    expect(await scene.ask()).toMatchObject({ status: 'stopped', text: 'Hel', ...(error && { error }) })
    expect([scene.requests.length, scene.told('retry.scheduled')]).toEqual([1, 0])
  })

  it('stops the turn when the rest belongs to another message, and no attempt is repeated', async () => {
    const first = [started({ id: 'msg_1' }), ...greeting.slice(1, 4)]
    const scene = ending(way, [[[...first, started({ id: 'msg_2' }), ...greeting.slice(4)]]], {
      retry: { maxAttempts: 3 },
    })
    const outcome = await scene.ask()
    expect(outcome).toMatchObject({ status: 'stopped', text: 'Hello ', ...(error && { error }) })
    if (!error) expect(outcome.error).toBeUndefined()
    expect([scene.requests.length, scene.told('retry.scheduled'), scene.told('turn.stopped')]).toEqual([1, 0, 1])
    expect((await scene.chat.sendMessage('More')).status).toBe('completed')
  })

  it('comes too late for the model that took over: its reply completes the turn', async () => {
    const served = [textBlock(2), says('Good', 2), stopped(2), ends('end_turn', { iterations: twoRounds }), over]
    const reply = [started(), textBlock(), says('Void'), stopped(), handedOver(1), stopped(1), ...served]
    const scenes = [begin([[reply]]), ending(way, [[reply]])]
    const [left, cut] = await Promise.all(
      scenes.map(async (scene) => {
        const { status, text } = await scene.ask()
        await scene.chat.sendMessage('More')
        return { status, text, sent: scene.said(2) }
      }),
    )
    expect(left?.status).toBe('completed')
    expect(cut).toEqual(left)
  })

  it.each(['must be continued', 'fails', 'calls a tool'])(
    'retracts the text of the model that refused when the reply of the next model %s',
    async (end) => {
      const rest = {
        'must be continued': [ends('max_tokens'), over],
        fails: [{ type: 'failed', error: new Error('no JSON') } as const],
        'calls a tool': [toolBlock(2), types('{}', 2), stopped(2), ends('tool_use'), over],
      }[end]
      const reply = [started(), textBlock(), says('Void'), stopped(), handedOver(1), stopped(1), ...(rest ?? [])]
      const scene = ending(way, [[reply]])
      expect(await scene.ask()).toMatchObject({ status: 'stopped', text: '' })
      expect([scene.heard(), scene.told('retracted')]).toEqual(['Void', 1])
      expect(JSON.stringify(scene.chat.messages)).not.toContain('Void')
    },
  )

  it('comes too late for a reply that follows tool results', async () => {
    const look = tool({ name: 'look', input: z.object({}), run: () => 'sunny' })
    const call = [started(), toolBlock(), types('{}'), stopped(), ends('tool_use'), over]
    const scene = begin([[call], [greeting]], { tools: [look] })
    scene.chat.on('delta', ({ kind }) => kind === 'text' && way(scene))
    expect(await scene.ask()).toMatchObject({ status: 'completed', text: 'Hello there.' })
  })

  it('comes too late at a citation and at an unknown event as well', async () => {
    for (const [type, event] of [
      ['citation', { type: 'block.citation', index: 0, citation: { type: 'char_location' } }],
      ['unknown', mark],
    ] as const) {
      const scene = begin([[[...greeting.slice(0, 3), event, ...greeting.slice(3)]]])
      scene.chat.on(type, () => way(scene))
      expect(await scene.ask()).toMatchObject({ status: 'completed', text: 'Hello there.' })
    }
  })

  it('sends the queued messages afterwards, as every stop does', async () => {
    for (const chunks of [[greeting], split(greeting, 4)]) {
      const scene = ending(way, [chunks], { whenBusy: 'queue' })
      const first = scene.ask()
      const second = scene.chat.sendMessage('And then?')
      expect([(await first).status, (await second).status]).toEqual([
        chunks.length === 1 ? 'completed' : 'stopped',
        'completed',
      ])
      expect(scene.requests).toHaveLength(2)
    }
  })

  it.each(['reject', 'queue', 'interrupt'] as const)(
    'lets a message sent in the same tick wait for the end, under whenBusy "%s"',
    async (whenBusy) => {
      const scene = begin([[greeting]], { whenBusy })
      const sent: Turn[] = []
      scene.chat.on('delta', ({ seq }) => {
        if (seq > 0 || sent.length > 0) return
        way(scene)
        expect(scene.chat.canSend).toBe(true)
        sent.push(scene.chat.sendMessage('And then?'))
      })
      expect(await scene.ask()).toMatchObject({ status: 'completed', text: 'Hello there.' })
      expect((await sent[0])?.status).toBe('completed')
      expect(scene.said(2)).toMatch(/Hello there\..*And then\?/)
    },
  )

  it('stops a summary, because it would replace the history', async () => {
    const summary = [started(), textBlock(), says('A summary'), mark, stopped(), ends('end_turn'), over]
    const scene = begin([[wholeReply()], [summary]], { compaction: { by: 'summary' } })
    await scene.chat.sendMessage('Hello')
    scene.chat.on('unknown', () => way(scene))
    expect((await scene.chat.compact({ signal: scene.controller.signal })).status).toBe('stopped')
    await scene.chat.sendMessage('More')
    expect([scene.requests.length, scene.said(3)?.includes('A summary')]).toEqual([3, false])
  })
})

describe('a reply that has arrived in full', () => {
  it('is stopped by a message that interrupts it', async () => {
    const scene = begin([[greeting]], { whenBusy: 'interrupt' })
    const sent: Turn[] = []
    scene.chat.on('delta', () => {
      if (sent.length === 0) sent.push(scene.chat.sendMessage('Never mind'))
    })
    expect(await scene.ask()).toMatchObject({ status: 'stopped', text: 'Hel' })
    expect((await sent[0])?.status).toBe('completed')
  })

  it('is stopped by close(), before or after a stop', async () => {
    for (const isStoppedFirst of [false, true]) {
      const scene = begin([[greeting]])
      scene.chat.on('delta', () => {
        if (isStoppedFirst) scene.chat.stop()
        void scene.chat.close()
      })
      expect((await scene.ask()).status).toBe('stopped')
      expect(scene.heard()).toBe('Hel')
    }
  })

  it('is completed with its thinking and redacted blocks as well as its text', async () => {
    const thought = [
      started(),
      block({ type: 'thinking', thinking: '', signature: '' }),
      { type: 'block.delta', index: 0, kind: 'thinking', text: 'Hm.' } as const,
      fields({ signature: 'sig' }),
      stopped(),
      textBlock(1),
      says('So.', 1),
      stopped(1),
      ends('end_turn'),
      over,
    ]
    const scene = ending(({ chat }) => void chat.stop(), [[thought]])
    expect(await scene.ask()).toMatchObject({ status: 'completed', text: 'So.' })
  })

  it('is assembled once, at the first stop, however often a listener stops', async () => {
    const scene = begin([[greeting]])
    const drafts: MockInstance[] = []
    const leave = scene.chat.actor.subscribe(({ children: { reply } }) => {
      if (!reply) return
      leave.unsubscribe()
      reply.on('draft.started', ({ draft }) => void drafts.push(vi.spyOn(draft, 'partial')))
    })
    scene.chat.on('delta', () => void scene.chat.stop())
    await scene.ask()
    expect(drafts.map(({ mock }) => mock.calls.length)).toEqual([1])
    expect(scene.heard()).toBe('Hello there.')
  })
})
