/** What the world outside sees of a process. */
export type Seen =
  | { readonly what: 'began' }
  /** A conversation as it was when it was opened: its turns that are settled, with the outcome of their message. */
  | {
      readonly what: 'found'
      readonly id: string
      readonly revision: number
      readonly turns: readonly (readonly [turnId: string, status: string])[]
    }
  | {
      readonly what: 'told'
      readonly id: string
      readonly turnId: string
      readonly status: string
      readonly revision: number
    }
  | { readonly what: 'refused'; readonly id: string; readonly turnId: string; readonly policy: string }
  | { readonly what: 'ran'; readonly id: string; readonly callId: string }
