import { policyLabel, suspects } from '../../journal/index.ts'
import { type ChartDefinition } from '../chart/definition.ts'
import { triggerName } from '../../observe/transition-names.ts'
import { activeStates } from '../chart/svg.ts'
import type { TransitionRecord } from '../../observe/records.ts'
import type { Moment } from './moments.ts'
import { plural, time } from './format.ts'
import { guardsInWords } from './guards.ts'
import { WaitingFor } from './waiting-for.tsx'
import { waitIn } from './waits.ts'
import type { ControlCommand, Offer } from '../wire/messages.ts'
import type { Shown } from './session.ts'

interface Props {
  readonly shown: Shown
  readonly moment: Moment
  readonly state: string
  readonly last: TransitionRecord | null
  /** What may be sent now. */
  readonly offers: readonly Offer[]
  /** When the shown moment was; `null` for now. */
  readonly at: number | null
  readonly send: (command: ControlCommand) => void
}

/** The state, the transition that led to it, the last refusal or rejection, and the ways out of the state. */
export function Why({ shown, moment, state, last, offers, at, send }: Props) {
  const { view } = moment
  const refused = view.refusals.at(-1)
  const { rejected, setAside } = view.rejections
  const pointed = rejected.at(-1)?.pointed ?? null
  const news = refused ? suspects(view, refused.turnId) : []
  const wait = waitIn(state, moment, offers)
  const ways = waysOut(shown.chart, state)
  const names = [...new Set(ways.map(({ on }) => triggerName(on)))]
  return (
    <div class="why">
      <p>
        <strong class="state-name">{state || '…'}</strong>
        {!moment.wasRecorded && <span class="mark">computed from the journal: older than the observation</span>}
        {moment.wasRecorded && last && last.to === state && (
          <>
            {' '}
            since {time(last.at)}, from <code>{last.from}</code>, by <code>{last.event}</code>
            {last.guard !== null && (
              <>
                {' '}
                because {guardsInWords(last.guard)} (<code class="guard">{last.guard}</code>)
              </>
            )}
          </>
        )}
      </p>
      {wait && <WaitingFor wait={wait} at={at} send={send} />}
      {refused && (
        <p class="bad">
          Last refusal: {refused.category ?? 'no category'}
          {refused.model === null ? '' : ` by ${refused.model}`},{' '}
          {refused.policy === null ? 'not decided yet' : `resolved by ${policyLabel(refused.policy)}`}
          {news.length > 0 && `; new in its request: ${news.map(suspectWord).join(', ')}`}.
        </p>
      )}
      {rejected.length > 0 && (
        <p class="bad">
          The API rejected {plural(rejected.length, 'request')} for this message
          {pointed && `, the last one because of ${pointed}`}.
        </p>
      )}
      {setAside.length > 0 && <p>Left out of requests: {setAside.join(', ')}.</p>}
      <details>
        <summary>{names.length === 0 ? 'No way out of here' : `${plural(names.length, 'way')} out of here`}</summary>
        <ul class="ways">
          {ways.map(({ id, on, guard, targets }) => (
            <li key={id}>
              {triggerName(on)}
              {guard !== null && (
                <>
                  {' '}
                  if {guardsInWords(guard)} <span class="guard">[{guard}]</span>
                </>
              )}{' '}
              → {targets.join(', ')}
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}

/** The transitions out of a state: its own, those of the states around it, and those of the machine. */
function waysOut({ states, transitions }: ChartDefinition, state: string) {
  const isOver = states.find(({ id }) => id === state)?.type === 'final'
  const active = activeStates(state)
  return transitions.filter(
    ({ source, targets }) => !isOver && (source === '' || active.has(source)) && targets.length > 0,
  )
}

const suspectWord = (suspect: { readonly kind: string; readonly name?: string }): string =>
  suspect.name === undefined ? suspect.kind : `${suspect.kind} (${suspect.name})`
