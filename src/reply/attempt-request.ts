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
  /** Called before a request is sent, with the request and the hashes of its fields. */
  readonly made: (request: MessageRequest, fields: Readonly<Record<string, string>>) => void
}

/** Makes and sends the request of one attempt; keeps a credit token that it earns, and describes it if it is rejected. */
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

  /** Whether the request asks for `output_config.format`: it is left out for a model that rejected the field. */
  get isStructured(): boolean {
    const { model, rejections } = this.#view
    return this.#own.target.structured && !rejections.setAside.includes(`field:${model}/output_config`)
  }

  /** Sends the request. If it asks the same as one that was refused with a credit token for this model, that one is sent first. */
  send({ signal, made }: Sending): ReturnType<MessageSource> {
    const { source, fields, refusedRequests } = this.#options
    const { model, open } = this.#view
    const sending = (request: MessageRequest): MessageRequest => {
      this.#sent = request
      made(request, fieldHashes(request.fields))
      return request
    }
    const plain = () => sending(replyRequest(this.#view, optionsFor(this.#options, model)))
    // With fields of its own for this model it is a different request, for which the credit is not valid.
    const isSame = this.#own.fields === fields && asksTheSameAgain(this.#view, this.#own.target)
    const refused = isSame ? refusedRequests?.redeeming(open?.replaces, model) : null
    if (!refused) return source(plain(), { signal })
    return redeemed(source, sending({ ...refused, maxTokens: this.#own.maxTokens }), plain, { signal })
  }

  /** Describes the rejected request; `null` if none was sent. */
  rejectedFor(failure: Failure) {
    return this.#sent && rejectedRequest(this.#view, this.#own.target, this.#sent, failure)
  }

  /**
   * Keeps the request with the credit token of its refusal. The token is not kept if tools ran. After server tools it is valid for
   * a continuation only, which would echo what was refused. After the app's tools the retry is a different request, because it
   * does not carry their results.
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
