// A process whose conversation is sent ten thousand events a second for ten seconds. It prints how late its own event loop
// was: `{ events, facts, p99 }`, milliseconds.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createConversation } from '../../src/index.ts'
import { connectInspector } from '../../src/inspect/index.ts'

const [url = '', seconds = '10'] = process.argv.slice(2)
const perTick = 100
const tick = 10

const inspector = await connectInspector(url)
const chat = createConversation({
  source: async function* () {
    yield { type: 'block.started', index: 0, block: { type: 'text', text: 'Hello' } } as const
    yield { type: 'block.stopped', index: 0 } as const
    yield { type: 'message.delta', stopReason: 'end_turn', usage: {} } as const
    yield { type: 'message.stopped' } as const
  },
  model: 'flood',
  maxTokens: 1,
  inspect: inspector,
})
const { turnId } = await chat.sendMessage('Hello')
/** Mostly events without effect; now and then a transition to another state and back, with facts. */
const eventAt = (n: number) =>
  n % 250 === 0
    ? ({ type: 'head.switch', to: n % 500 === 0 ? null : turnId } as const)
    : ({ type: 'model.switch', model: chat.model } as const)

const delay = monitorEventLoopDelay({ resolution: 1 })
let events = 0
const started = performance.now()
delay.enable()
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    // As many as are due, to make up for late timers.
    const due = Math.min(((performance.now() - started) / tick) * perTick, Number(seconds) * 1_000 * (perTick / tick))
    for (; events < due; events++) chat.actor.send(eventAt(events))
    if (performance.now() - started < Number(seconds) * 1_000) return
    clearInterval(timer)
    resolve()
  }, tick)
})
delay.disable()
await chat.close()
const facts = chat.actor.getSnapshot().context.view.revision
process.stdout.write(`${JSON.stringify({ events, facts, p99: delay.percentile(99) / 1e6 })}\n`)
await inspector.close()
