import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai'
import { afterEach, describe, expect, it } from 'vitest'
import { plainText } from '../../../src/index.ts'
import { weatherTool } from '../../integration/weather.ts'
import { type Moment, play } from './scenario.ts'
import { endAll, servedByHand } from './served.ts'

const run = promisify(execFile)

afterEach(endAll)

/** A server that answers what the scenario asks. */
async function stage() {
  const { weather } = weatherTool()
  const world = await servedByHand({ conversation: { tools: [{ ...weather, needsApproval: true }] } })
  const moments = new Map<Moment, () => void>()
  const reached = (moment: Moment) => new Promise<void>((resolve) => moments.set(moment, resolve))
  const secret = reached('saw the secret')
  const half = reached('saw the second half')
  const calls = { 'Rome?': 'toolu_rome', 'Oslo?': 'toolu_oslo' } as const
  const answerAll = async () => {
    const asked: string[] = []
    for (let nth = 1; ; nth++) {
      const answer = await world.asked(nth)
      const last = answer.request.messages.at(-1)
      const isResult = typeof last?.content !== 'string' && last?.content[0]?.type === 'tool_result'
      const question = isResult ? (asked.at(-1) ?? '') : plainText(last?.content ?? '')
      const times = asked.push(question)
      const again = asked.slice(0, times - 1).includes(question) && !isResult ? ' again' : ''
      if (question === 'Bad') {
        answer.say('Secret')
        await secret
        answer.refuseAs('cyber')
      } else if (question === 'Slow') {
        answer.say('First half,')
        await half
        answer.push({ type: 'block.delta', index: 0, kind: 'text', text: ' second half.' })
        answer.stop('end_turn')
      } else if (!isResult && Object.hasOwn(calls, question))
        answer.give([
          {
            type: 'tool_use',
            id: calls[question as keyof typeof calls],
            name: 'weather',
            input: { city: question.slice(0, -1) },
          },
        ])
      else answer.answer(`Answer to ${question}${again}`)
    }
  }
  void answerAll()
  return { ...world, reach: (moment: Moment) => moments.get(moment)?.() }
}

/** What the chat shows after each act, where void text can be removed and where it can only be marked. */
function expected(refusal: string, replay = '') {
  const begun = ['user | Hello', 'assistant | Answer to Hello']
  const bad = [...begun, 'user | Bad', `assistant | ${refusal}`]
  const good = [...bad, 'user | Good', 'assistant | Answer to Good']
  const rome = [...good, 'user | Rome?', 'assistant | tool-weather output-available | Answer to Rome?']
  const oslo = [...rome, 'user | Oslo?', 'assistant | tool-weather output-denied | Answer to Oslo?']
  const two = [...oslo, 'user | Two', 'assistant | Answer to Two']
  const clean = (lines: readonly string[]) =>
    lines.map((line) => (line === `assistant | ${refusal}` ? 'assistant | data-refusal cyber' : line))
  return {
    send: begun,
    refusal: bad,
    'the next message': good,
    approval: [...good, 'user | Rome?', 'assistant | tool-weather approval-requested'],
    approved: rome,
    denied: oslo,
    regenerate: [...oslo, 'user | One', 'assistant | Answer to One again'],
    edit: two,
    stop: [...two, 'user | Slow', 'assistant | First half,'],
    resume: clean([...two, 'user | Slow', `assistant | ${replay}First half, second half.`]),
    reload: clean([...two, 'user | Slow', 'assistant | First half, second half.']),
  }
}

/** A Node that version 7 runs on: this one, or the one that npm fetches, which is not installed: its command would take the place of this one. */
async function node22(): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath
  const fetched = ['exec', '--yes', '--package=node@22.23.3', '--', 'node', '-p', 'process.execPath']
  return (await run('npm', fetched)).stdout.trim()
}

describe('the same scenario', () => {
  it('is played by version 6 of the AI SDK', async () => {
    const { api, reach } = await stage()
    const libraries = { Chat, DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses }
    expect(await play(libraries as never, api, reach)).toEqual(
      expected('Secret | data-retracted | data-refusal cyber', 'data-retracted | '),
    )
  })

  it('is played by version 7, which removes what was retracted', async () => {
    const { api, reach } = await stage()
    const program = fileURLToPath(new URL('../../ai-7/play.ts', import.meta.url))
    const child = spawn(await node22(), ['--no-warnings', program, `${api}?resetStep=1`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let complaints = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
    const closed = once(child, 'close')
    let acts: unknown
    for await (const line of createInterface(child.stdout)) {
      const said = JSON.parse(line) as { readonly moment?: Moment; readonly acts?: unknown }
      if (said.moment) reach(said.moment)
      acts = said.acts ?? acts
    }
    await closed
    expect(complaints).toBe('')
    expect(acts).toEqual(expected('data-refusal cyber'))
  })
})
