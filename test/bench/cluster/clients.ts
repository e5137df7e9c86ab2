// The clients, in a process of their own. Forked. Each message is a task, and is answered with what came of it.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

/** What is asked of the clients. Each request goes to one of the ports, chosen at random, unless it says otherwise. */
export type Task =
  /** Creates the conversations `‹prefix›‹nth›` from `first` on. */
  | (Conversations & { readonly what: 'create' })
  /**
   * For so many seconds, a client for each conversation sends a message and reads its answer to the end, one after the other: all in that
   * conversation, or each in a new one.
   */
  | (Conversations & {
      readonly what: 'talk'
      readonly each: 'kept' | 'new'
      readonly seconds: number
      readonly input: string
    })
  /** One message in each of the conversations, all at once, with the answer read to its end or with 202. */
  | (Conversations & { readonly what: 'turns'; readonly reads: boolean; readonly input: string })
  /** Views each of the conversations on a port of its own, so many times, until their turn is over. */
  | { readonly what: 'view'; readonly times: number; readonly at: readonly (readonly [id: string, port: number])[] }
  /** Has a turn under way stopped. */
  | { readonly what: 'stop'; readonly id: string; readonly port: number }

interface Conversations {
  readonly ports: readonly number[]
  readonly prefix: string
  readonly first: number
  readonly count: number
}

/** What came of a task. Milliseconds. */
export interface Done {
  readonly turns: number
  readonly seconds: number
  /** From the request to the first delta, and to the end. */
  readonly firsts: readonly number[]
  readonly wholes: readonly number[]
  /** Answers that were not a whole turn, and what the first of them was. */
  readonly failed: number
  readonly failure: string
  /** When it began, in milliseconds since 1970. */
  readonly began: number
}

// A connection that is kept may be ended by the server at the moment it is used again.
const agent = new Agent({ keepAlive: false, maxSockets: Infinity })
const now = () => performance.timeOrigin + performance.now()
const oneOf = (ports: readonly number[]): number => ports[Math.floor(Math.random() * ports.length)] ?? 0

async function ask(port: number, path: string, body: object | null, isAsync = false): Promise<IncomingMessage> {
  const text = body === null ? '' : JSON.stringify(body)
  const sent = request({
    agent,
    port,
    host: '127.0.0.1',
    method: body === null ? 'GET' : 'POST',
    path: `/v1/conversations${path}`,
    headers: {
      ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...(isAsync ? { prefer: 'respond-async' } : {}),
    },
  }).end(text)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

async function rest(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += String(chunk)
  return text
}

class Tally {
  readonly firsts: number[] = []
  readonly wholes: number[] = []
  failed = 0
  failure = ''
  readonly began = now()

  fail(said: string): void {
    this.failed++
    this.failure ||= said.slice(0, 300)
  }

  done(): Done {
    const { firsts, wholes, failed, failure, began } = this
    return { turns: wholes.length, seconds: (now() - began) / 1_000, firsts, wholes, failed, failure, began }
  }
}

async function turn(tally: Tally, port: number, id: string, input: string, reads: boolean): Promise<void> {
  const from = performance.now()
  const response = await ask(port, `/${id}/messages`, { input }, !reads)
  if (response.statusCode !== (reads ? 200 : 202)) return tally.fail(`${response.statusCode} ${await rest(response)}`)
  let first: number | null = null
  let text = ''
  response.setEncoding('latin1')
  for await (const chunk of response) {
    text = (text + String(chunk)).slice(-20_000)
    if (first === null && /^event: delta$/m.test(text)) first = performance.now() - from
  }
  if (reads && (first === null || !text.includes('event: turn.completed')))
    return tally.fail(`an answer without an end: ${text.slice(-200)}`)
  tally.wholes.push(performance.now() - from)
  if (first !== null) tally.firsts.push(first)
}

const idsOf = ({ prefix, first, count }: Conversations): readonly string[] =>
  Array.from({ length: count }, (_, nth) => `${prefix}${first + nth}`)

async function createOne(tally: Tally, port: number, id: string): Promise<void> {
  const response = await ask(port, '', { id })
  const said = await rest(response)
  if (response.statusCode !== 201) tally.fail(`${response.statusCode} ${said}`)
}

async function create(tally: Tally, task: Conversations): Promise<void> {
  const ids = [...idsOf(task)]
  const creating = async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) await createOne(tally, oneOf(task.ports), id)
  }
  await Promise.all(Array.from({ length: 20 }, creating))
}

async function talk(tally: Tally, task: Extract<Task, { what: 'talk' }>): Promise<void> {
  const until = performance.now() + task.seconds * 1_000
  const talking = async (id: string) => {
    for (let nth = 0; performance.now() < until; nth++) {
      const to = task.each === 'kept' ? id : `${id}-${nth}`
      if (task.each === 'new') await createOne(tally, oneOf(task.ports), to)
      await turn(tally, oneOf(task.ports), to, task.input, true)
    }
  }
  await Promise.all(idsOf(task).map(talking))
}

async function view(tally: Tally, id: string, port: number): Promise<void> {
  const response = await ask(port, `/${id}/events`, null)
  response.setEncoding('latin1')
  let text = ''
  for await (const chunk of response) {
    text = (text + String(chunk)).slice(-20_000)
    if (text.includes('event: turn.completed')) {
      tally.wholes.push(0)
      break
    }
  }
  response.destroy()
}

async function perform(task: Task): Promise<Done> {
  const tally = new Tally()
  if (task.what === 'create') await create(tally, task)
  else if (task.what === 'talk') await talk(tally, task)
  else if (task.what === 'turns')
    await Promise.all(idsOf(task).map((id) => turn(tally, oneOf(task.ports), id, task.input, task.reads)))
  else if (task.what === 'view')
    await Promise.all(task.at.flatMap(([id, port]) => Array.from({ length: task.times }, () => view(tally, id, port))))
  else {
    const from = performance.now()
    const response = await ask(task.port, `/${task.id}/stop`, {})
    const said = await rest(response)
    if (response.statusCode === 200) tally.wholes.push(performance.now() - from)
    else tally.fail(`${response.statusCode} ${said}`)
  }
  return tally.done()
}

async function answer(task: Task): Promise<void> {
  const done = await perform(task)
  process.send?.(done)
}

process.on('message', (task: Task) => void answer(task))
process.on('disconnect', () => process.exit())
