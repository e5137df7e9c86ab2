import type { Failure } from '../errors.ts'
import type { View } from '../journal/index.ts'
import { redeemed } from '../refusals/refused-requests.ts'
import type { MessageRequest, MessageSource, SourceEvent } from '../source/message-source.ts'
import type { ReplyDraft } from './reply-draft.ts'
import {
  asksForCredit,
  asksTheSameAgain,
  fieldHashes,
  optionsFor,
  rejectedRequest,
  replyRequest,
  type ReplyRequestOptions,
  type ReplyTarget,
} from './reply-request.ts'

interface Sending {
  readonly signal: AbortSignal
  /** Called with each request before it is sent, and the hashes of its fields. */
  readonly made: (request: MessageRequest, fields: Readonly<Record<string, string>>) => void
}

/** The request of one attempt, and what becomes of it: a credit that it earns or redeems, the parts that a rejection is about. */
export class AttemptRequest {
  readonly #options: ReplyRequestOptions & { readonly source: MessageSource }
  readonly #view: View
  readonly #own: Pick<ReplyRequestOptions, 'target' | 'maxTokens' | 'fields'>
  /** The request that was sent last; `null` before the first. */
  #sent: MessageRequest | null = null

  constructor(options: ReplyRequestOptions & { readonly source: MessageSource }, view: View) {
    this.#options = options
    this.#view = view
    this.#own = options.forModel?.(view.model) ?? options
  }

  get target(): ReplyTarget {
    return this.#own.target
  }

  /** The reply is to be of `output_config.format`: a field that the model may not take. */
  get isStructured(): boolean {
    const { model, rejections } = this.#view
    return this.#own.target.structured && !rejections.setAside.includes(`field:${model}/output_config`)
  }

  /** Sends the request; one that was refused with a credit for this model first, if it asks the same. */
  send({ signal, made }: Sending): ReturnType<MessageSource> {
    const { source, fields, refusedRequests } = this.#options
    const { model, open } = this.#view
    const sending = (request: MessageRequest): MessageRequest => {
      this.#sent = request
      made(request, fieldHashes(request.fields))
      return request
    }
    const plain = () => sending(replyRequest(this.#view, optionsFor(this.#options, model)))
    // With fields of its own for this model, it is another request: the credit is not for that.
    const isSame = this.#own.fields === fields && asksTheSameAgain(this.#view, this.#own.target)
    const refused = isSame ? refusedRequests?.redeeming(open?.replaces, model) : null
    if (!refused) return source(plain(), { signal })
    return redeemed(source, sending({ ...refused, maxTokens: this.#own.maxTokens }), plain, { signal })
  }

  /** What of the request a rejection may be about; `null` if none was sent. */
  rejectedFor(failure: Failure) {
    return this.#sent && rejectedRequest(this.#view, this.#own.target, this.#sent, failure)
  }

  /**
   * Keeps the request with the credit token of its refusal. Where tools of the API's own have run, the token is good for a
   * continuation only, which would echo what was refused. Where the app's have, the new turn does not carry their results, so it
   * is another request.
   */
  keepCredit(
    draft: ReplyDraft,
    { creditToken, hasPrefillClaim }: Extract<SourceEvent, { type: 'message.delta' }>,
  ): void {
    const isRedeemable = !(hasPrefillClaim && draft.usedServerTools) && this.#view.open?.steps.length === 0
    if (this.#sent && creditToken !== undefined && isRedeemable && asksForCredit(this.#sent, this.#options))
      this.#options.refusedRequests?.keep(draft.turnId, { request: this.#sent, token: creditToken })
  }
}
