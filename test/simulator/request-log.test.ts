import { describe, expect, it } from 'vitest'
import { recordRequest } from '../../src/testing/api/recorded-request.ts'
import { createRequestLog, mostBodyBytes, mostRequests } from '../../src/testing/serve/request-log.ts'

const record = (index: number, bytes = 10) =>
  recordRequest({
    index,
    method: 'POST',
    path: '/v1/messages',
    headers: {},
    body: { model: `m${index}` },
    text: `body ${index}`,
    bytes,
    requestId: `req_${index}`,
  })

const filled = (count: number, bytes?: number) => {
  const log = createRequestLog()
  for (let index = 0; index < count; index++) log.add(record(index, bytes))
  return log
}

describe('the log of requests', () => {
  it('keeps the newest requests, and counts those that were dropped', () => {
    const log = filled(mostRequests * 2)
    expect(log.requests.length).toBeGreaterThanOrEqual(mostRequests)
    expect(log.requests.length).toBeLessThanOrEqual(mostRequests * 1.25)
    expect(log.count).toBe(mostRequests * 2)
    expect(log.requests.at(-1)?.index).toBe(mostRequests * 2 - 1)
    expect(log.requests[0]?.index).toBe(log.count - log.requests.length)
  })

  it('keeps the newest bodies, and marks requests whose body was dropped', () => {
    const log = filled(12, mostBodyBytes / 8)
    expect(log.requests.map(({ bodyDropped }) => bodyDropped)).toEqual([
      ...Array<boolean>(4).fill(true),
      ...Array<boolean>(8).fill(false),
    ])
    expect(log.requests[0]).toMatchObject({ text: '', body: undefined, model: 'm0', bytes: mostBodyBytes / 8 })
    expect(log.requests[11]).toMatchObject({ text: 'body 11', body: { model: 'm11' } })
  })

  it('keeps the newest body however large it is', () => {
    expect(filled(2, mostBodyBytes * 2).requests.map(({ bodyDropped }) => bodyDropped)).toEqual([true, false])
  })

  it('does not count the bodies of requests that were dropped', () => {
    const log = filled(mostRequests * 2, Math.floor(mostBodyBytes / mostRequests / 2))
    expect(log.requests.filter(({ bodyDropped }) => bodyDropped)).toEqual([])
  })

  it('finds the nth request as long as it is kept, even if earlier ones were dropped', async () => {
    const log = filled(mostRequests * 2)
    expect(await log.waitFor(mostRequests * 2)).toMatchObject({ index: mostRequests * 2 - 1 })
    await expect(log.waitFor(1)).rejects.toMatchObject({ code: 'not-available' })
    const next = log.waitFor(mostRequests * 2 + 1)
    log.add(record(mostRequests * 2))
    expect(await next).toMatchObject({ index: mostRequests * 2 })
    const never = log.waitFor(mostRequests * 9)
    log.close()
    await expect(never).rejects.toMatchObject({ code: 'script-unfinished' })
  })
})
