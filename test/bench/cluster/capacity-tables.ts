// The tables of docs/capacity.md, from what was measured.
import { databasesFor, type Limit, limitsOf, type Load, type Needs, needsOf, streamsOfOne } from './capacity.ts'
import type { Costs, Units } from './costs.ts'
import type { Count } from './counters.ts'

/** The load that the page speaks of. */
export const usualLoad: Load = {
  streams: 100_000,
  replySeconds: 10,
  rounds: 0.5,
  viewers: 0.1,
  conversations: 100_000_000,
  turnsEach: 10,
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

/** Three digits. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size < 0.05) return '0'
  if (size >= 100) return Number(value.toPrecision(3)).toLocaleString('en')
  return String(Number(value.toPrecision(size < 1 ? 1 : 2)))
}

const prefixes = ['', 'k', 'M', 'G', 'T', 'P'] as const

function bytes(value: number): string {
  const at = Math.max(0, Math.min(prefixes.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${figure(value / 1_000 ** at)} ${prefixes[at]}B`
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`
const pair = ([one, other]: readonly [number, number]) => `${ms(one)} / ${ms(other)}`

function throughputTable({ throughput }: Costs): string {
  const of = (each: 'kept' | 'new') => {
    const all = throughput.filter((found) => found.each === each)
    const single = all.find(({ servers }) => servers === 'single')
    return all.map((found) => {
      const cpu = found.serverCpu + found.postgresCpu
      const ratio = single ? cpu / (single.serverCpu + single.postgresCpu) : Number.NaN
      return [
        each === 'kept' ? 'in a conversation that goes on' : 'the first of a new conversation',
        found.servers === 'single' ? 'single server' : `cluster of ${found.servers}`,
        found.turnsPerSecond.toFixed(0),
        ms(found.serverCpu),
        ms(found.postgresCpu),
        `${ratio.toFixed(1)} ×`,
        pair(found.first),
        pair(found.whole),
      ]
    })
  }
  return table(
    [
      'turn of 10 deltas',
      'servers',
      'turns a second',
      'CPU of servers',
      'CPU of Postgres',
      'CPU : single',
      'first delta, p50 / p99',
      'whole, p50 / p99',
    ],
    [...of('kept'), ...of('new')],
  )
}

function stopTable({ stop }: Costs): string {
  const row = (name: string, { answered, cut }: Costs['stop']['here']) => [name, pair(cut), pair(answered)]
  return table(
    ['`stop` sent to', 'request to the model ended, p50 / most', 'answered, p50 / most'],
    [row('the process that streams', stop.here), row('another process', stop.elsewhere)],
  )
}

const unitNames: Readonly<Record<keyof Units, string>> = {
  rest: 'a process at rest, each second',
  conversation: 'a conversation, created',
  turn: 'a turn of 2 kB that nobody views',
  read: 'its answer, read by who asked',
  round: 'a reply that calls a tool, and the call',
  call: 'each further call in that reply',
  streaming: 'a second of a reply that streams',
  reading: 'the same second, read by who asked',
  viewing: '…, and by one viewer on another process',
  viewingToo: '…, by each further viewer there',
}

const units = ({ units: all }: Costs) =>
  Object.entries(unitNames).map(([key, name]) => [name, all[key as keyof Units]] as const)

const unitsTable = (costs: Costs): string =>
  table(
    ['', 'transactions', 'of them writing', 'NOTIFYs', 'log', 'CPU of servers', 'CPU of Postgres'],
    units(costs).map(([name, unit]) => [
      name,
      figure(Math.max(0, unit.transactions)),
      figure(Math.max(0, unit.writes)),
      figure(Math.max(0, unit.notifies)),
      bytes(Math.max(0, unit.walBytes)),
      ms(Math.max(0, unit.serverCpu)),
      ms(Math.max(0, unit.postgresCpu)),
    ]),
  )

const shownTables = [
  'turnstate_conversations',
  'turnstate_facts',
  'workflow_status',
  'workflow_input',
  'workflow_output',
  'operation_outputs',
  'turnstate_cluster_homes',
  'turnstate_cluster_requests',
  'turnstate_cluster_answers',
  'turnstate_cluster_live',
] as const

/** Rows inserted + updated − deleted. */
function rowsOf({ tables }: Count, name: string): string {
  const { inserted = 0, updated = 0, deleted = 0 } = tables[name] ?? {}
  const part = (sign: string, value: number) => (value < 0.2 ? '' : ` ${sign}${figure(value)}`)
  return `${part('+', inserted)}${part('~', updated)}${part('−', deleted)}`.trim()
}

function rowsTable(costs: Costs): string {
  const shown = (['conversation', 'turn', 'read', 'round', 'call', 'streaming', 'reading'] as const).map(
    (key) => costs.units[key],
  )
  return table(
    [
      'rows inserted +, updated ~, deleted −',
      'conversation',
      'turn',
      'answer read',
      'reply with a call',
      'further call',
      'second of streaming',
      'second read',
      'bytes of a row that stays',
    ],
    shownTables.map((name) => {
      const size = costs.rowBytes[name]
      return [`\`${name}\``, ...shown.map((unit) => rowsOf(unit, name)), size === undefined ? '' : figure(size)]
    }),
  )
}

function ceilingsTable({ ceilings, coldTurn, connections }: Costs): string {
  const { commits, hearing, walBytes, vacuum } = ceilings
  return table(
    ['of this Postgres, at most', ''],
    [
      ['commits of a row that is logged', `${figure(commits.logged.silent)}/s`],
      ['the same with `NOTIFY`', `${figure(commits.logged.notifying)}/s`],
      ['commits of a row that is not logged', `${figure(commits.unlogged.silent)}/s`],
      ['the same with `NOTIFY`', `${figure(commits.unlogged.notifying)}/s`],
      ['CPU of a process for each notice that it hears', `${hearing.toFixed(1)} µs`],
      ['write-ahead log', `${bytes(walBytes)}/s`],
      ['dead rows of a feed that a vacuum removes at the default cost limits', `${figure(vacuum.feed)}/s`],
      ['dead rows at random places, of a table with three indexes', `${figure(vacuum.changed)}/s`],
      ['log of a turn that is the first after a checkpoint', bytes(coldTurn)],
      ['connections of a busy process', figure(connections)],
    ],
  )
}

const loads = [1_000, 10_000, 100_000] as const

function needsTable(costs: Costs): string {
  const all = loads.map((streams) =>
    needsOf(costs, { ...usualLoad, streams, conversations: (usualLoad.conversations / usualLoad.streams) * streams }),
  )
  const row = (name: string, show: (needs: Needs) => string) => [name, ...all.map(show)]
  return table(
    ['streams at once', ...loads.map((streams) => streams.toLocaleString('en'))],
    [
      row('turns a second', ({ turns }) => figure(turns)),
      row('rows of frames a second', ({ frames }) => figure(frames)),
      row('transactions a second', ({ transactions }) => figure(transactions)),
      row('of them writing', ({ writes }) => figure(writes)),
      row('NOTIFYs a second', ({ notifies }) => figure(notifies)),
      row('write-ahead log', ({ walBytes }) => `${bytes(walBytes)}/s`),
      row('cores of servers', ({ serverCores }) => figure(serverCores)),
      row('processes of one core', ({ processes }) => figure(processes)),
      row('cores of Postgres', ({ postgresCores }) => figure(postgresCores)),
      row('connections', ({ connections }) => figure(connections)),
      row('journals', ({ journalBytes }) => bytes(journalBytes)),
      row("the engine's rows of a day", ({ engineBytes }) => bytes(engineBytes)),
      row('ended workflows that each process has to delete, a second', ({ forgotten }) => figure(forgotten)),
    ],
  )
}

function limitsTable(costs: Costs): string {
  const shown = ({ what, needed, ceiling, unit, source, databases }: Limit) => {
    const show = (value: number) =>
      unit.startsWith('B') ? `${bytes(value)}${unit.slice(1)}` : `${figure(value)}${unit}`
    return [what, show(needed), show(ceiling), figure(databases), source]
  }
  return table(
    [`${usualLoad.streams.toLocaleString('en')} streams`, 'needed', 'one Postgres', 'databases', 'source'],
    limitsOf(costs, usualLoad).map(shown),
  )
}

function firstTable(costs: Costs): string {
  const [first] = limitsOf(costs, { ...usualLoad, conversations: 0 })
  const shown = [
    figure(streamsOfOne(costs, usualLoad)),
    first?.what ?? '',
    figure(databasesFor(limitsOf(costs, usualLoad))),
  ]
  return table(
    ['streams of one Postgres', 'breaks first', `databases for ${usualLoad.streams.toLocaleString('en')}`],
    [shown],
  )
}

/** The parts of the page, by their names there. */
export const capacityParts = (costs: Costs): Readonly<Record<string, string>> => ({
  cluster_machine: `Measured on ${costs.machine}; ${costs.postgres}. ${costs.load.toFixed(1)} other processes wanted a core when it began.`,
  cluster_throughput: `${throughputTable(costs)}\n\n${stopTable(costs)}`,
  cluster_units: unitsTable(costs),
  cluster_rows: rowsTable(costs),
  cluster_ceilings: ceilingsTable(costs),
  cluster_needs: needsTable(costs),
  cluster_limits: limitsTable(costs),
  cluster_first: firstTable(costs),
})
