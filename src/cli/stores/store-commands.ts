// The commands about stored conversations: their arguments and flags. What they do is imported when they run.
import { type Command, Option } from 'commander'
import { parseCount, parseStored, parseText } from '../parse.ts'
import type { Host } from '../host.ts'
import type { DeleteFlags, ExportFlags, ImportFlags, ListFlags, StoreFlags } from './conversations.ts'
import { parseStore, type StoreAddress, storeAddresses } from './store-address.ts'
import type { TranscriptFlags } from './transcript.ts'

const formats: readonly TranscriptFlags['format'][] = ['md', 'json', 'html']

const withStoreFlag = (command: Command): Command =>
  command.option('--store <where>', `the store: ${storeAddresses}. Default: the user's own chats`, parseStore)

const idArgument = ['<id>', 'the id of a conversation, or the beginning of only one id', parseText] as const

/** Adds `conversations`, `transcript` and `check`. */
export function addStoreCommands(program: Command, host: Host, exit: (code: number) => void): void {
  const conversations = program
    .command('conversations')
    .helpCommand(false)
    .description('List the stored conversations; rename, delete, export or import one.')
  withStoreFlag(
    conversations
      .command('list', { isDefault: true })
      .description('List the conversations, the one that changed last first.'),
  )
    .option('--limit <n>', 'the most conversations to list', parseCount, 50)
    .option('--json', 'print one JSON object per line')
    .action(async (flags: ListFlags) => {
      const { listConversations } = await import('./conversations.ts')
      exit(await listConversations(flags, host))
    })
  withStoreFlag(
    conversations
      .command('rename')
      .description('Set the title of a conversation.')
      .argument(...idArgument)
      .argument('<title>', 'the new title', parseText),
  ).action(async (id: string, title: string, flags: StoreFlags) => {
    const { renameConversation } = await import('./conversations.ts')
    exit(await renameConversation(id, title, flags, host))
  })
  withStoreFlag(
    conversations
      .command('delete')
      .description('Erase a conversation for good.')
      .argument(...idArgument),
  )
    .option('--yes', 'do not ask')
    .action(async (id: string, flags: DeleteFlags) => {
      const { deleteConversation } = await import('./conversations.ts')
      exit(await deleteConversation(id, flags, host))
    })
  withStoreFlag(
    conversations
      .command('export')
      .description('Write a conversation as lines of JSON.')
      .argument(...idArgument),
  )
    .option('--out <file>', 'the new file to write; default: standard output', parseText)
    .action(async (id: string, flags: ExportFlags) => {
      const { exportConversation } = await import('./conversations.ts')
      exit(await exportConversation(id, flags, host))
    })
  withStoreFlag(
    conversations
      .command('import')
      .description('Read a conversation that was exported, all or nothing.')
      .argument('<file>', 'the file to read', parseStored),
  )
    .option('--id <id>', 'the id that it gets; default: the one that it was exported with', parseText)
    .action(async (file: string, flags: ImportFlags) => {
      const { importConversation } = await import('./conversations.ts')
      exit(await importConversation(file, flags, host))
    })

  withStoreFlag(
    program
      .command('transcript')
      .description('Write what was said in a stored conversation. Refused replies are marked, and left out.')
      .argument(...idArgument),
  )
    .addOption(new Option('--format <name>', 'the output format').choices(formats).default('md'))
    .option('--out <file>', 'the new file to write; default: standard output', parseText)
    .action(async (id: string, flags: TranscriptFlags) => {
      const { writeTranscript } = await import('./transcript.ts')
      exit(await writeTranscript(id, flags, host))
    })

  program
    .command('check')
    .description(
      'Look for damaged conversations in a store, and for a damaged database. Changes nothing; exits 1 for damage.',
    )
    .argument('[store]', `the store: ${storeAddresses}; default: the user's own chats`, parseStore)
    .action(async (store: StoreAddress | undefined) => {
      const { checkStore } = await import('./check-store.ts')
      exit(await checkStore(store, host))
    })
}
