// The server in a process of its own, so that the CPU measured is the client's alone. Forked; sends its port.
import { startServer } from './server.ts'

const { port } = await startServer()
process.send?.(port)
process.on('disconnect', () => process.exit())
