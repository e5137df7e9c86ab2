import type { ComponentChildren } from 'preact'
import type { Summary } from '../wire/messages.ts'
import { toneOf } from '../chart/path-marks.ts'
import { continued, isOver, nameOf, nested, wordsOf } from './conversation-names.ts'
import { clock, isWritten, number, plural, short } from './format.ts'

interface Props {
  readonly conversations: readonly Summary[]
  readonly shown: string | null
  readonly open: (key: string) => void
  /** Only conversations that contain these words, in small letters; empty for all. */
  readonly search: string
  /** Whether a new live conversation is shown as soon as it begins. */
  readonly follows: boolean
  readonly setFollows: (follows: boolean) => void
}

/** All conversations: those that live and those of files first, the latest change first; those that are over are folded. */
export function Conversations({ conversations, shown, open, search, follows, setFollows }: Props) {
  if (conversations.length === 0)
    return (
      <p class="empty">
        No conversation yet. Create one with the option <code>inspect</code>, or start a chat with this address in the
        environment variable <code>TURNSTATE_INSPECTOR</code>: <code>npx turnstate chat --inspect</code> or, in a clone
        of turnstate, <code>npm run chat -- --inspect</code>.
      </p>
    )
  const found = conversations
    .filter((summary) => search === '' || summary.key === shown || wordsOf(summary, conversations).includes(search))
    .toSorted((a, b) => b.changedAt - a.changedAt)
  const { latest, earlier } = continued(found)
  const present = [...latest.filter(isLive), ...latest.filter(({ status }) => status === 'file')]
  const over = latest.filter(isOver)
  const entry = (summary: Summary): ComponentChildren => (
    <Entry summary={summary} all={conversations} isShown={summary.key === shown} open={open} />
  )
  const withPast = (summary: Summary): ComponentChildren => {
    const past = earlier.get(summary.key) ?? []
    return (
      <>
        {entry(summary)}
        {past.length > 0 && (
          <details open={past.some(({ key }) => key === shown)} class="forks">
            <summary>{plural(past.length, 'time')} before it was opened again</summary>
            <ul>
              {past.map((one) => (
                <li key={one.key}>{entry(one)}</li>
              ))}
            </ul>
          </details>
        )}
      </>
    )
  }
  const list = (some: readonly Summary[], label: string): ComponentChildren =>
    some.length === 0 ? null : (
      <ul aria-label={label}>
        {nested(some).map(({ summary, forks }) => (
          <li key={summary.key}>
            {withPast(summary)}
            {forks.length > 0 && (
              <ul aria-label={`Forks of ${nameOf(summary, conversations)}`} class="forks">
                {forks.map((fork) => (
                  <li key={fork.key}>{withPast(fork)}</li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    )
  return (
    <div class="conversations">
      {conversations.length > 1 && (
        <label class="follows">
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />
          show new conversations as they begin
        </label>
      )}
      {list(present, 'Conversations')}
      {over.length > 0 && (
        <details open={present.length === 0 || search !== '' || over.some(({ key }) => key === shown)}>
          <summary>{plural(over.length, 'conversation that is over', 'conversations that are over')}</summary>
          {list(over, 'Conversations that are over')}
        </details>
      )}
    </div>
  )
}

const isLive = ({ status }: Summary): boolean => status === 'live'

function Entry({
  summary,
  all,
  isShown,
  open,
}: {
  readonly summary: Summary
  readonly all: readonly Summary[]
  readonly isShown: boolean
  readonly open: Props['open']
}) {
  const { key, id, title, status, state, origin, changedAt, turns, refusals, inputTokens, outputTokens, lost } = summary
  return (
    <button type="button" class={status} aria-current={isShown} onClick={() => open(key)}>
      <span class="title">{nameOf(summary, all)}</span>
      <span class="status">{status}</span>
      <span class="more">
        <span class={`state ${toneOf(state)}`}>{state}</span> · {clock(changedAt)} · {plural(turns, 'turn')}
        {refusals > 0 && <span class="bad"> · {plural(refusals, 'refusal')}</span>}
        {lost > 0 && <span class="bad"> · {number(lost)} lost</span>}
        {isShown && (
          <>
            <br />
            {isWritten(id) ? title !== null && `${title} · ` : <span class="id">{short(id)} · </span>}
            {origin.name}
            {origin.pid === null ? '' : ` (${origin.pid})`} · {number(inputTokens)} in, {number(outputTokens)} out
          </>
        )}
      </span>
    </button>
  )
}
