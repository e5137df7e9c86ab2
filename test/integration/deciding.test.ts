import { afterEach, describe, expect, it } from 'vitest'
import { refuse, reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

describe('a refusal that waits for a policy function', () => {
  it.each(['stop', 'abort'] as const)('drops its turn on %s', async (how) => {
    let asked: () => void = () => {}
    const deciding = new Promise<void>((resolve) => {
      asked = resolve
    })
    const { chat, goesOn } = await conversing([refuse()], {
      onRefusal: {
        rephrase: () => {
          asked()
          return new Promise(() => {})
        },
      },
    })
    const abort = new AbortController()
    const turn = chat.sendMessage('a bad thing', { signal: abort.signal })
    await deciding
    if (how === 'stop') chat.stop()
    else abort.abort()
    expect(await turn).toMatchObject({ status: 'refused', refusal: { policy: 'drop-turn' } })
    await goesOn(chat, 'a bad thing')
  })

  it('can be rephrased with thinking and tools in the history', async () => {
    const { weather } = weatherTool()
    const { chat, asked, goesOn } = await conversing(
      [
        reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]),
        reply([thinking('So.'), text('Sunny.')]),
        refuse({ at: { afterDeltas: 1 } }, [thinking('Oh ', 'no.')]),
        reply('Fine.'),
      ],
      { tools: [weather], onRefusal: { rephrase: () => 'a good thing' } },
    )
    await chat.sendMessage('Rome?')
    expect(await chat.sendMessage('a bad thing')).toMatchObject({ status: 'completed', text: 'Fine.' })
    await goesOn(chat, 'a bad thing', 'Oh ')
    expect(asked(-1).slice(-3)).toEqual(['a good thing', 'Fine.', 'And now?'])
  })
})
