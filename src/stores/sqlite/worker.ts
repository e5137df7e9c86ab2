// The thread of a database: a write waits for the disk, which would block the app.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Executor } from './executor.ts'
import type { Request, ThreadOptions } from './protocol.ts'

/** Runs what arrives, and then together what has arrived meanwhile, until there is nothing left. */
function serve(port: MessagePort, options: ThreadOptions): void {
  const executor = new Executor(options, (replies) => port.postMessage(replies, []))
  let waiting: Request[] = []
  let isRunning = false
  const takeArrived = () => {
    for (let arrived = receiveMessageOnPort(port); arrived; arrived = receiveMessageOnPort(port))
      waiting.push(arrived.message)
  }
  const runAll = async () => {
    isRunning = true
    for (takeArrived(); waiting.length > 0; takeArrived()) {
      const requests = waiting
      waiting = []
      await executor.run(requests)
    }
    isRunning = false
  }
  port.on('message', (request: Request) => {
    waiting.push(request)
    if (!isRunning) void runAll()
  })
}

if (parentPort) serve(parentPort, workerData)
