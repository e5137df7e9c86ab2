import type { Summary } from '../wire/messages.ts'
import { number, plural, short, time } from './format.ts'

interface Props {
  readonly conversations: readonly Summary[]
  readonly shown: string | null
  readonly open: (key: string) => void
  /** Only conversations that contain these words, in small letters; empty for all. */
  readonly search: string
}

/** All conversations, the latest change first. */
export function Conversations({ conversations, shown, open, search }: Props) {
  if (conversations.length === 0)
    return (
      <p class="empty">
        No conversation yet. Create one with the option <code>inspect</code>, or run{' '}
        <code>TURNSTATE_INSPECTOR=&lt;this address&gt; turnstate chat --inspect</code>.
      </p>
    )
  return (
    <ul class="conversations" aria-label="Conversations">
      {conversations
        .filter((summary) => search === '' || summary.key === shown || wordsOf(summary).includes(search))
        .toSorted((a, b) => b.changedAt - a.changedAt)
        .map((summary) => (
          <li key={summary.key}>
            <button
              type="button"
              class={summary.status}
              aria-current={summary.key === shown}
              onClick={() => open(summary.key)}
            >
              <span class="id">{short(summary.id)}</span>
              <span class="state">{summary.state}</span>
              <span class="status">{summary.status}</span>
              <span class="more">
                {summary.origin.name}
                {summary.origin.pid === null ? '' : ` (${summary.origin.pid})`} · {time(summary.changedAt)} ·{' '}
                {plural(summary.turns, 'turn')} ·{' '}
                <span class={summary.refusals > 0 ? 'bad' : ''}>{plural(summary.refusals, 'refusal')}</span> ·{' '}
                {number(summary.inputTokens)} in, {number(summary.outputTokens)} out
                {summary.lost > 0 && <span class="bad"> · {number(summary.lost)} lost</span>}
              </span>
            </button>
          </li>
        ))}
    </ul>
  )
}

const wordsOf = ({ id, origin, model, state, status }: Summary): string =>
  `${id} ${origin.name} ${model} ${state} ${status}`.toLowerCase()
