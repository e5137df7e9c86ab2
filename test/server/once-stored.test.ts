// Decisions on a store that does not take them: the answer says so in time, and nothing is lost.
import { expect, it } from 'vitest'
import { failing } from './failing.ts'

const path = '/v1/conversations/c1'
const waiting = { prefer: 'respond-async' }

type World = Awaited<ReturnType<typeof failing>>

async function answeredTurn({ json, asked }: World): Promise<void> {
  const sent = json('POST', `${path}/messages`, { input: 'Hello' }, waiting)
  ;(await asked(1)).answer('Good day')
  await sent
  while ((await json('GET', path)).body.status !== 'ready') await new Promise((resolve) => void setImmediate(resolve))
}

async function streamingTurn({ json, asked }: World): Promise<void> {
  await json('POST', `${path}/messages`, { input: 'Hello' }, waiting)
  ;(await asked(1)).say('Good')
}

const decisions = [
  ['/clear', answeredTurn, {}],
  ['/head', answeredTurn, { turnId: null }],
  ['/stop', streamingTurn, {}],
] as const

it.each(decisions)(
  'POST %s is answered 503 while the store takes nothing, and is stored once it does',
  async (route, begin, body) => {
    const world = await failing()
    const { json, failFrom, mend, server } = world
    await begin(world)
    failFrom(1, 'hangs')
    const { status, body: problem, headers } = await json('POST', path + route, body)
    expect([status, problem.code, headers.get('retry-after')]).toEqual([503, 'journal-write-failed', '1'])
    mend()
    expect((await json('POST', `${path}/clear`, {})).status).toBe(200)
    await server.close()
  },
)

it.each(decisions)(
  'POST %s is no success in a conversation that another process has taken over',
  async (route, begin, body) => {
    const world = await failing()
    const { json, failFrom, server } = world
    await begin(world)
    failFrom(1, 'is lost')
    expect(await json('POST', path + route, body)).toMatchObject({ status: 409, body: { code: 'conversation-lost' } })
    await server.close()
  },
)
