import { elapsed } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import { span } from './describe.ts'

/** Milliseconds after which a chat's lease expires, unless it is renewed. Short, so that one that was killed can be continued soon. */
export const chatLease = 9_000

/** Milliseconds between two looks at a lease. */
const interval = 200

export interface TakingOver {
  readonly leaving: AbortSignal
  /** Called once, if another process has or had the conversation. */
  readonly waits: (sentence: string) => void
}

/**
 * Opens a conversation. One whose process was killed is open until its lease expires: waits for that, unless a renewed lease
 * shows that the process still runs.
 *
 * @throws TurnstateError `conversation-busy` if another process has it open, and what `open` throws
 */
export async function openWhenFree<Opened>(
  open: () => Promise<Opened>,
  { leaving, waits }: TakingOver,
): Promise<Opened> {
  let before: number | null = null
  for (;;) {
    try {
      return await open()
    } catch (error) {
      const heldFor = heldForIn(error)
      if (heldFor === null) throw error
      if (before === null)
        waits(
          `This conversation is open elsewhere, or the process that had it open was killed: it was last active ${span(heldFor)} ago. Waiting until that is clear, at most ${span(chatLease)}.`,
        )
      const isAlive = before !== null && heldFor < before
      if (isAlive || heldFor > 2 * chatLease || leaving.aborted) throw openElsewhere(heldFor)
      before = heldFor
    }
    await elapsed(interval)
  }
}

function heldForIn(error: unknown): number | null {
  if (!TurnstateError.is(error) || error.code !== 'conversation-busy') return null
  return error.details.heldFor ?? 0
}

const openElsewhere = (heldFor: number) =>
  new TurnstateError(
    'conversation-busy',
    `This conversation is open in another process, which was active ${span(heldFor)} ago. Close it there, or open another one.`,
    { heldFor },
  )
