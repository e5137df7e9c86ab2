import { useEffect, useRef, useState } from 'preact/hooks'
import { ChartView } from './chart-view.tsx'
import { Controls } from './controls.tsx'
import { Conversations } from './conversations.tsx'
import { EventLog } from './event-log.tsx'
import { plural } from './format.ts'
import { pathOf } from './turn-path.ts'
import { KeyList, useKeys } from './keys.tsx'
import { NextRequest } from './next-request.tsx'
import { Panes } from './panes.tsx'
import { isStepTo } from './playback.ts'
import type { Session, Shown } from './session.ts'
import { Tabs } from './tabs.tsx'
import { Timeline } from './timeline.tsx'
import { Transitions } from './transitions.tsx'
import { TurnTree } from './turn-tree.tsx'
import { useSession } from './use-session.ts'
import { Why } from './why.tsx'

type Theme = 'light' | 'dark'

export function App({ session }: { readonly session: Session }) {
  useSession(session)
  const { shown, conversations, link, notice } = session
  const [theme, setTheme] = useTheme()
  const [words, setWords] = useState('')
  const [tellsKeys, setTellsKeys] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const search = words.trim().toLowerCase()
  useKeys((key) => {
    if (key === '/') field.current?.focus()
    else if (key === '?') setTellsKeys(true)
    else if (key === 'l') session.travel(null)
    else session.goToRefusal(key === 'p' ? 'before' : 'after')
  })
  return (
    <div class="page">
      <a class="button skip" href="#details">
        Skip to the details
      </a>
      <header>
        <h1>turnstate inspector</h1>
        <span class={`link ${link}`} role="status">
          {link === 'open'
            ? 'connected'
            : link === 'lost'
              ? 'disconnected: after a restart the inspector has a new address, unless it was started with --token-file'
              : 'connecting'}
        </span>
        {shown && <Redaction shown={shown} />}
        {link === 'open' && !session.allowsControl && <span class="mark">read-only</span>}
        <span class="space" />
        <input
          ref={field}
          type="search"
          class="search"
          placeholder="Search"
          aria-label="Search conversations, turns, transitions and events"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <a class="button" href="export.jsonl" download="inspection.jsonl">
          Export
        </a>
        <OpenFile session={session} />
        <button
          type="button"
          aria-pressed={theme === 'dark'}
          onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
        >
          Dark
        </button>
        <button type="button" class="to-keys" aria-label="Keys" onClick={() => setTellsKeys(true)}>
          ?
        </button>
        {tellsKeys && <KeyList close={() => setTellsKeys(false)} />}
      </header>
      {notice !== null && (
        <p class="notice" role="alert">
          {notice}{' '}
          <button type="button" onClick={() => session.say(null)}>
            Dismiss
          </button>
        </p>
      )}
      {session.limitViolations !== null && (
        <p class="notice" role="status">
          A limit was exceeded, {plural(session.limitViolations.count, 'time')} so far. {session.limitViolations.last}
        </p>
      )}
      <Panes
        chart={shown ? <ChartPanel session={session} shown={shown} /> : <div class="machine" />}
        why={shown && <WhyPanel session={session} shown={shown} />}
        conversations={(chosen) => (
          <Conversations
            conversations={conversations}
            shown={shown?.key ?? null}
            open={(key) => {
              session.choose(key)
              chosen()
            }}
            search={search}
            follows={session.follows}
            setFollows={(follows) => session.follow(follows)}
          />
        )}
        panels={shown && <Panels session={session} shown={shown} search={search} />}
      />
      {shown && (
        <Timeline
          shown={shown}
          moment={session.moment}
          marks={session.marks()}
          refusals={session.refusalsAround()}
          travel={(moment) => session.travel(moment)}
          goToRefusal={(direction) => session.goToRefusal(direction)}
        />
      )}
    </div>
  )
}

const Redaction = ({ shown }: { readonly shown: Shown }) =>
  shown.log.observed?.includesText ? (
    <span class="mark bad">texts are shown</span>
  ) : (
    <span class="mark">texts are redacted</span>
  )

/** The state at the moment that is shown, the transition that led to it, and the path of its turn. */
function shownState({ moment: index }: Session, { moments, playback, chart }: Shown) {
  const moment = moments.at(index)
  if (index === null) {
    const { state, last, isPlaying } = playback
    // What is still to be played has not happened yet.
    const played = isPlaying && last ? moment.others.filter(({ seq }) => seq <= last.seq) : moment.others
    return { moment, state, last, path: pathOf(played, chart) }
  }
  const last = moment.others.findLast((record) => isStepTo(record, moment.state)) ?? null
  return { moment, state: moment.state, last, path: pathOf(moment.others, chart) }
}

function ChartPanel({ session, shown }: { readonly session: Session; readonly shown: Shown }) {
  const { state, path } = shownState(session, shown)
  return (
    <section class="machine" aria-label="Chart">
      <ChartView chart={shown.chart} state={state} path={path} />
    </section>
  )
}

function WhyPanel({ session, shown }: { readonly session: Session; readonly shown: Shown }) {
  const { moment, state, last, path } = shownState(session, shown)
  return (
    <Why
      shown={shown}
      moment={moment}
      state={state}
      last={last}
      path={path}
      offers={objectionToControl(session, shown) === null ? shown.offers : []}
      at={session.moment === null ? null : (moment.facts.at(-1)?.at ?? null)}
      send={(command) => session.control(command)}
    />
  )
}

/** Why nothing can be sent; `null` if something can. */
function objectionToControl(session: Session, shown: Shown): string | null {
  const summary = session.conversations.find(({ key }) => key === shown.key)
  if (session.moment !== null) return 'This is how it was. Click Live to send something.'
  if (summary?.status === 'file') return 'This conversation was read from a file or a store. It can only be looked at.'
  if (!session.allowsControl)
    return 'This address is read-only. With --allow-control, the inspector prints a second address, whose page can send events too.'
  if (summary?.allowsControl !== true) return 'The process of this conversation does not allow control.'
  return summary.status === 'live' ? null : 'The conversation is over and can only be read.'
}

function Panels({
  session,
  shown,
  search,
}: {
  readonly session: Session
  readonly shown: Shown
  readonly search: string
}) {
  const { moment, path } = shownState(session, shown)
  const travel = (index: number | null) => session.travel(index)
  const why = objectionToControl(session, shown)
  return (
    <Tabs
      tabs={{
        Turns: () => <TurnTree moment={moment} search={search} travel={travel} />,
        Transitions: () => <Transitions moment={moment} path={path} search={search} travel={travel} />,
        'Next request': () => <NextRequest moment={moment} />,
        Events: () => (
          <EventLog
            key={shown.key}
            moment={moment}
            lost={shown.log.lost}
            dropped={shown.dropped}
            search={search}
            travel={travel}
          />
        ),
        Send: () => (
          <Controls key={shown.key} offers={shown.offers} why={why} send={(command) => session.control(command)} />
        ),
      }}
    />
  )
}

function OpenFile({ session }: { readonly session: Session }) {
  const input = useRef<HTMLInputElement>(null)
  const read = () => {
    const [file] = input.current?.files ?? []
    if (file) void session.importFile(file)
    if (input.current) input.current.value = ''
  }
  return (
    <label class="button">
      Open a file
      <input ref={input} type="file" accept=".jsonl" class="hidden" onChange={read} />
    </label>
  )
}

function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() =>
    matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
  )
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  return [theme, setTheme]
}
