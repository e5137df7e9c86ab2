import type { Conversation } from '../../conversation/conversation-interface.ts'
import type { Simulator } from '../../testing/index.ts'
import type { SceneCheck } from '../chat-output.ts'

/**
 * Checks that the final history of a scene can be sent. The simulator is as strict about histories as the API. A fork sends it, so
 * that the conversation of the scene is not changed.
 */
export async function checkHistory(
  scene: number,
  conversation: Conversation,
  simulator: Simulator,
): Promise<SceneCheck> {
  const fork = conversation.fork()
  const before = simulator.requests.length
  const outcome = await fork.sendMessage('Can this be sent?')
  await fork.close()
  const asked = simulator.requests.slice(before).at(-1)
  const messages: unknown = asked?.body?.['messages']
  const problems = [
    ...(asked?.status === 200 && outcome.status === 'completed'
      ? []
      : [outcome.error?.message ?? asked?.problem ?? `The request was ${outcome.status}.`]),
    ...problemsOf(() => simulator.assertConsumed()),
  ]
  return {
    scene,
    ok: problems.length === 0,
    messages: Array.isArray(messages) ? messages.length : 0,
    model: asked?.model ?? conversation.model,
    status: asked?.status ?? null,
    problems,
  }
}

/** Reports a script that was not used up: the scene did not go as planned. */
function problemsOf(assert: () => void): readonly string[] {
  try {
    assert()
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
