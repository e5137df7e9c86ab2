// Asks a server once, and leaves the connection open.
import { leanFetch } from '../../src/node/index.ts'

const [, , url = ''] = process.argv
const response = await leanFetch({ keepAliveTimeout: 600_000 })(url)
process.stdout.write(await response.text())
