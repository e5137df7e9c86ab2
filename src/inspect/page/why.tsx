import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { policyLabel, suspects, type View } from '../../journal/index.ts'
import type { TransitionRecord } from '../../observe/records.ts'
import { triggerName, triggerOf } from '../../observe/transition-names.ts'
import { type ChartDefinition } from '../chart/definition.ts'
import { toneOf } from '../chart/path-marks.ts'
import { activeStates } from '../chart/svg.ts'
import { turnNumbers } from '../log/turn-rows.ts'
import type { ControlCommand, Offer } from '../wire/messages.ts'
import { plural, time } from './format.ts'
import { guardsInWords } from './guards.ts'
import type { Moment } from './moments.ts'
import { leftTurns } from './request-parts.ts'
import type { Shown } from './session.ts'
import { sentenceOf } from './state-sentences.ts'
import type { TurnPath } from './turn-path.ts'
import { WaitingFor } from './waiting-for.tsx'
import { waitIn } from './waits.ts'

interface Props {
  readonly shown: Shown
  readonly moment: Moment
  readonly state: string
  readonly last: TransitionRecord | null
  readonly path: TurnPath
  /** What may be sent now. */
  readonly offers: readonly Offer[]
  /** When the shown moment was; `null` for now. */
  readonly at: number | null
  readonly send: (command: ControlCommand) => void
}

/** The answers at a glance: where the conversation is, why, on which way it came there, what went out of the context, what is next. */
export function Why({ shown, moment, state, last, path, offers, at, send }: Props) {
  const wait = waitIn(state, moment, offers)
  const said = sentenceOf(state)
  return (
    <div class="why">
      <dl>
        <Row name="Now">
          <strong class={`state-name ${toneOf(state)}`}>{state || '…'}</strong>
          {said && `: ${said.is}.`}{' '}
          {!moment.wasRecorded && <span class="mark">computed from the journal: older than the observation</span>}
        </Row>
        {moment.wasRecorded && last && last.to === state && (
          <Row name="Why">
            <Reason last={last} path={path} />
          </Row>
        )}
        <Row name="Gone">
          <Gone moment={moment} />
        </Row>
        <Row name="Next">
          {wait ? <WaitingFor wait={wait} at={at} send={send} /> : said && `${said.next}.`}
          <WaysOut chart={shown.chart} state={state} />
        </Row>
        {path.steps.length > 0 && (
          <Row name="Path">
            <ol class="way" aria-label="Path of this turn">
              {path.steps.map(({ number, to }) => (
                <li key={number} class={toneOf(to)}>
                  <span class="step-number">{number}</span> {to}
                </li>
              ))}
            </ol>
          </Row>
        )}
      </dl>
    </div>
  )
}

const Row = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div class={`row-${name.toLowerCase()}`}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

/** The step that decided where the turn went, as a refusal does, and the last step. */
function Reason({ last, path }: { readonly last: TransitionRecord; readonly path: TurnPath }) {
  const told = path.steps.findLast(({ to }) => turning.has(to)) ?? path.steps.at(-1)
  return (
    <>
      {told && told.record.seq < last.seq && (
        <>
          <Step record={told.record} />, then{' '}
        </>
      )}
      <Step record={last} />, since {time(last.at)}.
    </>
  )
}

/** States in which a turn goes another way than to its answer. */
const turning: ReadonlySet<string> = new Set([
  'refused',
  'rejected',
  'overflowed',
  'waitingToRetry',
  'stopped',
  'failed',
  'tools',
])

const Step = ({ record: { from, event, guard } }: { readonly record: TransitionRecord }) => (
  <>
    <code>{triggerName(triggerOf(event))}</code> in <code>{from}</code>
    {guard !== null && (
      <>
        {' '}
        because {guardsInWords(guard)} (<code class="guard">{guard}</code>)
      </>
    )}
  </>
)

/** Turns that are named one by one; of more, the latest. */
const namedTurns = 3

/** What is out of the context: turns and parts, and why. */
function Gone({ moment: { view, facts } }: { readonly moment: Moment }) {
  const refused = view.refusals.at(-1)
  const { rejected, setAside } = view.rejections
  const pointed = rejected.at(-1)?.pointed ?? null
  const left = useMemo(() => {
    const numbers = turnNumbers(facts)
    return leftTurns(view).map(({ turnId, why }) => ({ number: numbers.get(turnId) ?? 0, why }))
  }, [view, facts.length])
  return (
    <>
      {left.length === 0 && setAside.length === 0 && 'Nothing. Every turn is in the context.'}
      {left.length > namedTurns && `${plural(left.length, 'turn')}, the latest: `}
      {left
        .slice(-namedTurns)
        .map(({ number, why }) => `turn ${number}: ${why}`)
        .join('; ')}
      {left.length > 0 && '.'}
      {refused && (
        <p class="bad">
          Last refusal: {refused.category ?? 'no category'}
          {refused.model === null ? '' : ` by ${refused.model}`},{' '}
          {refused.policy === null ? 'not decided yet' : `resolved by ${policyLabel(refused.policy)}`}
          {suspectsOf(view, refused.turnId)}.
        </p>
      )}
      {rejected.length > 0 && (
        <p class="bad">
          The API rejected {plural(rejected.length, 'request')} for this message
          {pointed && `, the last one because of ${pointed}`}.
        </p>
      )}
      {setAside.length > 0 && <p>Left out of requests: {setAside.join(', ')}.</p>}
    </>
  )
}

function suspectsOf(view: View, turnId: string): string {
  const news = suspects(view, turnId)
  return news.length > 0 ? `; new in its request: ${news.map(suspectWord).join(', ')}` : ''
}

function WaysOut({ chart, state }: { readonly chart: ChartDefinition; readonly state: string }) {
  const ways = waysOut(chart, state)
  const names = [...new Set(ways.map(({ on }) => triggerName(on)))]
  if (names.length === 0) return null
  return (
    <details>
      <summary>{plural(names.length, 'way')} out of here</summary>
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
