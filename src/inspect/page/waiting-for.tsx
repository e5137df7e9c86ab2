import { useEffect, useState } from 'preact/hooks'
import { sentenceFor } from '../../errors.ts'
import type { ControlCommand, Offer } from '../wire/messages.ts'
import { OfferForm } from './controls.tsx'
import { duration, plural } from './format.ts'
import type { Wait } from './waits.ts'

interface Props {
  readonly wait: Wait
  /** When the shown moment is; `null` for now. */
  readonly at: number | null
  readonly send: (command: ControlCommand) => void
}

/** Why the conversation waits: for whom or what, since when, until when, and what can be sent about it. */
export function WaitingFor({ wait, at, send }: Props) {
  const now = useNow(at)
  return (
    <section class="waiting" aria-label="Why it waits">
      {wait.kind === 'people' && <People wait={wait} now={now} send={send} />}
      {wait.kind === 'decision' && (
        <>
          <p>
            Waits for somebody to decide about the {wait.about}
            {wait.about === 'refusal' ? ': what leaves the context' : ': what is left out of the next request'}.
            {wait.offers.length === 0 && ' That can be decided in the app.'}
          </p>
          <Offers offers={wait.offers} send={send} />
        </>
      )}
      {wait.kind === 'retry' && (
        <p>
          Waits before attempt {wait.attempt}
          {countdown(wait.until, now)}.{' '}
          {wait.failure && (
            <>
              The last one failed: <code>{wait.failure.code}</code>. {sentenceFor(wait.failure)}
            </>
          )}
        </p>
      )}
      {wait.kind === 'store' && <Store wait={wait} now={now} />}
    </section>
  )
}

function Store({ wait, now }: { readonly wait: Extract<Wait, { kind: 'store' }>; readonly now: number }) {
  const { code, trouble, quote, until } = wait
  return (
    <>
      <p>
        Waits for the store{countdown(until, now, 'and tries again')}.{' '}
        {code === null ? (
          'It has not answered in time. Look whether it is overloaded, or can’t be reached.'
        ) : (
          <>
            {trouble && <b>{trouble.is}. </b>}
            It failed: <code>{code}</code>
            {quote !== null && (
              <>
                , and said: <q>{quote}</q>
              </>
            )}
            .
          </>
        )}
      </p>
      <p>
        {code !== null &&
          (trouble
            ? `${trouble.help}. `
            : 'What it said is not known to turnstate: look into its log, or at the app’s own store. ')}
        Nothing is lost: the facts are kept in memory, and are written once that is possible. Until then nothing of them
        is shown to the user.
      </p>
    </>
  )
}

function People({
  wait: { calls },
  now,
  send,
}: {
  readonly wait: Extract<Wait, { kind: 'people' }>
  readonly now: number
  readonly send: Props['send']
}) {
  return (
    <>
      <p>Waits for people: {plural(calls.length, 'call')} of a tool.</p>
      <ul class="calls">
        {calls.map(({ callId, tool, needs, since, offers }) => (
          <li key={callId}>
            <b>{tool}</b> {needs === 'approval' ? 'asks to be approved' : 'waits for an answer of the app'}
            {since !== null && `, for ${duration(now - since)}`} <span class="id">{callId}</span>
            <Offers offers={offers} send={send} />
          </li>
        ))}
      </ul>
    </>
  )
}

/** The buttons beside each other, below what has to be read before one is pressed. */
function Offers({ offers, send }: { readonly offers: readonly Offer[]; readonly send: Props['send'] }) {
  if (offers.length === 0) return null
  return (
    <div class="ways-on">
      {offers.map(({ about }) => about !== undefined && <pre class="about">{about}</pre>)}
      {offers.map((offer) => (
        <OfferForm key={JSON.stringify(offer.command)} offer={offer} send={send} isBrief />
      ))}
    </div>
  )
}

const countdown = (until: number | null, now: number, then = ''): string =>
  until === null
    ? ''
    : until > now
      ? ` for ${duration(until - now)} more${then && `, ${then}`}`
      : ', which is about to begin'

/** The present time, twice a second; or the time that is given. */
function useNow(at: number | null): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (at !== null) return undefined
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [at])
  return at ?? now
}
