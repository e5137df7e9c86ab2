// Which process has a conversation open.
import { setTimeout as wait } from 'node:timers/promises'
import { hashText } from '../../../src/stores/sql/text-codec.ts'
import type { Database, Member } from './place.ts'

/** The port of the process that has it open, and that of another one. */
export interface Home {
  readonly here: number
  readonly elsewhere: number
}

/** The homes of conversations that are open, or about to be. */
export async function homesOf(
  { client }: Database,
  members: readonly Member[],
  ids: readonly string[],
): Promise<readonly Home[]> {
  for (;;) {
    const { rows } = await client.query<{ readonly conversation: string; readonly process: string }>(
      'select conversation, process from turnstate_cluster_homes',
    )
    const processes = new Map(rows.map(({ conversation, process }) => [conversation, process]))
    const found = ids.flatMap((id) => {
      const name = processes.get(hashText(id))
      const here = members.find((member) => member.name === name)?.port
      const elsewhere = members.find((member) => member.name !== name)?.port
      return here === undefined || elsewhere === undefined ? [] : [{ here, elsewhere }]
    })
    if (found.length === ids.length) return found
    await wait(20)
  }
}
