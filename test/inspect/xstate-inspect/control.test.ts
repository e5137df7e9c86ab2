// Events that viewers send.
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { xstateInspect } from '../../../src/inspect/xstate-inspect/index.ts'
import { isWhole } from '../../../src/inspect/xstate-inspect/event-fields.ts'
import { worldIn } from '../../charts/leaves.ts'
import { start, until } from '../../conversation/start.ts'
import { connect, driven, look, requestFromHere, serverForEach } from './viewers.ts'

const serving = serverForEach()

/** A viewer of a conversation, with a function that waits until all earlier messages were processed. */
async function controlling(options: { allowControl?: boolean } = {}) {
  const marker = start({ id: 'marker' })
  xstateInspect(marker.chat, { server: serving.server, allowControl: true })
  const viewer = look(serving.address)
  await viewer.untilRegistered(1)
  const { sessionId: markerId } = viewer.named('conversation')
  const talk = start({ tools: driven().tools })
  xstateInspect(talk.chat, { server: serving.server, allowControl: true, ...options })
  await viewer.untilRegistered(2)
  const { sessionId } = viewer.named('conversation')
  let models = 0
  return {
    ...talk,
    viewer,
    sessionId,
    send: (data: { type: string } & Record<string, unknown>, to = sessionId) => viewer.control(to, data),
    heard: () => {
      const model = `heard${++models}`
      viewer.control(markerId, { type: 'model.switch', model })
      return until(marker.chat, () => marker.chat.model === model)
    },
  }
}

const message = { type: 'user.send', turnId: 'r1', input: 'hi', at: 1 }

describe('a viewer', () => {
  it('has no control by default', async () => {
    const { chat, send, heard } = await controlling({ allowControl: false })
    send(message)
    await heard()
    expect([chat.status, chat.messages]).toEqual(['ready', []])
  })

  it('can send an event that the state accepts, and sees the result', async () => {
    const { chat, viewer, send, asked } = await controlling()
    send(message)
    const reply = await asked(1)
    await viewer.untilValue('conversation', { streaming: 'opening' })
    expect(reply.request.messages).toEqual([{ role: 'user', content: 'hi' }])
    send({ type: 'user.stop' })
    await viewer.untilValue('conversation', { stopped: 'saved' })
    expect(chat.status).toBe('ready')
    expect(viewer.all.flatMap((got) => (got.type === 'service.event' ? [got.event.name] : []))).toContain('user.stop')
  })

  it('can send events to tool calls, too', async () => {
    const { viewer, chat, send, ask } = await controlling()
    const { reply } = await ask('hi')
    reply.give([{ type: 'tool_use', id: 'k1', name: 'ask', input: {} }])
    await viewer.untilValue('call0', 'awaitingApproval')
    send({ type: 'call.deny', callId: 'k1' }, viewer.named('call0').sessionId)
    await until(chat, () => chat.actor.getSnapshot().context.view.open?.steps.length === 2)
    expect(chat.actor.getSnapshot().context.view.open?.steps[1]).toMatchObject({
      role: 'user',
      content: [{ tool_use_id: 'k1', is_error: true }],
    })
  })

  it('runs no call with an approval that is not in the journal', async () => {
    const { viewer, chat, send, ask } = await controlling()
    const { reply } = await ask('hi')
    reply.give([{ type: 'tool_use', id: 'k1', name: 'ask', input: {} }])
    await viewer.untilValue('call0', 'awaitingApproval')
    send({ type: 'call.approve', callId: 'k1' }, viewer.named('call0').sessionId)
    await viewer.untilValue('call0', { waiting: 'forStart' })
    expect(chat.actor.getSnapshot().context.view.startedCalls).toEqual([])
    expect(chat.pendingCalls.map(({ callId }) => callId)).toEqual(['k1'])
  })

  it('leaves a call that it approved by itself to the approval of the app', async () => {
    const { viewer, chat, send, ask } = await controlling()
    const { reply } = await ask('hi')
    reply.give([{ type: 'tool_use', id: 'k1', name: 'ask', input: {} }])
    await viewer.untilValue('call0', 'awaitingApproval')
    send({ type: 'call.approve', callId: 'k1' }, viewer.named('call0').sessionId)
    await viewer.untilValue('call0', { waiting: 'forStart' })
    chat.approveTool('k1')
    await viewer.untilValue('call0', 'running')
  })

  it.each([
    ['begins with xstate.', { type: 'xstate.stop' }],
    ['is a timer', { type: 'xstate.after.loadTimeout.conversation.loading' }],
    ['is a done event of an actor', { type: 'xstate.done.actor.journal' }],
    ['is an error event of an actor', { type: 'xstate.error.actor.journal', error: 'x', actorId: 'journal' }],
    ['the state does not accept', { type: 'reply.opened' }],
    ['a guard rejects', { type: 'model.switch', model: 'm1' }],
    ['no chart has', { type: 'shout' }],
    ['lacks a required field', { type: 'user.send' }],
    ['has a field of another type', { ...message, input: { text: 'hi' } }],
    ['has empty text', { ...message, input: '' }],
    ['makes a guard throw', { type: 'turn.branch', turnId: 'x', of: 'y', at: 1, input: 7 }],
  ])('cannot send an event that %s', async (_, event) => {
    const { chat, send, heard } = await controlling()
    const before = chat.actor.getSnapshot()
    send(event)
    await heard()
    expect(chat.actor.getSnapshot()).toBe(before)
  })

  it('cannot send an event to the session of another, to an ended one, or to none', async () => {
    const { chat, viewer, send, heard } = await controlling()
    send({ type: 'user.stop' }, 'c1#0/x:0')
    viewer.receiver.send({ type: 'xstate.event', service: 'x', event: JSON.stringify({ type: 'context.clear' }) })
    await chat.close()
    send(message)
    await heard()
    expect(chat.status).toBe('closed')
  })

  it.each([
    ['as an inspection event', (id: string) => ({ event: { type: 'model.switch', model: 'm2' }, service: id })],
    [
      'as an event that names its target',
      (id: string) => ({ event: { type: 'model.switch', model: 'm2', origin: id } }),
    ],
    [
      'by its origin rather than the session of the message',
      (id: string) => ({
        event: { name: 'model.switch', data: { type: 'model.switch', model: 'm2' }, $$type: 'scxml', origin: id },
        service: 'x',
      }),
    ],
  ])('can send an event %s', async (_, make) => {
    const { chat, sessionId } = await controlling()
    const raw = await connect(serving.address)
    raw.say({ type: 'xstate.inspecting' })
    const { event, service } = { service: undefined, ...make(sessionId) }
    raw.say({ type: 'xstate.event', event: JSON.stringify(event), service })
    await until(chat, () => chat.model === 'm2')
  })

  it('must have connected first', async () => {
    const { chat, sessionId, heard } = await controlling()
    const raw = await connect(serving.address)
    raw.say({ type: 'xstate.event', service: sessionId, event: JSON.stringify({ type: 'model.switch', model: 'm2' }) })
    raw.socket.ping()
    await new Promise((resolve) => raw.socket.once('pong', resolve))
    await heard()
    expect(chat.model).toBe('m1')
  })
})

describe('the server survives', () => {
  it.each([
    ['text that is not JSON', 'hello'],
    ['JSON that is not an object', '7'],
    ['null', 'null'],
    ['a list', '[]'],
    ['an object without a type', '{}'],
    ['a type that is not a string', '{"type":7}'],
    ['an unknown type', '{"type":"shout"}'],
    ['an event that is not a string', '{"type":"xstate.event","event":{"type":"user.stop"},"service":"x"}'],
    ['an event that is not JSON', '{"type":"xstate.event","event":"{","service":"x"}'],
    ['an event that is null', '{"type":"xstate.event","event":"null","service":"x"}'],
    ['an event whose type is not a string', '{"type":"xstate.event","event":"{\\"type\\":7}","service":"x"}'],
    ['bytes', Buffer.from(JSON.stringify({ type: 'xstate.inspecting' }))],
  ])('%s', async (_, data) => {
    const { chat, heard } = await controlling()
    const raw = await connect(serving.address)
    raw.socket.send(data)
    raw.socket.ping()
    await new Promise((resolve) => raw.socket.once('pong', resolve))
    await heard()
    expect(raw.all).toEqual([])
    expect(chat.actor.getSnapshot().status).toBe('active')
  })

  it('a viewer that breaks the protocol of WebSockets', async () => {
    const { heard, send, chat } = await controlling()
    const raw = await connect(serving.address)
    raw.say({ type: 'xstate.inspecting' })
    await raw.until((all) => all.length === 2)
    const closed = new Promise((resolve) => raw.socket.once('close', resolve))
    // A frame with reserved bits, sent past the library.
    const { _socket: tcp } = raw.socket as typeof raw.socket & { _socket: { write: (bytes: Buffer) => void } }
    tcp.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
    await closed
    send({ type: 'model.switch', model: 'm2' })
    await heard()
    expect(chat.model).toBe('m2')
  })

  it('a viewer that disconnects at any time', async () => {
    const { heard, send, chat } = await controlling()
    const raw = await connect(serving.address)
    raw.say({ type: 'xstate.inspecting' })
    await raw.until((all) => all.length === 2)
    raw.socket.terminate()
    send({ type: 'model.switch', model: 'm2' })
    await heard()
    expect(chat.model).toBe('m2')
  })

  /** A server with one socket, in the shape of ws. */
  const fakes = (send: (data: string) => void, bufferedAmount = 0) => {
    const socket = Object.assign(new EventEmitter(), { send, bufferedAmount })
    const fake = new EventEmitter()
    return {
      socket,
      fake,
      inspecting: () => {
        fake.emit('connection', socket, requestFromHere)
        socket.emit('message', Buffer.from('{"type":"xstate.inspecting"}'), false)
      },
    }
  }

  it('a socket whose send throws, which is removed', () => {
    let sends = 0
    const { fake, inspecting } = fakes(() => {
      sends++
      throw new Error('not open')
    })
    const { chat } = start()
    xstateInspect(chat, { server: fake })
    inspecting()
    chat.setModel('m2')
    chat.setModel('m3')
    expect([sends, chat.model]).toEqual([1, 'm3'])
  })

  it('a socket that does not keep up, which is closed', () => {
    let sends = 0
    const { socket, fake, inspecting } = fakes(() => void sends++)
    const { chat } = start()
    xstateInspect(chat, { server: fake })
    inspecting()
    socket.bufferedAmount = 100_000_000
    chat.setModel('m2')
    socket.bufferedAmount = 0
    chat.setModel('m3')
    expect(sends).toBe(1)
  })

  it('a listener that is removed twice, and a server without sockets', () => {
    const bare = new EventEmitter()
    const { disconnect } = xstateInspect(start().chat, { server: bare })
    disconnect()
    disconnect()
    expect(bare.listenerCount('connection')).toBe(1)
    for (let n = 0; n < 20; n++) xstateInspect(start().chat, { server: bare })
    expect(bare.listenerCount('connection')).toBe(1)
  })
})

it('the check of received events knows every event', () => {
  expect(isWhole({ type: 'user.stop' })).toBe(true)
  expect(isWhole({ type: 'head.switch', to: null })).toBe(true)
  expect(isWhole({ type: 'head.switch' })).toBe(false)
  expect(isWhole({ type: 'refusal.resolve', policy: 'anything' })).toBe(false)
  expect(isWhole({ type: 'toString' })).toBe(false)
  expect(worldIn('idle').state).toBe('idle')
})
