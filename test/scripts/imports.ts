// The imports of the sources, as a graph of files.
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Import {
  readonly from: string
  /** The path of a file below the root, or the name of a package; `node:` for a part of Node. */
  readonly to: string
  readonly isPackage: boolean
  /** Nothing of it is there at run time. */
  readonly isType: boolean
}

/** Every source file, by its path below the root. */
export const sources: readonly string[] = ['machines', 'src'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .toSorted(),
)

/** Everything that a file imports: declarations, exports from elsewhere, types and calls of `import()`. */
export function importsOf(path: string): readonly Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, isType: boolean) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ from: path, isType, ...goal(path, specifier.text) })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node))
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeExport(node))
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, readFileSync(`${root}${path}`, 'utf8'), ts.ScriptTarget.Latest, true))
  return found
}

function goal(from: string, specifier: string): Pick<Import, 'to' | 'isPackage'> {
  if (specifier.startsWith('.')) return { to: posix.join(posix.dirname(from), specifier), isPackage: false }
  if (specifier.startsWith('node:')) return { to: 'node:', isPackage: true }
  const [scope = '', name = ''] = specifier.split('/')
  return { to: scope.startsWith('@') ? `${scope}/${name}` : scope, isPackage: true }
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false
  const { isTypeOnly, name, namedBindings } = importClause
  return (
    isTypeOnly || (!name && !!namedBindings && ts.isNamedImports(namedBindings) && areTypes(namedBindings.elements))
  )
}

const isTypeExport = ({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean =>
  isTypeOnly || (!!exportClause && ts.isNamedExports(exportClause) && areTypes(exportClause.elements))

const areTypes = (elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): boolean =>
  elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly)

/** The groups of files that import each other in a circle, each sorted. */
export function circles(nodes: readonly string[], next: (node: string) => readonly string[]): readonly string[][] {
  const reach = new Map<string, { index: number; low: number; isOpen: boolean }>()
  const stack: string[] = []
  const found: string[][] = []
  const walk = (node: string): { index: number; low: number; isOpen: boolean } => {
    const here = { index: reach.size, low: reach.size, isOpen: true }
    reach.set(node, here)
    stack.push(node)
    for (const other of next(node)) {
      const there = reach.get(other)
      if (!there) here.low = Math.min(here.low, walk(other).low)
      else if (there.isOpen) here.low = Math.min(here.low, there.index)
    }
    if (here.low === here.index) {
      const group = stack.splice(stack.indexOf(node))
      for (const member of group) {
        const state = reach.get(member)
        if (state) state.isOpen = false
      }
      if (group.length > 1) found.push(group.toSorted())
    }
    return here
  }
  for (const node of nodes) if (!reach.has(node)) walk(node)
  return found
}
