import { describe, expect, it } from 'vitest'
import { httpError, refuse, reply, startSimulator, text, type ScriptStep } from '../../src/testing/index.ts'
import { errorOf, request, send, simulate } from './http.ts'

/** A step that the types do not allow. */
const step = (wrong: object): ScriptStep => JSON.parse(JSON.stringify(wrong))

describe('a bad script is rejected at the start, with an error that names the field', () => {
  it.each<[ScriptStep, string]>([
    [step({}), 'script[1] must have exactly one of content, httpError and default; it has none'],
    [step({ contnt: [] }), 'it has none. Did you mean "content"?'],
    [step({ content: [], httpError: { status: 500 } }), 'it has content and httpError'],
    [step({ content: 'Hello' }), 'script[1].content must be an array, not "Hello"'],
    [step({ content: [], stopreason: 'x' }), 'script[1] has no field "stopreason"; it may have content, stopReason'],
    [step({ content: [], stopreason: 'x' }), '. Did you mean "stopReason"?'],
    [step({ httpError: { statuss: 500 } }), 'script[1].httpError has no field "statuss"; it may have status, type'],
    [step({ httpError: {} }), 'script[1].httpError.status is missing'],
    [step({ content: [], faults: [] }), 'script[1].faults must be an object, not []'],
    [step({ content: ['Hello'] }), 'script[1].content[0] must be an object, not "Hello"'],
    [step({ content: [{ type: 'txt' }] }), 'script[1].content[0].type must be one of "text", "thinking"'],
    [step({ content: [{ type: 'txt' }] }), 'not "txt". Did you mean "text"? For any other block, use type "raw".'],
    [step({ content: [{ type: 'zzz' }] }), 'not "zzz". For any other block, use type "raw".'],
    [step({ content: [{}] }), 'script[1].content[0].type is missing'],
    [step({ content: [{ type: 'text' }] }), 'script[1].content[0].text is missing'],
    [
      reply([{ type: 'text', text: 'ab', deltas: ['a'] }]),
      'script[1].content[0].deltas must together be the block\'s text: "a" is not "ab"',
    ],
    [reply([{ type: 'text', text: 'ab', deltas: 0 }]), 'an array of strings or a number of characters of at least 1'],
    [reply([{ type: 'tool_use', name: 'a', input: {}, json: '{}' }]), 'must have input or json, not both'],
    [
      step({ content: [{ type: 'raw', block: { type: 'x' }, deltas: [{}] }] }),
      'script[1].content[0].deltas[0] must be',
    ],
    [reply([{ type: 'raw', block: {} }]), 'script[1].content[0].block must be an object with a type'],
    [reply([{ type: 'thinking', thinking: 'a', omitted: true, deltas: 1 }]), "can't be given for omitted thinking"],
    [reply('x', { stopReason: 'refusal' }), 'give refusal instead'],
    [reply('x', { stopReason: 'stop_sequence' }), 'script[1].stopSequence is missing'],
    [reply('x', { stopReason: 'end_turn', stopSequence: 'x' }), 'needs stop reason "stop_sequence"'],
    [step({ ...refuse(), stopReason: 'end_turn' }), "script[1].stopReason can't be given beside refusal"],
    [
      refuse({ at: { afterDeltas: 3 } }, [text('a', 'b')]),
      'must be at most 2, the number of deltas of the content, not 3',
    ],
    [refuse({ openBlock: true }, 'x'), 'script[1].refusal.openBlock needs a block that is open'],
    [refuse({ continuationOnly: true }), "script[1].refusal.continuationOnly needs creditToken 'mint'"],
    [
      refuse({ creditToken: 'mint', continuationOnly: true, hasPrefillClaim: false }),
      'and hasPrefillClaim must not be false',
    ],
    [step({ content: [], refusal: { at: 'middle' } }), "script[1].refusal.at must be 'before', 'after' or"],
    [reply('x', { faults: { delay: -1 } }), 'script[1].faults.delay must be milliseconds from 0'],
    [reply('x', { faults: { stallAfterDeltas: 1.5 } }), 'must be a whole number of at least 0, not 1.5'],
    [reply('x', { faults: { truncateAfterDeltas: 2 } }), 'must be at most 1, the number of deltas sent, not 2'],
    [
      refuse({}, 'x', { faults: { midStreamError: { afterDeltas: 1 } } }),
      'must be at most 0, the number of deltas sent',
    ],
    [reply('x', { faults: { chunkBytes: 0 } }), 'script[1].faults.chunkBytes must be a whole number of at least 1'],
    [
      step({ content: [], faults: { lineEnding: ' ' } }),
      'script[1].faults.lineEnding must be one of "\\n", "\\r", "\\r\\n"',
    ],
    [step({ default: false }), 'script[1].default must be true, not false'],
    [httpError(200), 'script[1].httpError.status must be a whole number from 400 to 599, not 200'],
  ])('%j', async (wrong, message) => {
    await expect(startSimulator({ script: [reply('fine'), wrong] })).rejects.toMatchObject({
      code: 'script-invalid',
      message: expect.stringContaining(message),
    })
  })
})

describe('a mistake in a script that shows in use is an error', () => {
  it('answers 500 to a request without a step, and rejects close', async () => {
    const simulator = await simulate({ script: [] })
    const response = await send(simulator, request())
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(await errorOf(response)).toMatchObject({
      status: 500,
      error: {
        message: expect.stringContaining('The script has no step for request 1: all 0 steps are used'),
      },
    })
    expect(() => simulator.assertConsumed()).toThrow(/has no step for request 1/)
    await expect(simulator.close()).rejects.toMatchObject({ code: 'script-unfinished' })
    await simulator.close()
  })

  it('answers 500 to a bad step of a function, and rejects close', async () => {
    const simulator = await simulate({ script: () => reply('x', { faults: { delay: -1 } }) })
    const error = await errorOf(await send(simulator, request()))
    expect(error.status).toBe(500)
    expect(error.error.message).toContain("the script's step for request 1.faults.delay must be milliseconds")
    await expect(simulator.close()).rejects.toMatchObject({ code: 'script-invalid' })
  })

  it('answers 500 when the function throws, and rejects close', async () => {
    const simulator = await simulate({
      script: () => {
        throw new Error('oops')
      },
    })
    expect((await errorOf(await send(simulator, request()))).error.message).toContain(
      'The script threw on request 1: oops',
    )
    await expect(simulator.close()).rejects.toMatchObject({ code: 'script-invalid' })
  })

  it('reports unused steps when asked to', async () => {
    const simulator = await simulate({ script: [reply('a'), reply('b'), reply('c')] })
    await (await send(simulator, request())).text()
    expect(() => simulator.assertConsumed()).toThrow('The script has 2 unused steps, from script[1] on')
    await expect(simulator.close({ assertConsumed: true })).rejects.toMatchObject({ code: 'script-unfinished' })
    await simulator.close()
  })

  it('reports a fault of bytes that is beyond the end of the body', async () => {
    const simulator = await simulate({ script: [reply('a', { faults: { dropAtByte: 1_000_000 } })] })
    await (await send(simulator, request())).text()
    await simulator.requests[0]?.closed
    await expect(simulator.close()).rejects.toThrow(/was never reached/)
  })

  it('answers 500 to a fault that counts more deltas than the default answer has', async () => {
    const simulator = await simulate({ script: [{ default: true, faults: { stallAfterDeltas: 999 } }] })
    const error = await errorOf(await send(simulator, request({ stream: true })))
    expect(error.error.message).toContain('the faults for request 1.stallAfterDeltas must be at most 15')
    await expect(simulator.close()).rejects.toMatchObject({ code: 'script-invalid' })
  })

  it('answers 500 to a request without a stream if the fault needs one', async () => {
    const simulator = await simulate({ script: [reply('a', { faults: { stallAfterDeltas: 1 } })] })
    expect((await errorOf(await send(simulator, request()))).error.message).toContain(
      'The fault stallAfterDeltas needs a stream, but request 1 did not ask for one',
    )
    await expect(simulator.close()).rejects.toMatchObject({ code: 'script-invalid' })
  })
})
