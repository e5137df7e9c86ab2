/** Models of Claude that people are offered to choose from, where replies come from the API or from the simulator, which knows them too. */
export const knownModels: readonly string[] = [
  'claude-opus-5-5',
  'claude-sonnet-5-5',
  'claude-haiku-5-5',
  'claude-opus-5',
  'claude-sonnet-5',
  'claude-opus-4-8',
]
