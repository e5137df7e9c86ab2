/** What viewers see of a conversation, and whether they wait for a turn of it that is not answered here. */
export interface Waited {
  readonly id: string
  readonly isWaitedFor: boolean
}
