/** @jsxImportSource react */
// Components that the tests of the hooks mount. Each counts what the tests ask about.
import {
  Component,
  type FunctionComponent,
  type LazyExoticComponent,
  memo,
  Profiler,
  type ReactNode,
  startTransition,
  Suspense,
  useEffect,
  useState,
} from 'react'
import {
  type ReactConversation,
  type ShownConversation,
  type ShownMessage,
  useConversation,
  useMessage,
} from 'turnstate/react'
import { Chat } from '../../examples/18-react-chat.tsx'
import { Messages, StopButton } from '../../examples/19-react-select.tsx'

/** Commits of React by the id of their profiler: when each of them was. */
export const commits = new Map<string, number[]>()
/** Values that components have seen, by name. */
export const seen = new Map<string, Set<unknown>>()
/** Errors that reached a boundary. */
export const caught: string[] = []

const see = (name: string, value: unknown) => void seen.set(name, (seen.get(name) ?? new Set()).add(value))

interface Scene {
  readonly conversation: ReactConversation
}

/** Counts the commits in which something below has rendered. */
function Counted({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  return (
    <Profiler
      id={id}
      onRender={(profiler, _phase, _actual, _base, _started, committed) =>
        void commits.set(profiler, [...(commits.get(profiler) ?? []), committed])
      }
    >
      {children}
    </Profiler>
  )
}

const wordsOf = ({ parts }: ShownMessage): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

const Row = memo(function Row({ message }: { readonly message: ShownMessage }) {
  return (
    <Counted id={message.id}>
      <li id={message.id} className={message.status}>
        {wordsOf(message)}
      </li>
    </Counted>
  )
})

/** Everything in one component. */
function Whole({ conversation }: Scene) {
  const shown = useConversation({ conversation })
  for (const [name, value] of Object.entries(shown)) if (typeof value === 'function') see(name, value)
  return (
    <ul data-status={shown.status} data-connection={shown.connection}>
      {shown.messages.map((message) => (
        <Row key={message.id} message={message} />
      ))}
    </ul>
  )
}

const parts: Readonly<Record<string, (shown: ShownConversation) => unknown>> = {
  status: ({ status }) => status,
  pair: ({ status, model }) => ({ status, model }),
  stop: ({ stop }) => stop,
}

/** One part; the function that selects it is another one each time. */
function Part({ conversation, name }: Scene & { readonly name: string }) {
  const value = useConversation({ conversation, select: (shown) => parts[name]?.(shown) })
  useEffect(() => see(name, value), [name, value])
  return null
}

function One({ conversation, id }: Scene & { readonly id: string }) {
  const message = useMessage({ conversation, id })
  return <p id={id}>{message && wordsOf(message)}</p>
}

/** A list of ids, with a component for each message. */
function List({ conversation }: Scene) {
  see('List', {})
  const ids = useConversation({ conversation, select: ({ messages }) => messages.map(({ id }) => id) })
  return ids.map((id) => (
    <Counted key={id} id={id}>
      <One conversation={conversation} id={id} />
    </Counted>
  ))
}

class Boundary extends Component<{ readonly children: ReactNode }> {
  override state = { failed: false }
  static getDerivedStateFromError = () => ({ failed: true })
  override componentDidCatch(error: Error) {
    caught.push(error.message)
  }
  override render() {
    return this.state.failed ? <p>failed</p> : this.props.children
  }
}

function FailingPart({ conversation }: Scene) {
  const count = useConversation({
    conversation,
    select: ({ messages }) => {
      if (messages.length > 0) throw new Error('the selector failed')
      return 0
    },
  })
  return <p>{count}</p>
}

/** How components read the length of the reply: as this package does, and as one would write it by hand. */
const readers = {
  hook: (conversation: ReactConversation) =>
    useConversation({ conversation, select: ({ messages }) => messages.map(wordsOf).join('').length }),
  byHand: (conversation: ReactConversation) => {
    const read = () => conversation.messages.map(wordsOf).join('').length
    const [length, setLength] = useState(read)
    useEffect(() => conversation.subscribe(() => setLength(read())))
    return length
  },
}

/** Takes so long to render that React lets other things happen before it is through with all of them. */
function Slow({ conversation, reader }: Scene & { readonly reader: keyof typeof readers }) {
  const length = readers[reader](conversation)
  const until = performance.now() + 1.5
  while (performance.now() < until);
  return <i>{length}</i>
}

/** Mounts many slow components in a transition, and notes how many different lengths each commit shows. */
function Slicing({ conversation, reader }: Scene & { readonly reader: keyof typeof readers }) {
  const [isShown, setShown] = useState(false)
  useEffect(() => startTransition(() => setShown(true)), [])
  return (
    <Profiler
      id="slow"
      onRender={() => {
        const lengths = [...document.querySelectorAll('i')].map(({ textContent }) => textContent)
        if (lengths.length > 0) see('lengths', new Set(lengths).size)
      }}
    >
      {isShown &&
        Array.from({ length: 40 }, (_, index) => <Slow key={index} conversation={conversation} reader={reader} />)}
    </Profiler>
  )
}

export function LatePart({ conversation }: Scene) {
  return <p id="late">{useConversation({ conversation, select: ({ messages }) => messages.length })} messages</p>
}

/** A page that a server renders, and whose last part hydrates later. */
export function Page({
  conversation,
  Late,
}: Scene & { readonly Late: FunctionComponent<Scene> | LazyExoticComponent<FunctionComponent<Scene>> }) {
  return (
    <>
      <Chat conversation={conversation} />
      <Suspense fallback={<p>loading</p>}>
        <Late conversation={conversation} />
      </Suspense>
    </>
  )
}

/** Components for tests, by name. */
export const scenes = {
  Chat,
  Messages: ({ conversation }: Scene) => (
    <>
      <Messages conversation={conversation} />
      <StopButton conversation={conversation} />
    </>
  ),
  Whole: ({ conversation }: Scene) => (
    <Counted id="whole">
      <Whole conversation={conversation} />
    </Counted>
  ),
  Parts: ({ conversation }: Scene) => (
    <>
      {Object.keys(parts).map((name) => (
        <Counted key={name} id={name}>
          <Part conversation={conversation} name={name} />
        </Counted>
      ))}
      <Counted id="list">
        <List conversation={conversation} />
      </Counted>
    </>
  ),
  Failing: ({ conversation }: Scene) => (
    <Boundary>
      <FailingPart conversation={conversation} />
    </Boundary>
  ),
  Sliced: ({ conversation }: Scene) => <Slicing conversation={conversation} reader="hook" />,
  SlicedByHand: ({ conversation }: Scene) => <Slicing conversation={conversation} reader="byHand" />,
} satisfies Readonly<Record<string, (scene: Scene) => ReactNode>>

/** The name of a scene. */
export type SceneName = keyof typeof scenes
