// The description of the server, held against a public validator, and a client that a public generator makes of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import createClient from 'openapi-fetch'
import openapiTypes, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { staged } from './stage.ts'

const described = async (given: Parameters<typeof staged>[0] = { gateway: {} }) =>
  (await staged(given).json('GET', '/openapi.json')).body

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    const { valid, errors } = await new Validator().validate(await described())
    expect([valid, errors]).toEqual([true, undefined])
  })

  it('names every operation once, and describes errors for each', async () => {
    const { paths } = await described()
    const operations = Object.values(
      paths as Record<string, Record<string, { operationId: string; responses: object }>>,
    ).flatMap((path) => Object.values(path))
    const names = operations.map(({ operationId }) => operationId)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(
      expect.arrayContaining(['createConversation', 'sendMessage', 'followEvents', 'resolveRefusal', 'decideCall']),
    )
  })

  it('has the routes of the other wires, with what they take and answer', async () => {
    const { paths } = await described()
    const found = [
      '/ai/chat',
      '/ai/chat/{id}/stream',
      '/ai/chat/{id}/messages',
      '/ai/chat/{id}/stop',
      '/agui',
      '/v1/messages',
    ]
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(found))
    const takes = (path: string) => paths[path].post.requestBody.content['application/json'].schema
    expect(takes('/ai/chat')).toMatchObject({ required: ['id'], properties: { messages: {}, trigger: {} } })
    expect(takes('/agui')).toMatchObject({ required: ['threadId', 'runId', 'messages'] })
    expect(takes('/v1/messages')).toMatchObject({ required: ['model', 'max_tokens', 'messages'] })
    expect(Object.keys(paths['/v1/messages'].post.responses['200'].content)).toEqual([
      'application/json',
      'text/event-stream',
    ])
    expect(Object.keys(paths['/ai/chat/{id}/stream'].get.responses)).toEqual(['200', '204', 'default'])
  })

  it('names no route that this server does not have', async () => {
    const { paths } = await described({})
    expect(paths['/v1/messages']).toBeUndefined()
  })

  it('makes a client whose types know the conversation, and which talks to the server', async () => {
    const folder = mkdtempSync(join(fileURLToPath(new URL('.', import.meta.url)), 'generated-'))
    try {
      const types = astToString(await openapiTypes(await described()))
      writeFileSync(join(folder, 'schema.ts'), types)
      const use = join(folder, 'use.ts')
      writeFileSync(
        use,
        `import createClient from 'openapi-fetch'
import type { paths } from './schema.ts'
const client = createClient<paths>({ baseUrl: 'http://localhost' })
export async function talk() {
  const { data } = await client.POST('/v1/conversations', { body: { id: 'c1' } })
  const text: string | undefined = data?.status
  await client.POST('/v1/conversations/{id}/messages', { params: { path: { id: 'c1' } }, body: { input: 'hi' } })
  // @ts-expect-error it is called input
  await client.POST('/v1/conversations/{id}/messages', { params: { path: { id: 'c1' } }, body: { imput: 'hi' } })
  return text
}
`,
      )
      const program = ts.createProgram([use], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        allowImportingTsExtensions: true,
      })
      const problems = ts
        .getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
      expect(problems).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    const { server, asked } = staged()
    const client = createClient<Record<string, Record<string, object>>>({
      baseUrl: 'http://localhost',
      fetch: (request: Request) => server.fetch(request),
    })
    const post = async (path: string, body: object) =>
      await (
        client as unknown as {
          POST: (path: string, init: object) => Promise<{ data: { id?: string; turnId?: string }; response: Response }>
        }
      ).POST(path, {
        params: { path: { id: 'c1' } },
        body,
        headers: { prefer: 'respond-async' },
      })
    expect((await post('/v1/conversations', { id: 'c1' })).data.id).toBe('c1')
    const sent = await post('/v1/conversations/{id}/messages', { input: 'hi' })
    expect([sent.response.status, sent.data.turnId]).toEqual([202, expect.any(String)])
    ;(await asked(1)).answer('hello')
  })
})
