// A delta and the refusal arrive together, and an observer ends the turn at the delta.
import { describe, expect, it } from 'vitest'
import type { OnRefusal, Turn } from '../../src/index.ts'
import { ends, over, says, started, stopped, textBlock, wholeReply } from '../reply/fixtures.ts'
import { until } from '../conversation/start.ts'
import { handedOver, type InChunks, mark, startInChunks } from './chunks.ts'

const refusedReply = [
  started(),
  textBlock(),
  says('Void '),
  says('words'),
  stopped(),
  ends('refusal', { category: 'cyber', explanation: 'raw words' }),
  over,
]

interface Scene extends InChunks {
  readonly controller: AbortController
  /** The turn of the message that interrupts. */
  readonly next: Turn[]
}

type End = (scene: Scene) => void

const stops: Readonly<Record<string, End>> = {
  'a stop': ({ chat }) => void chat.stop(),
  'a close': ({ chat }) => void chat.close(),
  'an aborted signal': ({ controller }) => controller.abort(),
}
const ways: Readonly<Record<string, End>> = {
  ...stops,
  'an interrupting message': ({ chat, next }) => void next.push(chat.sendMessage('Next')),
}

/** The observers: each ends the turn once, at the first text that it sees. */
const places: Readonly<Record<string, (scene: Scene, turn: () => Turn, end: End) => Turn>> = {
  'a delta listener': (scene, turn, end) => {
    const leave = scene.chat.on('delta', () => {
      leave()
      end(scene)
    })
    return turn()
  },
  'a subscriber': (scene, turn, end) => {
    const leave = scene.chat.subscribe(() => {
      if (scene.chat.messages.at(-1)?.status !== 'streaming') return
      leave()
      end(scene)
    })
    return turn()
  },
  // The refusal has been processed when the iterator reaches it, and the text of the reply is gone.
  'an iterator over the turn': (scene, turn, end) => {
    const asked = turn()
    const iterate = async () => {
      for await (const { type } of asked) if (type !== 'attempt.started') return end(scene)
    }
    void iterate()
    return asked
  },
}

function begin(onRefusal?: OnRefusal): Scene {
  const replies = [[wholeReply('Hello to you.')], [refusedReply]]
  const talk = startInChunks(replies, { whenBusy: 'interrupt', ...(onRefusal ? { onRefusal } : {}) })
  return { ...talk, controller: new AbortController(), next: [] }
}

const ask = ({ chat, controller }: Scene) => chat.sendMessage('Question', { signal: controller.signal })

describe.each(Object.entries(places))('a refusal in the same chunk as the delta that %s sees', (_, endFrom) => {
  it.each(Object.entries(ways))(
    'is the outcome despite %s, is reported once, and none of its text is sent again',
    async (_way, end) => {
      const scene = begin()
      await scene.chat.sendMessage('Hello')
      const outcome = await endFrom(scene, () => ask(scene), end)
      expect(outcome).toMatchObject({ status: 'refused', text: '', refusal: { category: 'cyber', textShown: true } })
      expect([scene.told('turn.refused'), scene.told('turn.stopped')]).toEqual([1, 0])
      await saysMore(scene)
      expect(scene.said(3)).not.toMatch(/Question|Void|words/)
    },
  )

  it.each(Object.entries(stops))('causes no request to another model after %s', async (_way, end) => {
    const scene = begin({ fallback: [{ model: 'm2' }] })
    await scene.chat.sendMessage('Hello')
    const { status } = await endFrom(scene, () => ask(scene), end)
    await until(scene.chat, () => scene.chat.canSend || scene.chat.status === 'closed')
    expect([status, scene.requests.length, scene.chat.model]).toEqual(['refused', 2, 'm1'])
  })

  it.each(Object.entries(ways))('of a regeneration keeps the earlier reply, after %s', async (_way, end) => {
    const scene = begin()
    const first = await scene.chat.sendMessage('Hello')
    const again = () => scene.chat.regenerate(first.turnId, { signal: scene.controller.signal })
    expect((await endFrom(scene, again, end)).status).toBe('refused')
    await saysMore(scene)
    expect(scene.said(3)).toMatch(/Hello to you/)
    expect(scene.said(3)).not.toMatch(/Void|words/)
  })
})

/** The interrupting message, or one in a fork of the closed conversation; it is answered. */
async function saysMore({ chat, next }: Scene): Promise<void> {
  const [interrupting] = next
  if (interrupting) {
    await until(chat, () => chat.held || chat.status !== 'refused')
    if (chat.held) chat.releaseQueue()
    return expect((await interrupting).text).toBe('Well.')
  }
  const open = chat.status === 'closed' ? chat.fork() : chat
  await until(open, () => open.canSend)
  expect((await open.sendMessage('More')).text).toBe('Well.')
}

/** Stops at the first delta. */
function stoppedAtOnce(replies: Parameters<typeof startInChunks>[0], onRefusal?: OnRefusal): InChunks {
  const talk = startInChunks(replies, onRefusal ? { onRefusal } : {})
  const leave = talk.chat.on('delta', () => {
    leave()
    talk.chat.stop()
  })
  return talk
}

describe('a turn stopped in the chunk of its refusal', () => {
  it('retracts its shown text once', async () => {
    const { chat, told } = stoppedAtOnce([[refusedReply]])
    await chat.sendMessage('Question')
    await until(chat, () => chat.canSend)
    expect([told('turn.refused'), told('retracted')]).toEqual([1, 1])
  })

  it('is not rephrased, and no policy function is called', async () => {
    let wordings = 0
    const rephrase = () => `Softer ${++wordings}`
    for (const onRefusal of [{ rephrase }, 'manual', { fallback: [{ model: 'm2' }] }, 'clear'] as const) {
      const { chat, requests } = stoppedAtOnce([[refusedReply]], onRefusal)
      expect(await chat.sendMessage('Question')).toMatchObject({
        refusal: { policy: 'drop-turn' },
        reset: { head: null },
      })
      await until(chat, () => chat.canSend)
      expect([requests.length, wordings, chat.model, chat.status]).toEqual([1, 0, 'm1', 'ready'])
    }
  })

  it('can be neither retried nor regenerated', async () => {
    const { chat } = stoppedAtOnce([[refusedReply]])
    const { turnId } = await chat.sendMessage('Question')
    await until(chat, () => chat.canSend)
    expect(() => chat.retry()).toThrow(expect.objectContaining({ code: 'nothing-to-retry' }))
    expect(() => chat.regenerate(turnId)).toThrow(expect.objectContaining({ code: 'turn-quarantined' }))
  })

  it('leaves the conversation unchanged when it was making a summary', async () => {
    const reply = [started(), textBlock(), says('Void'), mark, ends('refusal')]
    const { chat, said, told } = startInChunks([[wholeReply('Hello to you.')], [reply]], {
      compaction: { by: 'summary' },
    })
    await chat.sendMessage('Hello')
    chat.on('unknown', () => void chat.stop())
    expect((await chat.compact()).status).toBe('refused')
    await until(chat, () => chat.canSend)
    await chat.sendMessage('More')
    expect(said(3)).toMatch(/Hello to you/)
    expect([said(3)?.includes('Void'), told('turn.refused'), told('retracted')]).toEqual([false, 1, 0])
  })
})

describe('the rest of a chunk with a delta', () => {
  it('is searched for a refusal even past a malformed event', async () => {
    const garbled = { type: 'failed', error: new Error('no JSON') } as const
    const { chat, said } = startInChunks([[[started(), textBlock(), says('Void'), garbled, ends('refusal'), over]]])
    expect((await chat.sendMessage('Question')).status).toBe('refused')
    await chat.sendMessage('More')
    expect(said(2)).not.toMatch(/Question|Void/)
  })

  it('removes the text so far when it contains the takeover by another model', async () => {
    const handover = [
      started(),
      textBlock(),
      says('Void'),
      stopped(),
      handedOver(1),
      stopped(1),
      textBlock(2),
      says('Good', 2),
    ]
    const { chat, said } = stoppedAtOnce([[handover, 'nothing']])
    expect(await chat.sendMessage('Question')).toMatchObject({ status: 'stopped', text: '' })
    await chat.sendMessage('More')
    expect(said(2)).not.toMatch(/Void|Good/)
  })

  it('has no influence on a later refusal, and the text so far stays', async () => {
    const [start, shell, first, ...rest] = refusedReply
    if (!start || !shell || !first) throw new Error('no reply')
    const { chat, said } = stoppedAtOnce([[[start, shell, first], rest]])
    expect(await chat.sendMessage('Question')).toMatchObject({ status: 'stopped', text: 'Void ' })
    await chat.sendMessage('More')
    expect(said(2)).toMatch(/Question.*Void/)
  })
})
