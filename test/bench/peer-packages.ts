// Packages that only the bench uses. They are not installed with the project's own, so what is used of them is described here.

interface LangChainChunk {
  readonly text: string
  readonly tool_call_chunks?: readonly { readonly args?: string }[]
  readonly tool_calls?: readonly { readonly args: unknown }[]
  concat(chunk: LangChainChunk): LangChainChunk
}

interface LangChainModel {
  bindTools(tools: readonly object[]): LangChainModel
  stream(messages: readonly object[]): Promise<AsyncIterable<LangChainChunk>>
}

interface LangChain {
  readonly ChatAnthropic: new (fields: {
    readonly model: string
    readonly apiKey: string
    readonly anthropicApiUrl: string
    readonly maxTokens: number
  }) => LangChainModel
}

type TanStackChunk =
  | { readonly type: 'TEXT_MESSAGE_CONTENT' | 'TOOL_CALL_ARGS'; readonly delta: string }
  | { readonly type: 'TOOL_CALL_END'; readonly input: unknown }
  | { readonly type: 'RUN_ERROR'; readonly message: string }

interface TanStack {
  createAnthropicChat(model: string, apiKey: string, config: { readonly baseURL: string }): object
  toolDefinition(of: { readonly name: string; readonly description: string; readonly inputSchema: object }): object
  chat(options: {
    readonly adapter: object
    readonly messages: readonly object[]
    readonly modelOptions: object
    readonly tools?: readonly object[]
  }): AsyncIterable<TanStackChunk>
}

// From here, and from the folder that the programs of the bench are bundled into, which is as deep in the project.
const load = (name: string): Promise<unknown> =>
  import(new URL(`../../test/bench/peers/${name}.mjs`, import.meta.url).href)

export const langChainPackage = async () => (await load('langchain')) as LangChain
export const tanStackPackages = async () => (await load('tanstack')) as TanStack
