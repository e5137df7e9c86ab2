// The tests of pages rely on this: a visitor sees every request to another machine.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { useBrowser } from './visitor.ts'

const browser = useBrowser()

it.each([
  ['the page', `fetch('http://turnstate.test/from-page')`, 'from-page'],
  ['a worker', `new Worker('worker.js')`, 'from-worker'],
])('a visitor sees what %s asks of another machine', async (_, script, asked) => {
  const server = createServer((request, response) => {
    const isWorker = request.url === '/worker.js'
    response.setHeader('content-type', isWorker ? 'text/javascript' : 'text/html')
    response.end(isWorker ? `fetch('http://turnstate.test/from-worker')` : `<script>${script}</script>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { left } = await browser.visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await expect.poll(() => left.join()).toContain(`http://turnstate.test/${asked}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
