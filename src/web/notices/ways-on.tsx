/** @jsxImportSource react */
import { useState } from 'react'
import { Icon, type IconName } from '../icons.tsx'

/** A way that only some notices offer. */
export interface Way {
  readonly label: string
  readonly icon: IconName
  readonly take: () => void
}

interface Ways {
  /** Those that help most, the best one first. Default: to say it differently. */
  readonly first?: readonly Way[]
  readonly onRephrase?: () => void
  /** Lets everything be as it is. */
  readonly onKeep?: () => void
  readonly keepLabel?: string
  readonly onBack?: (exchanges: number) => void
  readonly models?: readonly string[]
  /** The one that is asked now. */
  readonly model?: string
  readonly onModel?: (model: string) => void
  readonly onClear?: () => void
  /** The one that helps least. */
  readonly last?: Way
}

/** The ways on after something went wrong, as buttons. */
export function WaysOn({
  first = [],
  onRephrase,
  onKeep,
  keepLabel = 'Keep the rest as it is',
  onBack,
  models = [],
  model,
  onModel,
  onClear,
  last,
}: Ways) {
  const others = models.filter((name) => name !== model)
  return (
    <div className="ways" role="group" aria-label="Ways on">
      {first.map(({ label, icon, take }, index) => (
        <button key={label} type="button" className={index === 0 ? 'main' : ''} onClick={take}>
          <Icon name={icon} /> {label}
        </button>
      ))}
      {onRephrase && (
        <button type="button" className={first.length === 0 ? 'main' : ''} onClick={onRephrase}>
          <Icon name="edit" /> Say it differently
        </button>
      )}
      {onKeep && (
        <button type="button" onClick={onKeep}>
          <Icon name="check" /> {keepLabel}
        </button>
      )}
      {onBack && <GoBack onBack={onBack} />}
      {onModel && others.length > 0 && <AskAnother models={others} onModel={onModel} />}
      {onClear && (
        <button type="button" onClick={onClear}>
          <Icon name="close" /> Clear everything
        </button>
      )}
      {last && (
        <button type="button" onClick={last.take}>
          <Icon name={last.icon} /> {last.label}
        </button>
      )}
    </div>
  )
}

function GoBack({ onBack }: { readonly onBack: (exchanges: number) => void }) {
  const [back, setBack] = useState(1)
  return (
    <span className="joined">
      <button type="button" onClick={() => onBack(back)}>
        <Icon name="back" /> Go back
      </button>
      <input
        type="number"
        aria-label="Exchanges to go back"
        min={1}
        max={99}
        value={back}
        onChange={(event) => setBack(Math.max(1, Math.min(99, Number(event.currentTarget.value) || 1)))}
      />
    </span>
  )
}

function AskAnother({
  models,
  onModel,
}: {
  readonly models: readonly string[]
  readonly onModel: (model: string) => void
}) {
  const [chosen, setChosen] = useState('')
  // The one that was chosen may be the one that is asked by now.
  const other = models.includes(chosen) ? chosen : (models[0] ?? '')
  return (
    <span className="joined">
      <button type="button" onClick={() => onModel(other)}>
        <Icon name="again" /> Ask
      </button>
      <select aria-label="Another model" value={other} onChange={(event) => setChosen(event.currentTarget.value)}>
        {models.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </span>
  )
}
