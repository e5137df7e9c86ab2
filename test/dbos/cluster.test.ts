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
    const asked = performance.now()
    const stop = await stage.post(other, '/stopped/stop')
    expect(stop.status).toBe(200)
    expect(await viewer.next('turn.stopped')).toMatchObject({ turnId, outcome: { status: 'stopped' } })
    // It takes about 50 ms.
    expect(performance.now() - asked).toBeLessThan(2_000)
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
  const killed = performance.now()
  const name = stage.simulator.requests.at(-1)?.headers['x-member']
  const [victim, rest] = name === one.name ? [one, other] : [other, one]
  const watching = victim === other ? await stage.view(rest, 'killed') : viewer
  await victim.kill()
  expect(await watching.next('retracted')).toMatchObject({ turnId })
  expect(await watching.next('attempt.started')).toMatchObject({ turnId })
  expect(await watching.next('turn.completed')).toMatchObject({ turnId, outcome: { text: 'All of Kill.' } })
  expect(performance.now() - killed).toBeLessThan(15_000)
})

it.concurrent('a turn that waits for an approval goes on after all processes were replaced', async () => {
  const stage = await staged()
  const one = await stage.start()
  await stage.begin(one, 'waiting')
  const viewer = await stage.view(one, 'waiting')
  await stage.send(one, 'waiting', 'ask message Wait')
  const { callId } = await viewer.next('toolCall.approvalRequested')
  await one.end()
  const other = await stage.start()
  const later = await stage.view(other, 'waiting')
  expect(await later.next('conversation')).toMatchObject({ pendingCalls: [{ callId }] })
  const decided = await stage.post(other, `/waiting/approvals/${String(callId)}`, { approved: true })
  expect(decided.status).toBe(200)
  expect(await later.next('turn.completed')).toMatchObject({ outcome: { text: 'All of Wait.' } })
  expect(stage.effects.counts.get(String(callId))).toBe(1)
})

it.concurrent('a turn that kills each process that runs it is given up by the third that takes it over, and the next one is run', async () => {
  const stage = await staged()
  let last = await stage.start()
  await stage.begin(last, 'poisoned')
  const [poison, next] = [{ 'idempotency-key': 'poison' }, { 'idempotency-key': 'next' }]
  const send = (message: string, key: Readonly<Record<string, string>>) =>
    stage.post(last, '/poisoned/messages', { input: `${message} message Poison` }, key)
  await send('poison', poison).catch(() => {})
  for (let deaths = 1; deaths <= 3; deaths++) {
    await last.exited
    last = await stage.start()
    // It waits for its turn behind the other one.
    if (deaths === 1) void send('short', next).catch(() => {})
  }
  // A message that is sent again is told what became of it.
  const given = await (await send('poison', poison)).text()
  expect(given).toContain('"status":"failed"')
  expect(await (await send('short', next)).text()).toContain('All of Poison.')
}, 120_000)
