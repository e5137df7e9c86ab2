// Serves pages on this machine, bundled on the fly.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** A module bundled with its imports as one script, and the files that are in it. */
export async function bundle(entry: string | URL): Promise<{ code: string; modules: readonly string[] }> {
  const modules: string[] = []
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      modulePreload: false,
      rollupOptions: {
        input: typeof entry === 'string' ? entry : fileURLToPath(entry),
        preserveEntrySignatures: 'strict',
        output: { inlineDynamicImports: true },
      },
    },
    plugins: [{ name: 'modules', moduleParsed: ({ id }) => void modules.push(id) }],
  })
  const [{ output } = { output: [] }] = Array.isArray(built) ? built : 'output' in built ? [built] : []
  const [chunk] = output
  return { code: chunk?.type === 'chunk' ? chunk.code : '', modules }
}

/** Serves these paths. Its origin is only known afterwards, so the files can't contain it. */
export async function serve(files: Readonly<Record<string, string>>) {
  const server = createServer(({ url = '/' }, response) => {
    const path = url.split('?')[0] ?? '/'
    const body = files[path]
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': path.endsWith('.js') ? 'text/javascript' : 'text/html',
    })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}

export const htmlWith = (script: string): string =>
  `<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`
