import type { Requested } from '../source/message-source.ts'
import type { ModelRequest } from './model-requests.ts'
import type { RequestAdapted } from './turns/events.ts'

/** Makes the notices about requests that leave out fields which the model rejects: one for each model and set of fields. */
export class AdaptedRequests {
  readonly #requestTo: (model: string) => ModelRequest
  #reported: Set<string> | null = null

  constructor(requestTo: (model: string) => ModelRequest) {
    this.#requestTo = requestTo
  }

  /** The notice about a request; `null` if nothing is left out or the same was reported before. */
  noticeFor({ turnId, request: { model } }: Requested): RequestAdapted | null {
    const { left, maxTokens } = this.#requestTo(model)
    const what = [model, ...left].join(' ')
    if (left.length === 0 || this.#reported?.has(what)) return null
    this.#reported ??= new Set()
    this.#reported.add(what)
    return { type: 'request.adapted', turnId, model, left, maxTokens }
  }
}
