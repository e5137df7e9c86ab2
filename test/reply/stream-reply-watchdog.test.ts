import { describe, expect, it } from 'vitest'
import {
  heldSource,
  idleTimeout,
  ping,
  says,
  type SourceItem,
  started,
  talk,
  textBlock,
  turn,
  wholeReply,
} from './fixtures.ts'

describe('S7 a watchdog on bytes, pings included, fails a stalled stream', () => {
  it.each<readonly [string, SourceItem]>([
    ['a ping', ping],
    ['an empty batch', []],
    ['a delta', says('x')],
    ['an unknown event', { type: 'unknown', event: {} }],
  ])('treats %s as a sign of life', async (_, sign) => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started(), textBlock())
    for (let round = 0; round < 5; round++) {
      conversation.clock.increment(idleTimeout - 1)
      await held.give(sign)
    }
    expect(conversation.endings()).toEqual([])
    expect(conversation.clock.running).toEqual([idleTimeout])
    conversation.clock.increment(idleTimeout - 1)
    expect(conversation.endings()).toEqual([])
    conversation.clock.increment(1)
    expect(conversation.types()).toEqual(['reply.opened', 'reply.failed'])
  })

  it('fails with stream-stalled, retryable, keeps the content so far, and aborts', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started(), textBlock(), says('Hel'))
    conversation.clock.increment(idleTimeout)
    expect(conversation.endings()).toMatchObject([
      {
        type: 'reply.failed',
        retryable: true,
        failure: { code: 'stream-stalled' },
        partial: { content: [{ type: 'text', text: 'Hel' }], shown: true },
      },
    ])
    expect(held.calls[0]?.signal.aborted).toBe(true)
    await held.give(says('lo'))
    expect(held.calls[0]?.returned).toBe(true)
    expect(conversation.clock.running).toEqual([])
  })

  it('fails a stall between message_delta and message_stop too', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(...wholeReply().slice(0, -1))
    conversation.clock.increment(idleTimeout)
    expect(conversation.endings()).toMatchObject([{ type: 'reply.failed', failure: { code: 'stream-stalled' } }])
    expect(held.calls[0]?.signal.aborted).toBe(true)
  })

  it('starts with the first sign of life; before it, the openTimeout of the chart applies', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    expect(conversation.clock.running).toEqual([])
    conversation.clock.increment(10 * idleTimeout)
    expect(conversation.sent).toEqual([])
    conversation.chartClock.increment(120_000)
    expect(conversation.state).toBe('failed.saved')
    expect(conversation.view.turns.at(-1)).toMatchObject({ failure: { code: 'connection-failed' } })
    expect(held.calls[0]?.signal.aborted).toBe(true)
    expect(conversation.sent).toEqual([])
  })

  it('gives a complete reply one second to end its connection, then closes it', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(wholeReply())
    expect(conversation.state).toBe('completed.saved')
    expect(conversation.clock.running).toEqual([1_000])
    conversation.clock.increment(600)
    await held.give(ping)
    expect(conversation.clock.running).toEqual([1_000])
    conversation.clock.increment(399)
    expect(held.calls[0]?.signal.aborted).toBe(false)
    conversation.clock.increment(1)
    expect(held.calls[0]?.signal.aborted).toBe(true)
    await held.give(ping)
    expect(held.calls[0]?.returned).toBe(true)
  })

  it('closes the connection to a peer that sends only pings after the reply', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(wholeReply())
    for (let round = 0; round < 4; round++) {
      conversation.clock.increment(300)
      await held.give(ping)
    }
    expect(held.calls[0]?.signal.aborted).toBe(true)
    expect(held.calls[0]?.returned).toBe(true)
    expect(conversation.types()).toEqual(['reply.opened', 'reply.finished'])
  })

  it('waits longer when pings are hidden, and names the option', async () => {
    const silenceTimeout = 10 * idleTimeout
    const held = heldSource()
    const conversation = talk(held.source, { stream: { silenceTimeout } })
    conversation.ask()
    await turn()
    await held.give({ type: 'opened', pings: 'hidden' }, started(), textBlock())
    conversation.clock.increment(silenceTimeout - 1)
    expect(conversation.endings()).toEqual([])
    conversation.clock.increment(1)
    const message = expect.stringContaining('silenceTimeout')
    expect(conversation.endings()).toMatchObject([
      { type: 'reply.failed', failure: { code: 'stream-stalled', message } },
    ])
  })

  it('leaves no timer running once the source has ended', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(wholeReply())
    await held.end()
    expect(conversation.clock.running).toEqual([])
    expect(held.calls[0]?.signal.aborted).toBe(false)
  })
})
