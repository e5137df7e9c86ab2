/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import type { QueuedInput } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
import { beginningOf, wordsIn } from '../transcript/texts.ts'

/** Messages that wait for their turn, and why. */
export function Queue({
  chat,
  onTakeBack,
}: {
  readonly chat: ClientConversation
  readonly onTakeBack: (text: string) => void
}) {
  const { queue, held, refusal, status, withdraw, releaseQueue } = useConversation({
    conversation: chat,
    select: (shown) => ({
      queue: shown.queue,
      held: shown.held,
      refusal: shown.refusal,
      status: shown.status,
      withdraw: shown.withdraw,
      releaseQueue: shown.releaseQueue,
    }),
  })
  if (queue.length === 0) return null
  const why = refusal
    ? 'the message before was refused'
    : status === 'error'
      ? 'the message before failed'
      : 'they were left here'
  return (
    <section className="queue" aria-label="Messages that wait">
      {held && (
        <p>
          Held, because {why}.{' '}
          <button type="button" onClick={() => releaseQueue()}>
            {queue.length === 1 ? 'Send it now' : 'Send them now'}
          </button>
        </p>
      )}
      <ol>
        {queue.map((each) => (
          <li key={each.turnId}>
            <span dir="auto">{beginningOf(textOfInput(each), 90)}</span>
            <button
              type="button"
              onClick={() => {
                withdraw(each.turnId)
                onTakeBack(textOfInput(each))
              }}
            >
              Take back
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

const textOfInput = ({ input }: QueuedInput): string =>
  typeof input === 'string' ? input : input.map((block) => wordsIn(block, 'text')).join('')
