import { describe, expect, it } from 'vitest'
import { openWhenFree } from '../../src/cli/stores/take-over.ts'
import { TurnstateError } from '../../src/errors.ts'

const busy = (heldFor: number) => new TurnstateError('conversation-busy', 'It is open.', { heldFor })

/** Opens after these errors. Gives what was opened, or the error, and what was said meanwhile. */
async function openAfter(errors: readonly Error[], leaving = new AbortController().signal) {
  const said: string[] = []
  const rest = [...errors]
  const open = () => {
    const [error] = rest.splice(0, 1)
    return error ? Promise.reject(error) : Promise.resolve('opened')
  }
  const result = await openWhenFree(open, { leaving, waits: (sentence) => said.push(sentence) }).catch(
    (error: unknown) => error,
  )
  return { result, said }
}

describe.concurrent('a conversation that another process had open', () => {
  it('is opened once the lease of a killed process has expired, and says once that it waits', async () => {
    const { result, said } = await openAfter([busy(8_000), busy(8_400), busy(8_800)])
    expect(result).toBe('opened')
    expect(said).toEqual([
      'This conversation is open elsewhere, or the process that had it open was killed: it was last active 8.0 s ago. Waiting until that is clear, at most 9.0 s.',
    ])
  })

  it('is not opened if the lease is renewed meanwhile', async () => {
    const { result } = await openAfter([busy(2_900), busy(40), busy(200)])
    expect(result).toMatchObject({
      code: 'conversation-busy',
      message:
        'This conversation is open in another process, which was active 0.0 s ago. Close it there, or open another one.',
    })
  })

  it('is not waited for when the command is asked to end', async () => {
    const { result } = await openAfter([busy(100)], AbortSignal.abort(130))
    expect(result).toMatchObject({ code: 'conversation-busy' })
  })

  it('fails at once for any other error', async () => {
    const { result, said } = await openAfter([new TurnstateError('journal-damaged', 'Fact 3 is damaged.')])
    expect(result).toMatchObject({ code: 'journal-damaged' })
    expect(said).toEqual([])
  })
})
