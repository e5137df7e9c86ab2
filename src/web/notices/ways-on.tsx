/** @jsxImportSource react */
import { useState } from 'react'
import { Icon } from '../icons.tsx'

interface Ways {
  readonly model: string
  readonly models: readonly string[]
  readonly onRephrase: () => void
  readonly onBack: (exchanges: number) => void
  readonly onModel: (model: string) => void
  readonly onClear: () => void
  readonly onKeep: () => void
}

/** The ways on after a refusal, as buttons. */
export function WaysOn({ model, models, onRephrase, onBack, onModel, onClear, onKeep }: Ways) {
  const [back, setBack] = useState(1)
  const others = models.filter((name) => name !== model)
  const [other, setOther] = useState(others[0] ?? '')
  return (
    <div className="ways" role="group" aria-label="Ways on">
      <button type="button" className="main" onClick={onRephrase}>
        <Icon name="edit" /> Say it differently
      </button>
      <button type="button" onClick={onKeep}>
        <Icon name="check" /> Keep the rest as it is
      </button>
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
      {others.length > 0 && (
        <span className="joined">
          <button type="button" onClick={() => onModel(other)}>
            <Icon name="again" /> Ask
          </button>
          <select aria-label="Another model" value={other} onChange={(event) => setOther(event.currentTarget.value)}>
            {others.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </span>
      )}
      <button type="button" onClick={onClear}>
        <Icon name="close" /> Clear everything
      </button>
    </div>
  )
}
