// What viewers of the test keep: a line for each thing that they were told.
import type { createWindowReceiver } from '@xstate/inspect'
import type { ParsedReceiverEvent } from '@xstate/inspect/lib/types.js'
import type { AnyStateMachine } from 'xstate'

export function show(receiver: ReturnType<typeof createWindowReceiver>): void {
  const seen: string[] = []
  const sessions: Record<string, string> = {}
  const machines = new Map<string, AnyStateMachine>()
  receiver.subscribe((told: ParsedReceiverEvent) => {
    if (told.type === 'service.register') {
      machines.set(told.sessionId, told.machine)
      sessions[told.id] = told.sessionId
    }
    const state = 'state' in told ? machines.get(told.sessionId)?.resolveState(told.state) : undefined
    const id = Object.keys(sessions).find((name) => sessions[name] === told.sessionId)
    const what = told.type === 'service.event' ? told.event.name : JSON.stringify(state?.value)
    seen.push([told.type, id, what].filter((word) => word !== undefined).join(' '))
  })
  const control = (id: string, data: { readonly type: string }) =>
    receiver.send({
      type: 'xstate.event',
      service: sessions[id] ?? '',
      event: JSON.stringify({ name: data.type, data, $$type: 'scxml', type: 'external', origin: sessions[id] }),
    })
  Object.assign(window, { seen, control })
}
