// What a conversation waits for, as data.
import type { Failure, TurnstateErrorCode } from '../../errors.ts'
import { toolCallId, type View } from '../../journal/index.ts'
import type { InspectionRecord, WaitsRecord } from '../../observe/records.ts'
import type { ControlCommand, Offer } from '../wire/messages.ts'
import type { Moment } from './moments.ts'
import { type StoreTrouble, storeTrouble } from './store-trouble-sentences.ts'

/** A call of a tool that waits for a person or for the app. */
interface WaitingCall {
  readonly callId: string
  readonly tool: string
  readonly needs: 'approval' | 'answer'
  /** When it was asked for, milliseconds since 1970; `null` if that is unknown. */
  readonly since: number | null
  /** What can be sent about it. */
  readonly offers: readonly Offer[]
}

export type Wait =
  | { readonly kind: 'people'; readonly calls: readonly WaitingCall[] }
  | { readonly kind: 'decision'; readonly about: 'refusal' | 'rejection'; readonly offers: readonly Offer[] }
  | {
      readonly kind: 'retry'
      readonly failure: Failure | null
      readonly attempt: number
      readonly until: number | null
    }
  | {
      readonly kind: 'store'
      /** Of its error; `null` if it was silent. */
      readonly code: TurnstateErrorCode | null
      /** What happened to it and what to do, if turnstate knows its words. */
      readonly trouble: StoreTrouble | null
      /** Its own words; their length, where texts are redacted. `null` for none. */
      readonly quote: string | null
      readonly until: number | null
    }

/** What the conversation waits for in a state; `null` if it goes on by itself at once, or waits for a message. */
export function waitIn(state: string, moment: Moment, offers: readonly Offer[]): Wait | null {
  const { view, others } = moment
  if (state.endsWith('.awaitingPeople')) return { kind: 'people', calls: waitingCalls(moment, offers) }
  if (state === 'refused.awaitingDecision') {
    const ways = offers.filter(({ command }) => command.command === 'resolve')
    return { kind: 'decision', about: 'refusal', offers: ways }
  }
  if (state === 'rejected.awaitingDecision') {
    const ways = offers.filter(({ command }) => command.command === 'resolve-rejection')
    return { kind: 'decision', about: 'rejection', offers: ways }
  }
  if (state === 'waitingToRetry')
    return { kind: 'retry', failure: view.failure, attempt: view.attempt, until: untilOf(others, state) }
  if (state.endsWith('.unsaved')) return { kind: 'store', ...storeError(others), until: untilOf(others, state) }
  return null
}

/** When the wait in a state ends; `null` if it was not recorded. */
function untilOf(records: readonly InspectionRecord[], state: string): number | null {
  const found = records.findLast((record): record is WaitsRecord => record.type === 'waits')
  return found?.state === state ? found.at + found.wait : null
}

/** The last failure of the store, as far as it said something. */
function storeError(records: readonly InspectionRecord[]): Omit<Extract<Wait, { kind: 'store' }>, 'kind' | 'until'> {
  const last = records.findLast(
    (record) => record.type === 'event' && record.actor === 'conversation' && record.event.startsWith('journal.'),
  )
  if (last?.type !== 'event' || last.event !== 'journal.failed' || !isCode(last.code))
    return { code: null, trouble: null, quote: null }
  return { code: last.code, trouble: storeTrouble(last.trouble ?? ''), quote: last.quote ?? null }
}

/** Codes of other releases pass: they have a sentence of their own there. */
const isCode = (code: string | undefined): code is TurnstateErrorCode => code !== undefined

function waitingCalls({ view, facts }: Moment, offers: readonly Offer[]): readonly WaitingCall[] {
  const calls = callsOf(view)
  // Ids in a view may be redacted, those of offers are not. Both list the calls in the order of the reply.
  const ids = [...new Set(offers.flatMap(({ command }) => callIdOf(command) ?? []))]
  return calls.map((call, index) => {
    const asked = facts.findLast(
      ({ fact }) =>
        (fact.type === 'approval.requested' || fact.type === 'answer.requested') && fact.callId === call.callId,
    )
    const own = ids.length === calls.length ? offers.filter(({ command }) => callIdOf(command) === ids[index]) : []
    return { ...call, since: asked?.at ?? null, offers: own }
  })
}

function callsOf({
  open,
  awaitingApproval,
  awaitingAnswer,
}: View): readonly Pick<WaitingCall, 'callId' | 'tool' | 'needs'>[] {
  const reply = open?.steps.findLast(({ role }) => role === 'assistant')
  return (reply?.content ?? []).flatMap((block) => {
    const callId = toolCallId(block) ?? ''
    const needs = awaitingApproval.includes(callId) ? 'approval' : awaitingAnswer.includes(callId) ? 'answer' : null
    return needs === null ? [] : [{ callId, tool: String(block['name']), needs } as const]
  })
}

const callIdOf = (command: ControlCommand): string | null => ('callId' in command ? command.callId : null)
