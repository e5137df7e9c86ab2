// The commands about a cluster: their arguments and flags. What they do is imported when they run.
import type { Command } from 'commander'
import { clusterAddress, parseCluster, parseProcess } from './cluster-flags.ts'
import type { Host } from './host.ts'

const placeArgument = [
  '<postgres-url>',
  `the Postgres of the cluster: ${clusterAddress}. A password is better in PGPASSWORD`,
  parseCluster,
] as const

/** Adds `cluster status` and `cluster drain`. */
export function addClusterCommands(program: Command, host: Host, exit: (code: number) => void): void {
  const cluster = program
    .command('cluster')
    .helpCommand(false)
    .description('Look at the processes of a cluster (serve --cluster), or have one of them end.')
  cluster
    .command('status')
    .description(
      'Show the processes of a cluster, the turns under way, those in the queue, and the requests that are passed on. Changes nothing.',
    )
    .argument(...placeArgument)
    .option('--json', 'print one JSON object')
    .action(async (databaseUrl: string, { json = false }: { readonly json?: boolean }) => {
      const { showCluster } = await import('./cluster.ts')
      exit(await showCluster({ databaseUrl, json }, host))
    })
  cluster
    .command('drain')
    .description(
      'Have a process of a cluster end: it takes no more turns, and ends those that it has. Turns that go on longer are taken up by others.',
    )
    .argument('<process>', 'its name, as cluster status shows it', parseProcess)
    .argument(...placeArgument)
    .action(async (process: string, databaseUrl: string) => {
      const { drain } = await import('./cluster.ts')
      exit(await drain({ databaseUrl, process }, host))
    })
}
