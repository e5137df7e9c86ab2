import { AsyncLocalStorage } from 'node:async_hooks'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { elapsed, systemClock, unref } from '../clock.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import { mostUntilRetry } from '../../machines/index.ts'
import { journalVersion } from '../journal/index.ts'
import type { Conversation } from '../index.ts'
import type { Host, HostGiven, RunningHost } from '../server/host.ts'
import { OpenRooms } from '../server/rooms.ts'
import type { Opening, ServedOptions } from '../server/served-options.ts'
import type { Waited } from '../server/waited.ts'
import { hashText } from '../stores/sql/text-codec.ts'
import { ClusterGauges } from './cluster-gauges.ts'
import { ClusterRooms } from './cluster-rooms.ts'
import { ClusterDatabase } from './database.ts'
import { checkEngineSchema, oneAtATime } from './engine-schema.ts'
import { mostTakeovers, releaseAfterInterruption } from './give-up.ts'
import { Home } from './home.ts'
import { HomeTable } from './homes.ts'
import { hostedOptions } from './hosted-options.ts'
import { LiveFeed } from './live-feed.ts'
import { liveTables } from './live-table.ts'
import { ListeningNotices } from './notices.ts'
import { checkHostOptions, type DbosHostOptions } from './options.ts'
import { Passing, type Taken } from './passing.ts'
import { type Beat, beat, nameLost, Processes, type ProcessState } from './processes.ts'
import { countOffSteps } from './recorded-steps.ts'
import {
  endEngine,
  enqueueTurn,
  forgetTurns,
  requeueTurnsOf,
  startEngine,
  stopTaking,
  takenOver,
  type TurnResult,
  untilRecorded,
  type WorkflowRun,
} from './turn-workflow.ts'
import { adoptTurns, strandedTurns, versionsOf } from './versions.ts'

/** Milliseconds for which a conversation at rest stays open, so that requests that follow find it. */
const lingering = 1_000

/** Milliseconds within which the engine records a turn that has ended. */
const recording = 500

/** Signs of life between two looks for workflows to be forgotten, and how many are forgotten at once. */
const [forgetting, mostForgotten] = [30, 500]

/** Milliseconds for which a conversation whose refusal waits for a person stays open, because of its credit with the API. */
const keptCredit = 30_000

/** The states of a journal in which nothing is to be done. */
const restingStates: ReadonlySet<string> = new Set(['idle', 'completed', 'stopped', 'failed'])

/**
 * Runs the conversations of a server on any number of processes with one Postgres, whose store they share. See `docs/many-machines.md`.
 *
 * @throws TurnstateError `invalid-option`. What is wrong with the database is said by `ready()` of the server, and by `serve()`.
 */
export function dbosHost(options: DbosHostOptions): Host {
  const checked = checkHostOptions(options)
  return { name: 'dbos', start: (given) => new ClusterHost(checked, given) }
}

class ClusterHost implements RunningHost {
  readonly rooms: ClusterRooms
  readonly feed: LiveFeed
  readonly #options: ReturnType<typeof checkHostOptions>
  readonly #given: HostGiven
  readonly #database: ClusterDatabase
  readonly #notices: ListeningNotices
  readonly #processes: Processes
  readonly #gauges: ClusterGauges
  readonly #table: HomeTable
  readonly #passing: Passing
  readonly #here: OpenRooms
  readonly #homes = new Map<string, Home>()
  readonly #homesByKey = new Map<string, Home>()
  /** Conversations whose turn is given up when they are opened. */
  readonly #givenUp = new Set<string>()
  readonly #begun: Promise<void>
  /** Runs what a workflow begins outside of it: the engine takes whatever is called inside for a step. */
  readonly #outside = AsyncLocalStorage.snapshot()
  /** `beginning`: its engine has not begun. */
  #state: ProcessState | 'beginning' = 'beginning'
  /** The sign of life that is under way. */
  #beating: Promise<void> = Promise.resolve()
  #lastFailure = ''
  #beats = 1
  /** The build that new turns are for. */
  #newest: string

  constructor(options: ReturnType<typeof checkHostOptions>, given: HostGiven) {
    const { databaseUrl, connections, encryption, process } = options
    this.#options = options
    this.#newest = options.version
    this.#given = given
    const { store, limits, report, opened, closed } = given
    this.#database = new ClusterDatabase(databaseUrl, connections, encryption)
    this.#notices = new ListeningNotices({ connectionString: databaseUrl })
    const { pool, seal, unseal } = this.#database
    this.feed = new LiveFeed({ pool, seal, unseal, notices: this.#notices, key: hashText })
    this.#processes = new Processes(this.#database, { id: process, build: options.version, journal: journalVersion })
    this.#table = new HomeTable(this.#database, process)
    const isCrowded = () => this.#state !== 'alive' || this.#homes.size * 2 > options.limits.here
    this.#here = new OpenRooms({
      store,
      optionsFor: (opening) => this.#optionsFor(opening),
      limits: {
        open: limits.open,
        // One that stays takes the place of a turn.
        get idle() {
          return isCrowded() ? 0 : lingering
        },
        get credit() {
          return isCrowded() ? 0 : keptCredit
        },
      },
      report,
      opened: (chat) => {
        this.#opened(chat)
        opened(chat)
      },
      closed: (id) => {
        closed(id)
        this.#homes.get(id)?.closed()
      },
    })
    this.rooms = new ClusterRooms({ store, here: this.#here, homeOf: (id) => this.#homes.get(id) })
    this.#passing = new Passing({
      database: this.#database,
      notices: this.#notices,
      me: process,
      keyOf: hashText,
      wanted: (conversation, turn, again) => this.#enqueue(conversation, turn, again),
      asked: (key, id) => {
        const home = this.#homesByKey.get(key)
        if (home) this.#hear(home, id)
      },
      askedPerhaps: () => {
        for (const home of this.#homes.values()) this.#hear(home)
      },
    })
    given.metrics.gauge('cluster_homes', () => this.#homes.size)
    given.metrics.gauge('cluster_passed_requests', () => this.#passing.size)
    this.#gauges = new ClusterGauges(this.#database, given.metrics)
    given.metrics.gauge('cluster_feed_gaps', () => this.feed.gaps)
    this.#begun = this.#begin()
    this.#begun.catch(() => {})
  }

  ready(): Promise<void> {
    return this.#begun
  }

  readonly submit: RunningHost['submit'] = async (to, passed) => {
    await this.#begun
    return this.#passing.submit(to.id, to.opens, passed).catch((error: unknown) => {
      // The engine and the connections have ended meanwhile.
      if (this.#state === 'alive' || TurnstateError.is(error)) throw error
      throw new TurnstateError('server-closing', 'The server shuts down. Send it again elsewhere, or later.', {
        retryAfter: 1_000,
        cause: error,
      })
    })
  }

  takeUp({ id }: Waited): void {
    const taking = async () => {
      await this.#begun
      if (await this.#table.has(hashText(id))) return
      const listing = await this.#given.store.get(id)
      // Once for each state of the journal: what the workflow of the turn does is seen by then.
      if (listing) await this.#enqueue(id, `after fact ${listing.revision}`)
    }
    void taking().catch(this.#failed('A conversation could not be taken up'))
  }

  async close(milliseconds: number): Promise<void> {
    const hasBegun = await this.#begun.then(
      () => true,
      () => false,
    )
    if (hasBegun) await this.#end(milliseconds)
    this.#state = 'gone'
    this.#passing.close()
    await this.#beating
    await this.feed.close()
    await this.#notices.close()
    await this.#database.close()
  }

  async #end(milliseconds: number): Promise<void> {
    await this.#stopTaking()
    await this.#here.closeAtRest(milliseconds)
    // Those that are at rest now, so that nobody takes them up.
    await untilRecorded(recording).catch(this.#failed('Turns could not be waited for'))
    await this.#handOver().catch(this.#failed('Turns could not be handed over'))
    for (const home of this.#homes.values()) home.end()
    await endEngine(1_000).catch(this.#failed('The engine could not be ended'))
  }

  /** Takes no more turns. Says that it is there as long as it has some: until then nobody takes them up. */
  async #stopTaking(): Promise<void> {
    if (this.#state === 'alive') this.#state = 'draining'
    await stopTaking().catch(this.#failed('The queue could not be left'))
  }

  async #begin(): Promise<void> {
    const { cluster } = this.#options
    await this.#database.prepare(cluster, [liveTables])
    await checkEngineSchema(this.#database)
    await this.#processes.register()
    this.#beatSoon()
    try {
      await oneAtATime(this.#database, () => this.#startEngine())
      if (this.#state === 'gone') await this.#beginTooLate()
      this.#state = 'alive'
    } catch (error) {
      await this.#leave().catch(() => {})
      throw error
    }
  }

  async #startEngine(): Promise<void> {
    const { databaseUrl, process, version, limits, pollEvery } = this.#options
    await startEngine({
      databaseUrl,
      pool: this.#database.pool,
      process,
      version,
      limits,
      pollEvery,
      run: (conversation, turn, run) => this.#run(conversation, turn, run),
      report: this.#given.report,
    }).catch((cause: unknown) => {
      throw TurnstateError.is(cause)
        ? cause
        : new TurnstateError(
            'store-invalid',
            `The engine of turns could not begin: ${messageOf(cause)}. Its tables are in the schema turnstate_dbos, which its user must be able to create.`,
            { cause },
          )
    })
    // What a former process of this name had under way: the engine has taken up the turns of this build already.
    const former = await versionsOf(this.#database, process)
    for (const each of former.filter((one) => one !== version)) await requeueTurnsOf(process, each)
  }

  /** Has the workflow of a turn run, by a process of the build that was started last. */
  #enqueue(conversation: string, turn: string, again: string | null = null): Promise<void> {
    const partition = hashText(conversation)
    return this.#database.told(enqueueTurn({ conversation, partition, turn, again, version: this.#newest }))
  }

  #beatSoon(): void {
    const timer = systemClock.setTimeout(() => {
      this.#beating = this.#beat()
    }, beat)
    unref(timer)
  }

  async #beat(): Promise<void> {
    if (this.#state === 'gone') return
    try {
      const counts = { homes: this.#homes.size, queued: this.rooms.queued, passed: this.#passing.size }
      const told = await this.#processes.beat(counts, this.#state === 'beginning' ? 'alive' : this.#state)
      if (told === null) await this.#loseName()
      else if (this.#state === 'alive') await this.#beatAlive(told)
      this.#lastFailure = ''
    } catch (error) {
      // Said once, not every second.
      const said = messageOf(error)
      if (said !== this.#lastFailure)
        this.#given.report('The cluster could not be told that this process is there', error)
      this.#lastFailure = said
    }
    this.#beatSoon()
  }

  /** It was stopped, or cut off, for so long that another process has its name. The turns of this name are that one's now. */
  async #loseName(): Promise<void> {
    const isBeginning = this.#state === 'beginning'
    this.#state = 'gone'
    if (isBeginning) return
    this.#given.report('This process of a cluster ends', nameLost(this.#options.process))
    await this.#stopTaking()
    this.#options.drained()
  }

  async #beginTooLate(): Promise<void> {
    await endEngine(0)
    throw nameLost(this.#options.process)
  }

  async #beatAlive({ state, newest }: Beat): Promise<void> {
    this.#newest = newest
    if (state === 'draining') {
      await this.#stopTaking()
      return this.#options.drained()
    }
    for (const { process, version } of await strandedTurns(this.#database)) await requeueTurnsOf(process, version)
    for (const gone of await this.#processes.electedFor()) await this.#processes.recovered(gone)
    if (this.#beats++ % forgetting === 0) {
      // Not for so long that this process is taken for gone.
      for (let batch = 0; batch < 5; batch++)
        if ((await forgetTurns(this.#options.keepRuns, mostForgotten)) < mostForgotten) break
      await Promise.all([this.#table.forgetFeeds(), this.#processes.forgetRequests()])
    }
    await adoptTurns(this.#database, this.#options.version, journalVersion)
    await this.#gauges.beat()
  }

  /** Runs a workflow: has the conversation open here until it is at rest, and answers what is asked of it. */
  async #run(id: string, turn: string, run: WorkflowRun): Promise<TurnResult> {
    // Its own earlier run, if this process was taken for gone and has come back.
    await this.#homes.get(id)?.over
    const key = hashText(id)
    await countOffSteps(run.workflow)
    if (await this.#persistently(() => this.#isDone(id))) {
      await this.#persistently(() => this.#table.forget(key))
      return this.#resultOf(id, turn)
    }
    const registered = await this.#persistently(() => this.#table.register(key, run))
    if (!registered) throw takenOver(run)
    if (registered.takeovers > mostTakeovers) this.#givenUp.add(id)
    const home = new Home({ id, turn, workflow: run.workflow, isOpen: () => this.#here.isOpen(id) })
    this.#settleIn(home, key)
    const open = this.#outside(() => this.#keepOpen(home, key, run, registered.wait))
    const steps = new Set<Promise<unknown>>()
    let failure: unknown = null
    const failed = (error: unknown) => {
      failure ??= error
    }
    for await (const effect of home.effects) {
      const step = DBOS.runStep(effect.run, effect).catch(failed)
      steps.add(step)
      void step.finally(() => steps.delete(step))
    }
    await Promise.all(steps)
    await open
    // The workflow was taken over meanwhile: the engine says so.
    if (failure !== null) throw failure
    return this.#resultOf(id, turn)
  }

  /** Whether nobody waits, and nothing is under way. */
  async #isDone(id: string): Promise<boolean> {
    const [isWaitedFor, listing] = await Promise.all([this.#passing.isWaiting(id), this.#given.store.get(id)])
    return !isWaitedFor && (listing === null || restingStates.has(listing.status))
  }

  async #resultOf(id: string, turn: string): Promise<TurnResult> {
    const listing = await this.#persistently(() => this.#given.store.get(id))
    return { turn, status: listing?.status ?? 'deleted' }
  }

  /**
   * Opens the conversation, and resolves once it is at rest and closed, and no request waits. Never rejects: what can't be done is
   * reported, and the journal says what there is.
   */
  async #keepOpen(home: Home, key: string, run: WorkflowRun, wait: number): Promise<void> {
    const { id } = home
    try {
      const asked = await this.#persistently(() => this.#answer(home))
      if (asked === 0) {
        if (wait > 0) await Promise.race([elapsed(wait), home.asked()])
        await this.#persistently(() => this.#resume(id))
      }
      for (;;) {
        // Somebody may enter it just when it has come to rest.
        while (!home.isAtRest) await home.atRest()
        // From here on, requests wait until it is clear who answers them.
        this.#moveOut(home, key)
        await this.#persistently(() => this.#table.leave(key, run.workflow))
        if (!(await this.#persistently(() => this.#passing.isWaiting(id)))) return
        if (!(await this.#persistently(() => this.#table.register(key, run)))) return
        this.#settleIn(home, key)
        await this.#persistently(() => this.#answer(home))
      }
    } catch (error) {
      this.#given.report('A conversation could not be kept open', error)
    } finally {
      this.#moveOut(home, key)
      this.#givenUp.delete(id)
      home.end()
    }
  }

  #settleIn(home: Home, key: string): void {
    this.#homes.set(home.id, home)
    this.#homesByKey.set(key, home)
  }

  #moveOut(home: Home, key: string): void {
    if (this.#homes.get(home.id) === home) this.#homes.delete(home.id)
    if (this.#homesByKey.get(key) === home) this.#homesByKey.delete(key)
  }

  /** Does something until the database answers, or this process is to end. @throws TurnstateError that no waiting changes */
  async #persistently<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!TurnstateError.is(error) || !error.retryable || this.#state === 'gone') throw error
        await elapsed(beat)
      }
    }
  }

  /** Opens a conversation whose turn was under way: opening it has the turn go on. */
  async #resume(id: string): Promise<void> {
    const listing = await this.#given.store.get(id)
    if (listing === null || listing.owner === null) return
    const guest = await this.#here.enter(id, { id: listing.owner })
    guest.leave()
  }

  /** Somebody has, or may have, passed a request for a conversation to this process. */
  #hear(home: Home, requestId?: string): void {
    const failed = this.#failed('A request could not be taken')
    void this.#outside(() => this.#answer(home, requestId)).catch(failed)
  }

  /** Answers requests that wait for a conversation, here. Returns how many there were. */
  #answer(home: Home, requestId?: string): Promise<number> {
    return home.during(async () => {
      const taken = await this.#passing.take(home.id, requestId)
      for (const each of taken) void home.during(() => this.#give(each))
      return taken.length
    })
  }

  #give(taken: Taken): Promise<void> {
    const { principal, opens } = taken.request
    const admitted = { principal: { id: principal }, ...(opens === null ? {} : { opens }) }
    return this.#outside(() => this.#passing.give(taken, (request) => this.#given.answer(request, admitted)))
  }

  async #optionsFor(opening: Opening): Promise<ServedOptions> {
    const options = await this.#given.optionsFor(opening)
    const home = this.#homes.get(opening.id)
    if (!home) throw new TurnstateError('internal-error', 'The conversation has no home in this process.')
    return hostedOptions(options, home, {
      writer: await this.#writerOf(home),
      isGivenUp: this.#givenUp.has(opening.id),
    })
  }

  /** Who has a conversation open that this process is the home of. @throws TurnstateError `conversation-lost` where it is not any more */
  async #writerOf({ id, workflow }: Home): Promise<number | null> {
    // Before it is clear that nobody else is the home: whoever becomes it later has another token.
    const listing = await this.#given.store.get(id)
    if (await this.#table.isOurs(hashText(id), workflow)) return listing?.writer ?? null
    throw new TurnstateError('conversation-lost', 'Another process of the cluster has the conversation now.')
  }

  #opened(chat: Conversation): void {
    this.#homes.get(chat.id)?.opened(chat)
    const key = hashText(chat.id)
    const settled = () => void this.#table.settled(key).catch(() => {})
    for (const type of ['turn.completed', 'turn.stopped', 'turn.failed'] as const) chat.on(type, settled)
    if (this.#givenUp.has(chat.id)) settled()
    releaseAfterInterruption(chat)
    // Each turn has a workflow, whose id is its own. That of a turn which another one's workflow runs finds it settled.
    chat.on('attempt.started', ({ turnId, attempt }) => {
      if (attempt > 1 || this.#homes.get(chat.id)?.turn === turnId) return
      void this.#enqueue(chat.id, turnId).catch(this.#failed('A turn could not be recorded'))
    })
    chat.on('retry.scheduled', () => {
      const wait = mostUntilRetry(chat.actor.getSnapshot().context)
      // Nobody takes a turn up sooner.
      if (wait > beat) void this.#table.due(key, wait).catch(this.#failed('A wait could not be noted'))
    })
  }

  /** Turns that go on too long for a shutdown are given to the other processes. */
  async #handOver(): Promise<void> {
    // The turns of this name are another process's then.
    if (this.#state === 'gone') return
    if (this.#homes.size > 0) await this.#table.handOver()
    // Some may have no home yet, or none any more.
    await requeueTurnsOf(this.#options.process, this.#options.version)
    await this.#leave()
  }

  /** Says that it is not there any more, after the last sign of life. */
  async #leave(): Promise<void> {
    this.#state = 'gone'
    await this.#beating
    await this.#processes.leave()
  }

  #failed(message: string): (cause: unknown) => void {
    return (cause) => this.#given.report(message, cause)
  }
}
