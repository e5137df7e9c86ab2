import { describe, expect, it } from 'vitest'
import { withToolChoice } from '../../src/reply/tool-choice.ts'
import { emptyView, type Turn, type View } from '../../src/journal/index.ts'
import { createWorld } from '../charts/world.ts'

const tools = [{ name: 'look', input_schema: { type: 'object' } }]
const forced = { tools, tool_choice: { type: 'any' } }

/** The view while the reply to these messages is requested. */
function asked(...replies: readonly string[]): View {
  const world = createWorld()
  world.say('hi')
  for (const callId of replies) {
    world.callTools(callId)
    world.settle(callId)
  }
  return world.view
}

describe('a tool_choice', () => {
  it('is not sent without tools', () => {
    for (const type of ['auto', 'any', 'tool', 'none'])
      expect(withToolChoice(asked(), { system: 's', tools: [], tool_choice: { type } })).toEqual({
        system: 's',
        tools: [],
      })
    expect(withToolChoice(asked(), { tool_choice: { type: 'any' } })).toEqual({})
  })

  it('is sent with tools of MCP servers, too', () => {
    const fields = { mcp_servers: [{ name: 'm' }], tool_choice: { type: 'any' } }
    expect(withToolChoice(asked(), fields)).toBe(fields)
  })

  it.each([{ type: 'any' }, { type: 'tool', name: 'look' }])(
    'applies to the first reply only when it forces a call (%o)',
    (choice) => {
      const fields = { tools, tool_choice: choice }
      expect(withToolChoice(asked(), fields)).toBe(fields)
      expect(withToolChoice(asked('k1'), fields)).toEqual({ tools })
      expect(withToolChoice(asked('k1', 'k2'), fields)).toEqual({ tools })
    },
  )

  it('stays without parallel calls after a forced call without them', () => {
    const fields = { tools, tool_choice: { type: 'any', disable_parallel_tool_use: true } }
    expect(withToolChoice(asked('k1'), fields)).toEqual({
      tools,
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    })
  })

  it('stays when it forces nothing', () => {
    for (const type of ['auto', 'none']) {
      const fields = { tools, tool_choice: { type } }
      expect(withToolChoice(asked('k1'), fields)).toBe(fields)
    }
  })

  it('is not forced for the continuation of a cut reply, and is forced again for the next message', () => {
    const view = asked()
    const continuation: View = { ...view, open: { ...(view.open as Turn), kind: 'continuation' } }
    expect(withToolChoice(continuation, forced)).toEqual({ tools })
    expect(withToolChoice({ ...emptyView, open: view.open }, forced)).toBe(forced)
  })

  it('returns the same object for the same fields, so that nothing is hashed twice', () => {
    expect(withToolChoice(asked('k1'), forced)).toBe(withToolChoice(asked('k1', 'k2'), forced))
  })

  it('is still forced after a pause without a call', () => {
    const world = createWorld()
    world.say('hi')
    world.finish('Hm, ', 'pause_turn')
    expect(withToolChoice(world.view, forced)).toBe(forced)
  })
})
