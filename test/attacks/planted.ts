// A gateway that answers with parts of the request: the user's texts, the system prompt, tools, notes and keys.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation, observe, tool } from '../../src/index.ts'
import { logRecords, xstateInspect } from '../../src/inspect/index.ts'
import { EventEmitter } from 'node:events'
import { requestFromHere } from '../inspect/xstate-inspect/viewers.ts'
import { anything } from '../tools/fixtures.ts'

/** The secrets in this conversation. */
export const secrets = ['tulip-words', 'orchid-prompt', 'lilac-schema', 'aster-user', 'gw-7f3a9b-key', 'poppy-supplier']

export type Answer = (request: { readonly body: string; readonly key: string }, response: ServerResponse) => void

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Sends a message through such a gateway, with every kind of observer, without `includeText`.
 *
 * @returns what the observers saw and the logs, and the outcome of the turn
 */
export async function talkThrough(answer: Answer, apiKey: string | (() => Promise<string>) = 'gw-7f3a9b-key') {
  const server = createServer((request, response) => {
    const key = [request.headers['x-api-key'], request.headers.authorization].join(' ')
    void bodyOf(request).then((body) => answer({ body, key }, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const logged: unknown[] = []
  const logger = { debug: log, info: log, warn: log, error: log }
  function log(...entry: unknown[]) {
    logged.push(...entry.map((each) => (each instanceof Error ? each.message : each)))
  }
  const chat = createConversation({
    source: claude(new Anthropic({ apiKey: apiKey, baseURL, maxRetries: 0 })),
    model: 'claude-opus-5-5',
    maxTokens: 100,
    retry: { maxAttempts: 1 },
    request: { system: 'orchid-prompt', metadata: { user_id: 'aster-user' } },
    tools: [tool({ name: 'look', description: 'lilac-schema', input: anything, run: () => 'x' })],
    logger,
    inspect: [logRecords(logger)],
  })
  const observation = observe(chat)
  const sent: string[] = []
  const socket = Object.assign(new EventEmitter(), { send: (data: string) => void sent.push(data) })
  const viewers = new EventEmitter()
  xstateInspect(chat, { server: viewers })
  viewers.emit('connection', socket, requestFromHere)
  socket.emit('message', Buffer.from('{"type":"xstate.inspecting"}'), false)
  const outcome = await chat.sendMessage('tulip-words')
  const whole = observe(chat, { includeText: true })
  await chat.close()
  if (sent.length === 0) throw new Error('The viewer of the bridge saw nothing at all')
  server.closeAllConnections()
  server.close()
  return {
    records: observation.records,
    seen: JSON.stringify([observation.records, sent, logged]),
    outcome,
    whole: JSON.stringify(whole.records),
  }
}
