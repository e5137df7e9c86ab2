import { type ApiFailure, invalidRequest } from '../../api/api-errors.ts'
import { type JsonObject, parsedObject } from '../../api/json.ts'
import type { ReplyStep } from '../../script/script.ts'
import { routeProblem } from '../../serve/check-envelope.ts'
import { validateRequest } from '../../rules/validate-request.ts'
import { asksForCompaction, betasOf } from '../../api/request-fields.ts'
import { failureAnswer, type HostileAnswer, replyAnswer } from './answer.ts'
import { addressedReply, createState, type IncomingRequest } from './addressed-reply.ts'
import { complaint } from './complaint.ts'
import { createFetch } from './hostile-fetch.ts'
import { hostileModel, type HostileProgram } from '../program/program.ts'
import { nextReply } from './next-reply.ts'
import { refusalOf, replyOf } from '../program/replies.ts'
import type { HostileRequest } from '../play/report.ts'
import { type Strike, strike } from '../program/rules.ts'

/** A Messages API in this process that rejects requests by a rule. */
export interface HostileApi {
  /** The base URL for clients. */
  readonly url: string
  /** The `fetch` for clients. */
  readonly fetch: typeof globalThis.fetch
  /** Sets the number of the message that the next requests belong to; 0 is the first. */
  readonly begin: (message: number) => void
  /** All requests so far. */
  readonly requests: readonly HostileRequest[]
}

/** Answers one request. */
export type Handler = (incoming: IncomingRequest) => HostileAnswer

/** Makes a function that answers requests by a program, and records them. */
export const createHandler = (
  program: HostileProgram,
): { readonly handle: Handler } & Pick<HostileApi, 'begin' | 'requests'> => {
  const state = createState()
  const requests: HostileRequest[] = []
  const served = new Map<number, number[]>()
  let message = 0

  const objection = ({ headers }: IncomingRequest, body: JsonObject): ApiFailure | undefined =>
    validateRequest({ ...state, body, version: headers['anthropic-version'] ?? '', betas: betasOf(headers) })

  const strikeOn = (body: JsonObject, bytes: number): Strike | null => {
    const { rejection } = program
    return rejection && message >= rejection.from ? strike(rejection.rule, body, bytes) : null
  }

  const stepFor = (body: JsonObject): ReplyStep | undefined => {
    const given = program.messages[message]
    if (!given || asksForCompaction(body)) return undefined
    if (given.refuses !== undefined && body['model'] === hostileModel) return refusalOf(message, given)
    const times = served.get(message) ?? []
    served.set(message, times)
    const next = nextReply(message, given, times, body)
    if (next !== 'answer') times[next.call] = next.time + 1
    return replyOf(message, given, next)
  }

  const judge = (incoming: IncomingRequest, body: JsonObject, requestId: string): HostileAnswer => {
    const bytes = Buffer.byteLength(incoming.text)
    const note = (rest: Pick<HostileRequest, 'ended' | 'status' | 'said' | 'place'>): void =>
      void requests.push({ message, model: String(body['model']), bytes, body, ...rest })
    const objected = objection(incoming, body)
    if (objected) {
      note({ ended: 'objected', status: objected.status, said: objected.message })
      return failureAnswer(objected, requestId)
    }
    const struck = strikeOn(body, bytes)
    if (struck && program.rejection) {
      const failure = complaint(program.rejection, struck)
      note({ ended: 'rejected', status: failure.status, said: failure.message, place: struck.place })
      return failureAnswer(failure, requestId)
    }
    const step = stepFor(body)
    note({ ended: step?.refusal === undefined ? 'answered' : 'refused', status: 200 })
    const reply = addressedReply(state, requests.length - 1, incoming, body, step)
    return replyAnswer(reply, body['stream'] === true, requestId)
  }

  return {
    requests,
    begin: (number) => {
      message = number
    },
    handle: (incoming) => {
      const requestId = state.ids.request()
      const refused = routeProblem(incoming)
      if (refused) return failureAnswer(refused, requestId)
      const body = parsedObject(incoming.text)
      return body
        ? judge(incoming, body, requestId)
        : failureAnswer(invalidRequest('The request body is not valid JSON: it must be an object'), requestId)
    },
  }
}

/**
 * Makes a Messages API in this process that plays a program. It is as strict as the simulator, and from a certain message
 * on it also rejects requests by the program's rule. Use its `fetch`:
 * `new Anthropic({ apiKey: 'any', baseURL: api.url, fetch: api.fetch })`.
 */
export const hostileApi = (program: HostileProgram): HostileApi => {
  const { handle, ...account } = createHandler(program)
  return { url: 'http://hostile.invalid', fetch: createFetch(handle), ...account }
}
