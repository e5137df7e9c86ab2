import { useState } from 'preact/hooks'
import type { ControlCommand, Offer } from '../wire/messages.ts'

interface Props {
  readonly offers: readonly Offer[]
  /** Why nothing can be sent; `null` if something can. */
  readonly why: string | null
  readonly send: (command: ControlCommand) => void
}

/** The commands that the conversation accepts now. */
export function Controls({ offers, why, send }: Props) {
  if (why !== null) return <p class="empty">{why}</p>
  if (offers.length === 0) return <p class="empty">The conversation accepts nothing in this state.</p>
  return (
    <ul class="offers" aria-label="Events that this state accepts">
      {offers.map((offer) => (
        <li key={JSON.stringify(offer.command)}>
          <OfferForm offer={offer} send={send} />
        </li>
      ))}
    </ul>
  )
}

/** One command, with the field that it needs. A brief one has its event in the tooltip only, and what to read is said elsewhere. */
export function OfferForm({
  offer,
  send,
  isBrief = false,
}: {
  readonly offer: Offer
  readonly send: (command: ControlCommand) => void
  readonly isBrief?: boolean
}) {
  const [value, setValue] = useState('')
  const { needs } = offer
  const submit = (event: Event) => {
    event.preventDefault()
    send(filled(offer.command, value))
    setValue('')
  }
  return (
    <form onSubmit={submit}>
      {needs && (
        <input
          type="text"
          required
          aria-label={`${offer.label}: ${needs}`}
          placeholder={needs}
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
      )}
      {!isBrief && offer.about !== undefined && <pre class="about">{offer.about}</pre>}
      <button type="submit" title={offer.event}>
        {offer.label}
      </button>
      {!isBrief && <code>{offer.event}</code>}
    </form>
  )
}

function filled(command: ControlCommand, value: string): ControlCommand {
  if (command.command === 'send' || command.command === 'answer') return { ...command, text: value }
  return command.command === 'set-model' ? { ...command, model: value } : command
}
