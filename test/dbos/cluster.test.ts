// Conversations that several processes share, over one Postgres.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusterStage } from './cluster-stage.ts'

type Stage = Awaited<ReturnType<typeof clusterStage>>

const stages: Stage[] = []

async function staged(): Promise<Stage> {
  const stage = await clusterStage()
  stages.push(stage)
  return stage
}

afterAll(() => Promise.all(stages.map((stage) => stage.close())))

describe('two processes', () => {
  let stage: Stage
  const pair = () => {
    const [one, other] = stage.members
    if (!one || !other) throw new Error('There are not two processes.')
    return [one, other] as const
  }

  beforeAll(async () => {
    stage = await staged()
    await stage.start()
    await stage.start()
  })

  it('show what one of them streams in the other, which stops it at once', async () => {
    const [one, other] = pair()
    await stage.begin(one, 'stopped')
    const viewer = await stage.view(other, 'stopped')
    const turnId = await stage.send(one, 'stopped', 'stall message Stop')
    expect(await viewer.next('delta')).toMatchObject({ turnId, text: expect.stringMatching(/^Half /) })
    const stop = await stage.post(other, '/stopped/stop')
    expect(stop.status).toBe(200)
    expect(await viewer.next('turn.stopped')).toMatchObject({ turnId, outcome: { status: 'stopped' } })
  })

  it('take an approval in the one that has not asked for it', async () => {
    const [one, other] = pair()
    await stage.begin(one, 'approved')
    const viewer = await stage.view(one, 'approved')
    await stage.send(one, 'approved', 'ask message Approve')
    const { callId } = await viewer.next('toolCall.approvalRequested')
    const decided = await stage.post(other, `/approved/approvals/${String(callId)}`, { approved: true })
    expect(decided.status).toBe(200)
    expect(await viewer.next('turn.completed')).toMatchObject({ outcome: { text: 'All of Approve.' } })
    expect(stage.effects.counts.get(String(callId))).toBe(1)
  })

  it('open one turn for a key that each of them gets', async () => {
    const [one, other] = pair()
    await stage.begin(one, 'keyed')
    const key = { 'idempotency-key': 'once' }
    const turns = await Promise.all([
      stage.send(one, 'keyed', 'short message Key', key),
      stage.send(other, 'keyed', 'short message Key', key),
    ])
    expect(turns[0]).toBe(turns[1])
    expect(await stage.send(other, 'keyed', 'short message Key', key)).toBe(turns[0])
  })

  it('run nothing of a conversation that is deleted', async () => {
    const [one, other] = pair()
    await stage.begin(one, 'deleted')
    const viewer = await stage.view(one, 'deleted')
    await stage.send(one, 'deleted', 'stall message Delete')
    await viewer.next('delta')
    await stage.send(other, 'deleted', 'short message Never')
    const gone = await fetch(`${other.url}/v1/conversations/deleted`, { method: 'DELETE' })
    expect(gone.status).toBe(204)
    await stage.isQuiet('deleted')
    expect(stage.simulator.requests.filter(({ text }) => text.includes('message Never'))).toEqual([])
  })
})

it.concurrent('a turn goes on in another process when its own is killed', async () => {
  const stage = await staged()
  const [one, other] = [await stage.start(), await stage.start()]
  await stage.begin(one, 'killed')
  const viewer = await stage.view(other, 'killed')
  const turnId = await stage.send(one, 'killed', 'stall message Kill')
  await viewer.next('delta')
  const [victim, rest] = stage.asker() === one.name ? [one, other] : [other, one]
  const watching = victim === other ? await stage.view(rest, 'killed') : viewer
  await victim.kill()
  expect(await watching.next('retracted')).toMatchObject({ turnId })
  expect(await watching.next('attempt.started')).toMatchObject({ turnId })
  expect(await watching.next('turn.completed')).toMatchObject({ turnId, outcome: { text: 'All of Kill.' } })
})

it.concurrent('a turn that has waited for an approval for three days goes on after all processes were replaced', async () => {
  const stage = await staged()
  const one = await stage.start()
  await stage.begin(one, 'waiting')
  const viewer = await stage.view(one, 'waiting')
  await stage.send(one, 'waiting', 'ask message Wait')
  const { callId } = await viewer.next('toolCall.approvalRequested')
  await one.end()
  await stage.pass(3 * 86_400_000)
  const other = await stage.start()
  const later = await stage.view(other, 'waiting')
  expect(await later.next('conversation')).toMatchObject({ pendingCalls: [{ callId }] })
  const decided = await stage.post(other, `/waiting/approvals/${String(callId)}`, { approved: true })
  expect(decided.status).toBe(200)
  expect(await later.next('turn.completed')).toMatchObject({ outcome: { text: 'All of Wait.' } })
  expect(stage.effects.counts.get(String(callId))).toBe(1)
})

it.concurrent('a wait that the API has asked for is kept by the process that takes the turn up', async () => {
  const stage = await staged()
  const [one, other] = [await stage.start(), await stage.start()]
  await stage.begin(one, 'soon')
  const viewers = [await stage.view(one, 'soon'), await stage.view(other, 'soon')] as const
  const asked = performance.now()
  await stage.send(one, 'soon', 'soon message Soon')
  await viewers[0].next('retry.scheduled')
  const isOne = stage.asker() === one.name
  await (isOne ? one : other).end()
  expect(await viewers[isOne ? 1 : 0].next('turn.completed')).toMatchObject({ outcome: { text: 'All of Soon.' } })
  expect(performance.now() - asked).toBeGreaterThan(6_000)
  const askers = [one.name, other.name]
  expect(stage.simulator.requests.map(({ headers }) => headers['x-member'])).toEqual(
    isOne ? askers : askers.toReversed(),
  )
})

it.concurrent('a turn that is stopped while it waits for the API holds up no message', async () => {
  const stage = await staged()
  const one = await stage.start()
  await stage.begin(one, 'late')
  const viewer = await stage.view(one, 'late')
  await stage.send(one, 'late', 'late message Late')
  await viewer.next('retry.scheduled')
  expect((await stage.post(one, '/late/stop')).status).toBe(200)
  await viewer.next('turn.stopped')
  await stage.isQuiet('late')
  await stage.send(one, 'late', 'short message Next')
  expect(await viewer.next('turn.completed')).toMatchObject({ outcome: { text: 'All of Next.' } })
})

it.concurrent('a turn that kills each process that runs it is given up after three takeovers, and the next one is run', async () => {
  const stage = await staged()
  let last = await stage.start()
  await stage.begin(last, 'poisoned')
  void stage
    .post(last, '/poisoned/messages', { input: 'poison message Poison' })
    .then((response) => response.text())
    .catch(() => {})
  for (let deaths = 1; deaths <= 3; deaths++) {
    await last.exited
    last = await stage.start()
    if (deaths === 1)
      void stage
        .post(last, '/poisoned/messages', { input: 'short message Next' }, { prefer: 'respond-async' })
        .catch(() => {})
  }
  const viewer = await stage.view(last, 'poisoned')
  expect(await viewer.next('turn.failed')).toMatchObject({ outcome: { status: 'failed' } })
  expect(await viewer.next('turn.completed')).toMatchObject({ outcome: { text: 'All of Next.' } })
})

it.concurrent('turns of a build end on it as long as it is there, then on another one; new turns go to the one that was started last', async () => {
  const stage = await staged()
  const old = await stage.start({ build: 'old' })
  await stage.begin(old, 'begun')
  const turnId = await stage.send(old, 'begun', 'stall message Begun')
  const viewer = await stage.view(old, 'begun')
  await viewer.next('delta')
  const fresh = await stage.start({ build: 'new' })
  await stage.begin(fresh, 'later')
  const later = await stage.view(old, 'later')
  await stage.send(fresh, 'later', 'short message Later')
  await later.next('turn.completed')
  expect(stage.asker()).toBe(fresh.name)
  // The other one has been left alone.
  expect(viewer.events.map(({ name }) => name)).not.toContain('retracted')
  await old.kill()
  const rest = await stage.view(fresh, 'begun')
  expect(await rest.next('turn.completed')).toMatchObject({ turnId, outcome: { text: 'All of Begun.' } })
})

it.concurrent('processes whose clocks are two hours apart take up each other’s turns', async () => {
  const stage = await staged()
  const hour = 3_600_000
  const [early, late] = [await stage.start({ ahead: -hour }), await stage.start({ ahead: hour })]
  await stage.begin(early, 'clocks')
  const viewer = await stage.view(early, 'clocks')
  const turnId = await stage.send(late, 'clocks', 'stall message Clocks')
  await viewer.next('delta')
  const [victim, rest] = stage.asker() === early.name ? [early, late] : [late, early]
  await victim.kill()
  const watching = await stage.view(rest, 'clocks')
  expect(await watching.next('turn.completed')).toMatchObject({ turnId, outcome: { text: 'All of Clocks.' } })
})
