// What the chart of a reply's calls is made of: types, actor slots, actions and guards.
import { assign, enqueueActions, setup } from 'xstate'
import { messageOf } from '../../src/errors.ts'
import type { OpenCall, ToolsCommand, ToolsEvent, ToolsInput } from './run-tools.types.ts'
import { crashed, errorResult } from './results.ts'
import { tellStartSlot } from './default-slots.ts'
import { toolCallMachine } from './tool-call.machine.ts'
import type { Ending, ToolCallsContext, ToolCallsEvent } from './tool-calls.types.ts'

const actorId = (index: number): string => `call${index}`

/** The index of the call that a command is for: the first with this id, since later ones fail at once. */
const indexOf = (calls: readonly OpenCall[], callId: string): number =>
  calls.findIndex((call) => call.callId === callId)

/** A repeated call ends after the first with its id: results are matched to calls with the same id in order. */
const mayEnd = ({ calls, open }: ToolCallsContext, index: number): boolean => {
  const first = indexOf(calls, calls[index]?.callId ?? '')
  return first === index || !open.includes(first)
}

/** A call that came as interrupted is started only once it is known that it may run again. */
const readiness = ({ calls }: ToolCallsContext, index: number): ToolsEvent => ({
  type: 'tool.ready',
  callId: calls[index]?.callId ?? '',
  ...(calls[index]?.state === 'interrupted' ? { again: true } : {}),
})

const callIdAt = ({ calls }: ToolCallsContext, index: number): string => calls[index]?.callId ?? ''

const toolsetAt = ({ calls }: ToolCallsContext, index: number): string | undefined => calls[index]?.toolset

/** A call of a toolset waits for the earlier calls of the same toolset. */
const isNext = (context: ToolCallsContext, index: number): boolean => {
  const toolset = toolsetAt(context, index)
  return toolset === undefined || !context.open.some((other) => other < index && toolsetAt(context, other) === toolset)
}

const without = (indices: readonly number[], index: number) => indices.filter((other) => other !== index)

/** Removes an ended call from every list, so that it is reported once and its place is free. */
function ended(context: ToolCallsContext, ending: Ending): ToolCallsContext {
  const { index, status, result } = ending
  if (!context.open.includes(index) || !mayEnd(context, index)) return context
  const callId = callIdAt(context, index)
  const toolset = toolsetAt(context, index)
  const left = {
    ...context,
    open: without(context.open, index),
    queue: without(context.queue, index),
    running: without(context.running, index),
    broken: toolset === undefined || status === 'settled' ? context.broken : [...context.broken, toolset],
    endings: context.endings.filter((other) => other.index !== index),
    news: [...context.news, { type: 'tool.settled', callId, status, result } as const],
  }
  // Repeated calls that waited for it.
  return left.endings.filter((other) => callIdAt(context, other.index) === callId).reduce(ended, left)
}

/** Whether a call may start, if at most `limit` run at a time. Calls that wait for people take no place. */
export const canStartWithin = (context: ToolCallsContext, limit: number): boolean =>
  context.running.length < limit && context.queue.some((index) => isNext(context, index))

const base = setup({
  types: {
    context: {} as ToolCallsContext,
    events: {} as ToolCallsEvent,
    input: {} as ToolsInput,
  },
  actors: { toolCall: toolCallMachine, tellStart: tellStartSlot },
  guards: {
    isOpen: ({ context }, params: { callId: string }) => context.open.includes(indexOf(context.calls, params.callId)),
    hasNews: ({ context }) => context.news.length > 0,
    canStart: ({ context }) => canStartWithin(context, context.limit),
  },
})

/** An action that changes the context, with the parameters that the arrow binds. */
const change = <Params extends object | undefined>(
  next: (context: ToolCallsContext, params: Params) => Partial<ToolCallsContext>,
) =>
  assign<ToolCallsContext, ToolCallsEvent, Params, ToolCallsEvent, never>(({ context }, params) =>
    next(context, params),
  )

export const toolCallsSetup = base.extend({
  actions: {
    spawnCalls: base.enqueueActions(({ context: { calls, turnId }, enqueue }) => {
      for (const [index, call] of calls.entries())
        enqueue.spawnChild('toolCall', {
          id: actorId(index),
          input: { turnId, call, index, isRepeated: indexOf(calls, call.callId) < index },
        })
    }),
    addReady: change<{ index: number }>((context, { index }) => ({
      news: [...context.news, readiness(context, index)],
    })),
    addApprovalNeeded: change<{ index: number }>((context, { index }) => ({
      news: [...context.news, { type: 'tool.approvalNeeded', callId: callIdAt(context, index) }],
    })),
    addAnswerNeeded: change<{ index: number }>((context, { index }) => ({
      news: [...context.news, { type: 'tool.answerNeeded', callId: callIdAt(context, index) }],
    })),
    enqueue: change<{ index: number }>(({ queue }, { index }) => ({ queue: [...queue, index] })),
    givePlace: base.enqueueActions(({ context, enqueue }) => {
      const next = context.queue.find((index) => isNext(context, index))
      if (next === undefined) return
      const queue = without(context.queue, next)
      const toolset = toolsetAt(context, next)
      if (toolset !== undefined && context.broken.includes(toolset)) {
        enqueue.assign({ queue })
        enqueue.sendTo(actorId(next), { type: 'place.lost', toolset })
        return
      }
      enqueue.assign({
        queue,
        running: [...context.running, next],
        news: [...context.news, readiness(context, next)],
      })
      enqueue.sendTo(actorId(next), { type: 'place.given' })
    }),
    keepEnding: change<Ending>(({ endings }, ending) => ({ endings: [...endings, ending] })),
    /** The call's actor has stopped: nothing more comes from it, not even if the parent stops this actor upon the news. */
    recordEnding: change<{ actorId: string }>((context, { actorId: id }) => {
      const ending = context.endings.find(({ index }) => actorId(index) === id)
      return ending ? ended(context, ending) : {}
    }),
    /** An actor that failed reports nothing itself. */
    recordCrash: change<{ actorId: string; error: unknown }>((context, { actorId: id, error }) => {
      const index = context.calls.findIndex((_, at) => actorId(at) === id)
      const result = errorResult(callIdAt(context, index), crashed(messageOf(error)))
      return ended(context, { index, status: 'failed', result })
    }),
    forward: enqueueActions<
      ToolCallsContext,
      ToolCallsEvent,
      ToolsCommand,
      ToolCallsEvent,
      never,
      never,
      never,
      never,
      never
    >(({ context, enqueue }, command) => enqueue.sendTo(actorId(indexOf(context.calls, command.callId)), command)),
    interruptRunning: base.enqueueActions(({ context, enqueue }) => {
      for (const index of context.running) enqueue.sendTo(actorId(index), { type: 'call.interrupt' })
    }),
    /** Without a parent, as in a pure transition, the events go to the actor itself, which ignores them. */
    sendNews: base.enqueueActions(({ context, enqueue, self }) => {
      for (const news of context.news) enqueue.sendTo(self._parent ?? self, news)
      enqueue.assign({ news: [] })
    }),
  },
})
