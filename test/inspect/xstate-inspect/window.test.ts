// Over window messages, to the real receiver of @xstate/inspect.
import { describe, expect, it } from 'vitest'
import { xstateInspect } from '../../../src/inspect/xstate-inspect/index.ts'
import { realInspect } from '../../xstate-inspect/real.ts'
import { codeOf, start } from '../../conversation/start.ts'
import { turn as tick } from '../../tools/fixtures.ts'
import { watch } from './viewers.ts'
import { pageAndFrame } from './windows.ts'

/** The real receiver in the frame. */
const receive = ({ frame, pageForFrame }: ReturnType<typeof pageAndFrame>) =>
  watch(
    realInspect.createWindowReceiver({
      window: frame.window as unknown as Window,
      targetWindow: pageForFrame as unknown as Window,
    }),
  )

describe('a frame in the page', () => {
  it('shows the conversation once it connects, and controls it when that is allowed', async () => {
    const windows = pageAndFrame()
    const { chat } = start()
    xstateInspect(chat, { targetWindow: windows.frameForPage, window: windows.page.window, allowControl: true })
    chat.setModel('m2')
    expect(windows.frame.posted).toEqual([])
    const viewer = receive(windows)
    await viewer.untilRegistered(1)
    const { sessionId, state } = viewer.named('conversation')
    expect([state.value, state.context]).toEqual(['idle', expect.objectContaining({ model: 'm2' })])
    viewer.control(sessionId, { type: 'model.switch', model: 'm3' })
    await viewer.until((all) => all.some((event) => event.type === 'service.state'))
    expect(chat.model).toBe('m3')
    expect(new Set(windows.frame.posted.map(({ targetOrigin }) => targetOrigin))).toEqual(
      new Set(['https://app.example']),
    )
  })

  it('of another origin shows it when that origin is allowed', async () => {
    const windows = pageAndFrame('https://viewer.example')
    xstateInspect(start().chat, {
      targetWindow: windows.frameForPage,
      window: windows.page.window,
      targetOrigin: 'https://viewer.example/path',
    })
    const viewer = receive(windows)
    await viewer.untilRegistered(1)
    expect(windows.frame.posted[0]?.targetOrigin).toBe('https://viewer.example')
  })

  it('of another origin gets nothing and is ignored when that origin is not allowed', async () => {
    const windows = pageAndFrame('https://evil.example')
    const { chat } = start()
    xstateInspect(chat, { targetWindow: windows.frameForPage, window: windows.page.window, allowControl: true })
    const viewer = receive(windows)
    await tick()
    expect([viewer.all, windows.frame.posted]).toEqual([[], []])
  })

  it('is the only source of accepted messages', async () => {
    const windows = pageAndFrame()
    const { chat } = start()
    xstateInspect(chat, { targetWindow: windows.frameForPage, window: windows.page.window, allowControl: true })
    const origin = 'https://app.example'
    const data = { type: 'xstate.inspecting' }
    windows.page.dispatch('message', { data, origin, source: { postMessage: () => {} } })
    windows.page.dispatch('message', { data, origin: 'https://evil.example', source: windows.frameForPage })
    windows.page.dispatch('message', { data, origin })
    for (const junk of [null, 7, 'xstate.inspecting', {}, [], { type: 7 }])
      windows.page.dispatch('message', { data: junk, origin, source: windows.frameForPage })
    await tick()
    expect(windows.frame.posted).toEqual([])
  })

  it('is notified when the page or the inspection ends, and then no listener is left', async () => {
    const windows = pageAndFrame()
    const { chat } = start()
    const { disconnect } = xstateInspect(chat, { targetWindow: windows.frameForPage, window: windows.page.window })
    const viewer = receive(windows)
    await viewer.untilRegistered(1)
    windows.page.dispatch('pagehide', {})
    disconnect()
    disconnect()
    windows.page.dispatch('pagehide', {})
    chat.setModel('m2')
    expect(windows.frame.posted.map(({ message }) => (message as { type: string }).type)).toEqual([
      'service.register',
      'xstate.disconnect',
      'service.stop',
      'xstate.disconnect',
    ])
  })

  it('that is connected shows the next conversation, too', async () => {
    const windows = pageAndFrame()
    const target = { targetWindow: windows.frameForPage, window: windows.page.window }
    const first = xstateInspect(start().chat, target)
    const viewer = receive(windows)
    await viewer.untilRegistered(1)
    first.disconnect()
    xstateInspect(start().chat, target)
    await viewer.untilRegistered(2)
  })
})

describe('options that show a conversation to nobody or to everybody are rejected:', () => {
  const { page, frameForPage } = pageAndFrame()
  const opaque = { ...page.window, location: { origin: 'null' } }

  it.each([
    ['the origin *', { targetWindow: frameForPage, window: page.window, targetOrigin: '*' }],
    ['an empty origin', { targetWindow: frameForPage, window: page.window, targetOrigin: '' }],
    ['an invalid origin', { targetWindow: frameForPage, window: page.window, targetOrigin: 'viewer' }],
    ['a page without an origin', { targetWindow: frameForPage, window: opaque }],
    ['no target window', { targetWindow: undefined as never, window: page.window }],
    ['no own window', { targetWindow: frameForPage }],
    ['nothing', {} as never],
    ['an invalid server', { server: undefined as never }],
  ])('%s', (_, options) => {
    expect(codeOf(() => xstateInspect(start().chat, options))).toBe('invalid-option')
  })
})
