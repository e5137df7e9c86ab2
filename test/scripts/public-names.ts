// What the public doors of the package export, with their docstrings, as TypeScript sees them.
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface PublicName {
  readonly name: string
  /** The docstring, in one line; empty where there is none. */
  readonly doc: string
  /** Fields of an interface, each with its docstring. */
  readonly fields: readonly PublicName[]
}

const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: object }
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)

/** The exports of files, by the path of the file below the root. */
export function publicNames(paths: readonly string[]): ReadonlyMap<string, readonly PublicName[]> {
  const program = ts.createProgram(
    paths.map((path) => `${root}${path}`),
    options,
  )
  const checker = program.getTypeChecker()
  const docOf = (symbol: ts.Symbol): string =>
    [
      ts.displayPartsToString(symbol.getDocumentationComment(checker)),
      ...symbol.getJsDocTags(checker).map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`),
    ]
      .join(' ')
      .replaceAll(/\s+/g, ' ')
      .trim()
  // A type parameter is among the members, too.
  const isField = ({ flags }: ts.Symbol) => !(flags & ts.SymbolFlags.TypeParameter)
  const read = (symbol: ts.Symbol): PublicName => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const fields =
      target.flags & ts.SymbolFlags.Interface
        ? [...(target.members?.values() ?? [])]
            .filter(isField)
            .map((field) => ({ name: field.name, doc: docOf(field), fields: [] }))
        : []
    return { name: symbol.name, doc: docOf(target), fields }
  }
  return new Map(
    paths.map((path) => {
      const source = program.getSourceFile(`${root}${path}`)
      const module = source && checker.getSymbolAtLocation(source)
      return [path, module ? checker.getExportsOfModule(module).map(read) : []]
    }),
  )
}
