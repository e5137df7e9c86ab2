import { BetaAbstractComputerToolset20260801 } from '@anthropic-ai/sdk/helpers/beta/toolsets'
import { afterEach, describe, expect, it } from 'vitest'
import { reply, text } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'

afterEach(endAll)

class Desktop extends BetaAbstractComputerToolset20260801 {
  protected override mouse_move() {
    return 'The pointer is a hand.'
  }
}

const member = (id: string, name: string, input: object) => ({
  type: 'raw' as const,
  block: { type: 'tool_use', id, name, toolset_name: 'computer', input: {} },
  deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(input) }],
})

describe('a runnable toolset of the SDK', () => {
  it('runs its members, and each result names the toolset as the API requires', async () => {
    const calls = [
      member('toolu_1', 'mouse_move', { coordinate: [1, 2] }),
      member('toolu_2', 'somersault', {}),
      member('toolu_3', 'mouse_move', { coordinate: [3, 4] }),
    ]
    const desktop = new Desktop()
    const { chat, body, sent, goesOn } = await conversing(
      [reply(calls, { stopReason: 'tool_use' }), reply([text('There it is.')])],
      {
        tools: [desktop],
      },
    )
    expect(await chat.sendMessage('Point at it')).toMatchObject({ status: 'completed', text: 'There it is.' })
    expect(body(0)['tools']).toEqual([desktop.toJSON()])
    const ofToolset = { type: 'tool_result', toolset_name: 'computer' }
    const [moved, ...failed] = sent(1, 'tool_result')
    expect(moved).toMatchObject({ ...ofToolset, tool_use_id: 'toolu_1' })
    expect(JSON.stringify(moved?.['content'])).toContain('The pointer is a hand.')
    expect(failed).toMatchObject([
      { ...ofToolset, tool_use_id: 'toolu_2', is_error: true },
      { ...ofToolset, tool_use_id: 'toolu_3', is_error: true },
    ])
    await goesOn(chat)
  })
})
