import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { memoryStore, TurnstateError, type TurnstateErrorCode } from '../../src/index.ts'
import { takingUp } from '../../src/server/take-up.ts'

/** A server whose rooms answer with these codes, one after another, and let the caller in after the last one. */
async function serverWith(...codes: readonly TurnstateErrorCode[]) {
  const store = memoryStore()
  await store.open('c', { owner: 'me' })
  const failures: unknown[] = []
  const guest = { leave: vi.fn<() => void>() }
  const left = [...codes]
  const enter = vi.fn<(id: string, principal: { readonly id: string }) => Promise<never>>(async () => {
    const code = left.shift()
    if (code) throw new TurnstateError(code, 'Not now.')
    return guest as never
  })
  return { takeUp: takingUp({ enter }, store, (cause) => failures.push(cause)), enter, guest, failures }
}

const viewers = { id: 'c', isWaitedFor: true }

describe('a conversation whose viewers wait for a turn of a process that is gone', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is opened as its owner, and given back at once', async () => {
    const { takeUp, enter, guest, failures } = await serverWith()
    takeUp(viewers)
    await vi.runAllTimersAsync()
    expect(enter.mock.calls).toEqual([['c', { id: 'me' }]])
    expect(guest.leave).toHaveBeenCalledOnce()
    expect(failures).toEqual([])
  })

  it('is tried again until its lease is free and the server has room, and nothing is reported', async () => {
    const { takeUp, enter, guest, failures } = await serverWith('conversation-busy', 'server-overloaded')
    takeUp(viewers)
    takeUp(viewers)
    await vi.runAllTimersAsync()
    expect(enter).toHaveBeenCalledTimes(3)
    expect(guest.leave).toHaveBeenCalledOnce()
    expect(failures).toEqual([])
  })

  it('is left to the next process when this one shuts down', async () => {
    const { takeUp, enter, failures } = await serverWith('server-closing')
    takeUp(viewers)
    await vi.runAllTimersAsync()
    expect(enter).toHaveBeenCalledOnce()
    expect(failures).toEqual([])
  })

  it('is reported when it cannot be opened at all', async () => {
    const { takeUp, failures } = await serverWith('journal-damaged')
    takeUp(viewers)
    await vi.runAllTimersAsync()
    expect(failures).toMatchObject([{ code: 'journal-damaged' }])
  })

  it('is no longer tried once nobody waits', async () => {
    const { takeUp, enter } = await serverWith('conversation-busy', 'conversation-busy')
    const gone = { id: 'c', isWaitedFor: true }
    takeUp(gone)
    await vi.advanceTimersByTimeAsync(10)
    gone.isWaitedFor = false
    await vi.runAllTimersAsync()
    expect(enter).toHaveBeenCalledOnce()
  })
})
