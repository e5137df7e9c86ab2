/** Something that a refused request carried for the first time. */
export type Suspect =
  | { readonly kind: 'user-text'; readonly turnId: string }
  | {
      readonly kind: 'file'
      readonly turnId: string
      /** Its place among the blocks of the message. */
      readonly block: number
      /** `image`, `document` … */
      readonly type: string
      readonly title?: string
    }
  /** The `role: "system"` message of a turn. */
  | { readonly kind: 'system-message'; readonly turnId: string }
  | { readonly kind: 'tool-result'; readonly turnId: string; readonly callId: string; readonly name: string }
  /** It is new, or it changed. Of a refusal, the tools count as part of it. */
  | { readonly kind: 'system-prompt' }
  | { readonly kind: 'tools' }
  /** The last answer, which was not sent back before. */
  | { readonly kind: 'reply'; readonly turnId: string }
  | { readonly kind: 'container' }
  /** Of earlier replies. */
  | { readonly kind: 'thinking' }
  /** A further field of the request. */
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'model'; readonly model: string }
