// The workflow of a turn, as the engine runs it, and its queue: one at a time for each conversation, any number of conversations at once.
import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk'
import { currentOwnerXid } from '@dbos-inc/dbos-sdk/internal/context'
import { getExecutor } from '@dbos-inc/dbos-sdk/internal/dbos'
import type { Pool } from 'pg'
import { TurnstateError } from '../errors.ts'
import { escapeText } from '../stores/sql/text-codec.ts'
import { engineSchema, queueName } from './engine-names.ts'

const workflowName = 'turnstate.turn'

/** The engine counts how often a workflow was taken up; a home counts too, and gives up long before. */
const mostRecoveries = 10_000

/** What became of a turn, as its workflow says. What was said is in the journal. */
export interface TurnResult {
  readonly turn: string
  /** The state that the journal shows: `completed`, `refused` … `deleted`: the conversation is gone. */
  readonly status: string
}

/** One process that runs a workflow. */
export interface WorkflowRun {
  readonly workflow: string
  /** What the engine knows this run by, and no other run of the same workflow. */
  readonly owner: string
}

/** Runs the turn of a conversation. */
type RunTurn = (conversation: string, turn: string, run: WorkflowRun) => Promise<TurnResult>

/** The engine has one set of workflows for each process, so a process has one host at a time. */
let running: RunTurn | null = null

const turnWorkflow = DBOS.registerWorkflow(
  (conversation: string, turn: string): Promise<TurnResult> => {
    if (!running) throw new TurnstateError('server-closing', 'The host of this process has ended.')
    const workflow = DBOS.workflowID ?? ''
    return running(conversation, turn, { workflow, owner: currentOwnerXid(workflow) ?? '' })
  },
  { name: workflowName, maxRecoveryAttempts: mostRecoveries },
)
void turnWorkflow

/** How the engine is started. */
export interface EngineOptions {
  readonly databaseUrl: string
  /** The connections, one of which the engine listens on. */
  readonly pool: Pool
  /** The id of this process. */
  readonly process: string
  /** What this process is a build of: turns are taken up by processes of the same one. */
  readonly version: string
  /** Turns that run in this process at once, and in all; `null`: any number. */
  readonly limits: { readonly here: number; readonly inAll: number | null }
  /** Milliseconds between two looks at the queue. */
  readonly pollEvery: number
  readonly run: RunTurn
  readonly report: (message: string, cause: unknown) => void
}

/** Starts the engine. @throws TurnstateError `not-available` while another host of this process runs; and what the engine throws */
export async function startEngine(options: EngineOptions): Promise<void> {
  if (running)
    throw new TurnstateError('not-available', 'A process has one dbosHost() at a time. Close the other server first.')
  const { databaseUrl, pool, process, version, limits, pollEvery, run, report } = options
  running = run
  try {
    DBOS.setConfig({
      name: 'turnstate',
      systemDatabaseUrl: databaseUrl,
      systemDatabasePool: pool,
      systemDatabaseSchemaName: engineSchema,
      executorID: process,
      applicationVersion: version,
      logger: {
        info: () => {},
        debug: () => {},
        warn: () => {},
        error: (entry) => report('The engine of turns says', entry),
      },
    })
    await DBOS.launch()
    await DBOS.registerQueue(queueName, {
      partitionConcurrency: 1,
      workerConcurrency: limits.here,
      minPollingIntervalMs: pollEvery,
      ...(limits.inAll === null ? {} : { globalConcurrency: limits.inAll }),
    })
  } catch (error) {
    running = null
    await DBOS.shutdown().catch(() => {})
    throw error
  }
}

/** Takes no more turns out of the queue. Those that run go on. */
export const stopTaking = (): Promise<void> => getExecutor().deactivateEventReceivers()

/** Resolves once all turns that run here have ended and are recorded, or after so many milliseconds. */
export const untilRecorded = (milliseconds: number): Promise<void> => getExecutor().awaitRunningWorkflows(milliseconds)

/** Ends the engine; turns that run are waited for at most so many milliseconds. */
export async function endEngine(milliseconds: number): Promise<void> {
  try {
    await DBOS.shutdown({ workflowCompletionTimeoutMS: milliseconds })
  } finally {
    running = null
  }
}

/** The error of a run that another process has taken over: the engine then waits for the result of that process. */
export const takenOver = ({ workflow }: WorkflowRun): Error => new DBOSWorkflowConflictError(workflow)

/** A turn to be run. */
export interface TurnToRun {
  readonly conversation: string
  /** What the queue is partitioned by. */
  readonly partition: string
  readonly turn: string
  /** Distinguishes it from a run of the same turn that is over; `null`: it is the first. */
  readonly again: string | null
  /** The build that is to run it. */
  readonly version: string
}

/** Has the workflow of a turn run in some process. Does nothing if it runs, or has run, already. */
export async function enqueueTurn({ conversation, partition, turn, again, version }: TurnToRun): Promise<void> {
  const id = `${escapeText(conversation)}:${escapeText(turn)}`
  await DBOS.enqueueWorkflowWithOptions(
    {
      queueName,
      workflowName,
      workflowID: again === null ? id : `${id}:${again}`,
      queuePartitionKey: partition,
      appVersion: version,
    },
    conversation,
    turn,
  )
}

/** Forgets workflows that ended so many milliseconds ago, at most so many at once. Their turns are in the journal. Returns how many there were. */
export async function forgetTurns(age: number, most: number): Promise<number> {
  const ended = await DBOS.listWorkflows({
    queueName,
    status: ['SUCCESS', 'ERROR'],
    endTime: new Date(Date.now() - age).toISOString(),
    limit: most,
    loadInput: false,
    loadOutput: false,
  })
  if (ended.length > 0) await DBOS.deleteWorkflows(ended.map(({ workflowID }) => workflowID))
  return ended.length
}

/** Puts the turns of a build that a process has under way back into the queue. Done twice, or by two at once, it is done once. */
export async function requeueTurnsOf(process: string, version: string): Promise<void> {
  await getExecutor().systemDatabase.reenqueueWorkflowsForRecovery(process, version, queueName)
}
