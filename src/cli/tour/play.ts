import { createConversation } from '../../conversation.ts'
import type { Conversation } from '../../conversation/conversation-interface.ts'
import type { Inspector } from '../../observe/inspector.ts'
import type { ChatOutput } from '../chat-output.ts'
import { simulate, type Simulation } from '../connection.ts'
import { type Host, leavingCode } from '../host.ts'
import type { Screen } from '../screen.ts'
import { Attachments, show } from '../send.ts'
import { checkHistory } from './check-history.ts'
import type { Scene, Step } from './scene.ts'
import { scenes } from './scenes/index.ts'
import { answering } from './scripted-answers.ts'
import { Spectator } from './spectator.ts'

const model = 'claude-opus-5-5'

/** Milliseconds between words, for people. */
const pace = 15

export interface TourOptions {
  readonly host: Host
  readonly output: ChatOutput
  readonly screen: Screen
  /** The inspector that shows the scenes, if any. */
  readonly inspector: Inspector | null
  /** Whether a person can be asked about tool calls. */
  readonly isTerminal: boolean
}

/** Plays all scenes, one after the other. Returns the exit code. */
export async function playTour({ host, output, screen, inspector, isTerminal }: TourOptions): Promise<number> {
  const spectator = isTerminal ? new Spectator(host, screen, output) : null
  const leaving = spectator ? AbortSignal.any([host.leaving, spectator.leaving]) : host.leaving
  const stage: Stage = { output, spectator, inspector, leaving, deltaDelay: host.output.isTTY === true ? pace : 0 }
  let failed = 0
  try {
    for (const [index, scene] of scenes.entries())
      if (!leaving.aborted && !(await playScene(scene, index + 1, stage))) failed++
  } finally {
    spectator?.close()
  }
  if (leaving.aborted) return leavingCode(leaving)
  output.endTour({ scenes: scenes.length, failed })
  return failed > 0 ? 1 : 0
}

interface Stage {
  readonly output: ChatOutput
  readonly spectator: Spectator | null
  readonly inspector: Inspector | null
  readonly leaving: AbortSignal
  readonly deltaDelay: number
}

/** Plays a scene with its own simulator. Returns whether its final history can be sent. */
async function playScene(scene: Scene, number: number, stage: Stage): Promise<boolean> {
  const { output, leaving, deltaDelay } = stage
  const connection = await simulate({ deltaDelay, ...scene.simulator, onExhausted: 'answer' })
  const conversation = converse(scene, number, connection, stage)
  const close = () => void conversation.close()
  try {
    if (number === 1) output.begin({ model, connection, plays: 'tour', isAskedFor: true, hasKey: false, files: [] })
    output.scene({ number, of: scenes.length, title: scene.title, look: scene.look })
    leaving.addEventListener('abort', close, { once: true })
    stage.spectator?.follow(conversation)
    await playSteps(scene, conversation, stage)
    if (leaving.aborted) return false
    const check = await checkHistory(number, conversation, connection.simulator)
    output.check(check)
    return check.ok
  } finally {
    leaving.removeEventListener('abort', close)
    await conversation.close()
    await connection.close()
  }
}

function converse(scene: Scene, number: number, { source }: Simulation, { output, inspector }: Stage): Conversation {
  const conversation = createConversation({
    model,
    maxTokens: 1024,
    ...scene.options,
    source,
    // The inspector lists conversations by their ids.
    ...(inspector ? { inspect: inspector, id: `${number} ${scene.title}` } : {}),
    logger: { warn: (message) => output.say(message), error: (message) => output.say(message) },
  })
  conversation.on('*', (notice) => output.notice(notice, conversation))
  return conversation
}

async function playSteps(scene: Scene, conversation: Conversation, { output, spectator, leaving }: Stage) {
  const chat = {
    conversation,
    output,
    attachments: new Attachments(),
    ...(spectator ? {} : { onCalls: answering(scene, conversation, output) }),
  }
  for (const step of scene.steps) {
    if (leaving.aborted) return
    output.message(step.say)
    await show(chat, () => begin(step, conversation))
  }
}

function begin({ say, stopAt }: Step, conversation: Conversation) {
  const turn = conversation.sendMessage(say)
  if (stopAt === undefined) return turn
  const forget = conversation.on('delta', ({ seq }) => {
    if (seq + 1 === stopAt) conversation.stop()
  })
  void turn.outcome.then(forget)
  return turn
}
