import { createContext, Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import type { ClientConversation, connectConversation } from '../../src/client/index.ts'
import type { Conversation } from '../../src/index.ts'
import type { ReactConversation } from '../../src/react/index.ts'
import { publicNames } from '../scripts/public-names.ts'
import { WireServer } from './wire-server.ts'

const bundled = (format: 'esm' | 'iife') =>
  build({
    entryPoints: [new URL('../../src/client/index.ts', import.meta.url).pathname],
    bundle: true,
    minify: true,
    // Imports of Node modules fail then.
    platform: 'browser',
    format,
    ...(format === 'iife' ? { globalName: 'client' } : {}),
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })

describe('the door turnstate/client', () => {
  let bundle: Awaited<ReturnType<typeof bundled>>
  beforeAll(async () => {
    bundle = await bundled('esm')
  })

  it('is at most 8 kB, minified and gzipped, with everything that it imports', () => {
    const [file] = bundle.outputFiles
    expect(gzipSync(file?.contents ?? '', { level: 9 }).length).toBeLessThanOrEqual(8_000)
  })

  it('imports no Node module and no package', () => {
    const { inputs } = bundle.metafile
    expect(Object.keys(inputs).filter((path) => !/^(src)\//.test(path))).toEqual([])
    const imports = Object.values(inputs).flatMap((input) => input.imports.map(({ path }) => path))
    expect(imports.filter((path) => !path.startsWith('src/'))).toEqual([])
  })

  it('needs only what browsers, workers and Node have in common', async () => {
    const server = new WireServer()
    const needed = {
      fetch: server.fetch,
      ReadableStream,
      TextDecoder,
      AbortController,
      URL,
      Blob,
      crypto,
      setTimeout,
      clearTimeout,
    }
    const context = createContext({ ...needed, console: {} })
    const { outputFiles } = await bundled('iife')
    new Script(`${outputFiles[0]?.text ?? ''};globalThis.client = client`).runInContext(context)
    const { client } = context as unknown as { client: { connectConversation: typeof connectConversation } }
    const chat = client.connectConversation({ url: '/api', id: 'c1' })
    const turn = chat.sendMessage('Hello')
    await chat.connected()
    chat.subscribe(() => {
      if (server.openTurn !== turn.id) return
      server.say('text', 'Good day.')
      server.settle('completed')
    })
    expect(await turn).toMatchObject({ status: 'completed', text: 'Good day.' })
    await chat.close()
  })

  it('fits where a conversation of the process fits: in the hooks of React', () => {
    expectTypeOf<ClientConversation>().toExtend<ReactConversation>()
    expectTypeOf<ClientConversation['sendMessage']>().toEqualTypeOf<Conversation['sendMessage']>()
    expectTypeOf<ClientConversation['on']>().toEqualTypeOf<Conversation['on']>()
  })

  it('has a docstring on each export and option', () => {
    const exported = publicNames(['src/client/index.ts']).get('src/client/index.ts') ?? []
    expect(exported.length).toBeGreaterThan(10)
    expect(exported.filter(({ doc }) => doc === '').map(({ name }) => name)).toEqual([])
    const options = exported.find(({ name }) => name === 'ConnectOptions')?.fields ?? []
    expect(options.filter(({ doc }) => doc === '').map(({ name }) => name)).toEqual([])
  })
})
